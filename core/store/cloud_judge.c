/* cloud_judge.c - what an object store's answer means, in words that a person can use; see cloud.h */
#include <stdio.h>
#include <string.h>

#include "core/store/cloud.h"

#define CLOCK_OFF_S 600 /* no store looks more closely */

/* For a status without a code that is known. */
static enum cloud_verdict
verdict_of_status(int status)
{
	if (status >= 200 && status <= 299)
		return CLOUD_GOOD;
	if (status == 401 || status == 403)
		return CLOUD_KEY;
	if (status == 429)
		return CLOUD_FEWER;
	return status == 408 || (status >= 500 && status != 501 && status != 507)
	           ? CLOUD_AGAIN
	           : CLOUD_FINAL;
}

static const struct cloud_meaning *
meaning_of(const struct cloud_errors *errors, const char *code)
{
	for (size_t i = 0; i < errors->count; i++)
		if (strcmp(errors->meanings[i].code, code) == 0)
			return &errors->meanings[i];
	return NULL;
}

/* A code that is not in the table is shown where it is made of letters: no key or token is. */
static const char *
shown(const char *code)
{
	for (const char *at = code; *at != '\0'; at++)
		if (!((*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') || *at == '.'))
			return "";
	return code;
}

static const char *
right_to(const struct cloud_errors *errors, const struct cloud_request *r)
{
	return strcmp(r->doing, "list") == 0    ? errors->list
	       : strcmp(r->doing, "read") == 0  ? errors->read
	       : strcmp(r->doing, "write") == 0 ? errors->write
	                                        : errors->remove;
}

static const char *
region_of(const struct cloud_errors *errors, const struct http_response *answer)
{
	return errors->region == NULL ? "" : errors->region(answer);
}

static int
says(const struct cloud *c, const struct cloud_request *r, const struct http_response *answer, int code,
     const char *word, const char *advice, struct err *e)
{
	return err_set(e, code, "cannot %s %.300s%sin %s: the store answers %d%s%s%s%s", r->doing, r->key,
	               r->key[0] != '\0' ? " " : "", c->where, answer->status, word[0] != '\0' ? " " : "", word,
	               advice[0] != '\0' ? ": " : "", advice);
}

/* Of our clock against the server's, as far as it is not corrected yet; 0: nobody knows. */
static int64_t
ahead_s(const struct cloud *c, const struct http_response *answer)
{
	int64_t there = http_date_s(answer->date);

	return there < 0 ? 0 : loop_wall_ms(c->loop) / 1000 - there;
}

static bool
is_clock(const struct cloud *c, const struct cloud_meaning *m, const struct http_response *answer)
{
	const struct cloud_errors *errors = c->verbs->errors;
	int64_t off = ahead_s(c, answer);

	if (m->verdict == CLOUD_CLOCK)
		return true;
	if (errors->clock == NULL || strcmp(m->code, errors->clock) != 0 || off == 0)
		return false;
	off -= c->ahead_s;
	return off > CLOCK_OFF_S || off < -CLOCK_OFF_S;
}

/* A write to a name whose object nobody may change: it is there. */
static bool
is_kept(const struct cloud_errors *errors, const struct cloud_request *r, const struct cloud_meaning *m)
{
	return errors->kept != NULL && strcmp(m->code, errors->kept) == 0 && strcmp(r->doing, "write") == 0;
}

static int
explain(const struct cloud *c, const struct cloud_request *r, const struct http_response *answer,
        const struct cloud_meaning *m, bool clock, struct err *e)
{
	const struct cloud_errors *errors = c->verbs->errors;
	const char *region = region_of(errors, answer);
	int64_t off = ahead_s(c, answer);
	char advice[300];

	if (clock && off != 0)
		(void)snprintf(advice, sizeof advice, "the clock here is %lld s off that of the store: correct it",
		               (long long)off);
	else if (clock)
		(void)snprintf(advice, sizeof advice, "the clock here is off that of the store: correct it");
	else if (strcmp(m->code, errors->denied) == 0)
		(void)snprintf(advice, sizeof advice, "%s may not do that: grant it %s",
		               credentials_where(c->credentials), right_to(errors, r)); /* cut is fine */
	else if (m->err == ERR_CONFIG && region[0] != '\0')
		(void)snprintf(advice, sizeof advice, "%s; its region is %.40s", m->advice, region);
	else
		(void)snprintf(advice, sizeof advice, "%s", m->advice);
	return says(c, r, answer, clock ? ERR_CONFIG : is_kept(errors, r, m) ? ERR_EXISTS : m->err, m->code, advice, e);
}

/* What HTTP alone says of it; only objects and buckets can be missing. */
static int
explain_status(const struct cloud *c, const struct cloud_request *r, const struct http_response *answer,
               const char *code, struct err *e)
{
	int status = answer->status;

	if (status >= 300 && status <= 399)
		return says(c, r, answer, ERR_CONFIG, shown(code),
		            region_of(c->verbs->errors, answer)[0] != '\0'
		                ? "redirects are not followed: correct store.region, or store.endpoint"
		                : "redirects are not followed: correct store.endpoint", e);
	if (status == 404 && (strcmp(r->doing, "list") == 0 || strcmp(r->doing, "write") == 0))
		return says(c, r, answer, ERR_CONFIG, shown(code),
		            "there is no such bucket: correct store.bucket or store.endpoint, or make it", e);
	if (status == 404)
		return says(c, r, answer, ERR_MISSING, shown(code), "there is no such object, or no such bucket", e);
	if (status == 412 || status == 304)
		return says(c, r, answer, ERR_EXISTS, shown(code), "the object is there already", e);
	if (status == 507)
		return says(c, r, answer, ERR_OPERATOR, shown(code), "it is full", e);
	(void)http_error(answer, e);
	return says(c, r, answer, e->code == ERR_EXISTS ? ERR_FAILED : e->code, shown(code), "", e);
}

enum cloud_verdict
cloud_judge(const struct cloud *c, const struct cloud_request *r, const struct http_response *answer,
            struct err *e)
{
	enum cloud_verdict verdict = verdict_of_status(answer->status);
	const struct cloud_meaning *m;
	char code[CLOUD_CODE_MAX] = "";
	bool clock;

	if (verdict == CLOUD_GOOD)
		return verdict;
	if (answer->status == 416 && r->method[0] == 'G') /* an empty object has no first byte to give */
		return CLOUD_GOOD;
	c->verbs->errors->code(answer, code);
	m = meaning_of(c->verbs->errors, code);
	if (m == NULL) {
		(void)explain_status(c, r, answer, code, e);
		return verdict;
	}
	clock = is_clock(c, m, answer);
	(void)explain(c, r, answer, m, clock, e);
	return clock ? CLOUD_CLOCK : m->verdict;
}
