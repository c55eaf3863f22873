/*
 * cloud_check.c - prove what an object store honours, in that very bucket and prefix; see cloud.h
 *
 * No documentation is believed: there are stores that ignore a condition where versions are kept,
 * that ignore sums, that list in another order.  Three probes are written, beside the services'
 * folders, and removed again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/loop/job.h"
#include "core/store/cloud.h"

#define PROBE_NAME "%s.kcb-check-%s-"
#define LIST_TEXTS (256u << 10)

/* In the order of their bytes: with the order of a dictionary "a" would be before "B". */
enum probe { PROBE_B, PROBE_A, PROBE_SUM, PROBES };
static const char *const endings[PROBES] = { "B", "a", "sum" };
static const char body[] = "a probe of kafka-config-backup: it may be removed\n";
static const char other_body[] = "another probe of kafka-config-backup\n";

struct check {
	struct job        job;
	struct cloud_call call;
	struct cloud     *cloud;
	struct cloud_page page;
	char   folder[CLOUD_KEY_MAX + 1], key[PROBES][CLOUD_KEY_MAX + 1];
	bool   made[PROBES]; /* or may be */
	bool   starting;
	int    rc;           /* of the trial */
	struct err err;
	store_done_fn *done;
	void  *arg;
};

#define CHECK(job_of_it) container_of(job_of_it, struct check, job)

/* ---- steps ---- */

static void
start(struct check *c, int made, cloud_call_fn *answered)
{
	int rc = made != 0 ? err_memory(&c->job.err, "trying the store") : 0;

	c->call.answered = answered;
	if (rc == 0)
		rc = cloud_call_start(&c->call, &c->job.err);
	if (rc != 0)
		job_next(&c->job, rc, NULL);
}

static struct check *
check_of(struct cloud_call *call)
{
	return container_of(call, struct check, call);
}

static void
put_probe(struct check *c, enum probe which, const char *bytes, unsigned how, cloud_call_fn *answered)
{
	struct cloud_request *r = cloud_request_begin(&c->call);

	c->made[which] = true;
	r->body = bytes;
	r->body_len = strlen(bytes);
	sign_sum(bytes, r->body_len, r->sum);
	c->call.once = (how & CLOUD_WRONG_SUM) != 0;
	how |= c->cloud->plain | CLOUD_PROBE;
	start(c, c->cloud->verbs->put(c->cloud, c->key[which], how, r), answered);
}

static void
list_probes(struct check *c, const char *folder, const char *after, size_t max, cloud_call_fn *answered)
{
	struct cloud_request *r = cloud_request_begin(&c->call);

	arena_release(&c->page.texts);
	c->page = (struct cloud_page){ .folder = folder, .after = after, .max = max, .texts = c->page.texts };
	r->body_max = CLOUD_LIST_MAX;
	start(c, c->cloud->verbs->list(c->cloud, &c->page, r), answered);
}

static int
take_page(struct check *c, int rc, const struct http_response *answer, struct err *e)
{
	if (rc == 0)
		rc = c->cloud->verbs->listed(answer, &c->page, e);
	if (rc == 0)
		rc = cloud_page_verify(c->cloud, &c->page, "", e);
	if (rc == 0)
		cloud_page_skip(&c->page);
	return rc;
}

static void
listed(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct err err = *e;

	rc = take_page(check_of(call), rc, answer, &err);
	job_next(&check_of(call)->job, rc, &err);
}

static void
step_list(struct job *j)
{
	list_probes(CHECK(j), CHECK(j)->cloud->prefix, "", 1, listed);
}

static void
written(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct check *c = check_of(call);
	struct err err = *e;

	if (rc == 0 && c->cloud->verbs->hidden(answer))
		c->cloud->store.facts.keeps_removed = true;
	if (rc == ERR_UNSUPPORTED && cloud_be_plainer(c->cloud)) {
		job_go_to(&c->job, c->job.step->name);
		return;
	}
	if (rc == ERR_EXISTS) /* of a first try, whose answer was lost: the name is ours alone */
		rc = 0;
	job_next(&c->job, rc, &err);
}

static void
step_write(struct job *j)
{
	put_probe(CHECK(j), PROBE_B, body, 0, written);
}

static void
step_write_second(struct job *j)
{
	put_probe(CHECK(j), PROBE_A, body, 0, written);
}

static void
written_again(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct check *c = check_of(call);

	(void)answer;
	c->cloud->store.facts.exclusive = rc == ERR_EXISTS;
	job_next(&c->job, rc == ERR_EXISTS ? 0 : rc, e);
}

static void
step_write_again(struct job *j)
{
	if ((CHECK(j)->cloud->plain & CLOUD_NO_CONDITION) != 0)
		job_next(j, 0, NULL);
	else
		put_probe(CHECK(j), PROBE_B, other_body, 0, written_again);
}

static void
written_wrongly(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct check *c = check_of(call);
	bool refused = rc == ERR_CORRUPT || rc == ERR_FAILED || rc == ERR_UNSUPPORTED;

	(void)answer;
	c->cloud->store.facts.sums = refused;
	c->made[PROBE_SUM] = rc == 0;
	job_next(&c->job, refused ? 0 : rc, e);
}

static void
step_write_wrongly(struct job *j)
{
	if ((CHECK(j)->cloud->plain & CLOUD_NO_SUM) != 0)
		job_next(j, 0, NULL);
	else
		put_probe(CHECK(j), PROBE_SUM, body, CLOUD_WRONG_SUM, written_wrongly);
}

static void
read_back(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct check *c = check_of(call);
	const struct cloud *cloud = c->cloud;
	bool first = cloud->store.facts.exclusive || (cloud->plain & CLOUD_NO_CONDITION) != 0;
	const char *wanted = first ? body : other_body;
	struct err err = *e;

	if (rc == 0 && (answer->len != strlen(wanted) || memcmp(answer->body, wanted, answer->len) != 0))
		rc = err_set(&err, ERR_CORRUPT, "a probe written to %s reads back otherwise", cloud->where);
	job_next(&c->job, rc, &err);
}

static void
step_read(struct job *j)
{
	struct check *c = CHECK(j);

	start(c, c->cloud->verbs->get(c->cloud, c->key[PROBE_B], cloud_request_begin(&c->call)), read_back);
}

/* Exactly the first one, and that there is more: order, prefix and max-keys are as they must be. */
static void
listed_first(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct check *c = check_of(call);
	struct err err = *e;

	rc = take_page(c, rc, answer, &err);
	if (rc == 0 && (c->page.count != 1 || strcmp(c->page.keys[0], c->key[PROBE_B]) != 0 || !c->page.more))
		rc = err_set(&err, ERR_CONFIG,
		             "%s does not list what was just written, or not in the order of the bytes: nothing "
		             "can be kept in such a store", c->cloud->where);
	job_next(&c->job, rc, &err);
}

static void
step_list_first(struct job *j)
{
	list_probes(CHECK(j), CHECK(j)->folder, "", 1, listed_first);
}

/* All in one page: there its order shows. */
static void
step_list_all(struct job *j)
{
	list_probes(CHECK(j), CHECK(j)->folder, "", 10, listed);
}

static void
listed_rest(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct check *c = check_of(call);
	struct err err = *e;
	size_t i;

	rc = take_page(c, rc, answer, &err);
	for (i = 0; rc == 0 && i < c->page.count; i++) /* some keep what they refused */
		c->made[PROBE_SUM] |= strcmp(c->page.keys[i], c->key[PROBE_SUM]) == 0;
	if (rc == 0 && (c->page.count == 0 || strcmp(c->page.keys[0], c->key[PROBE_A]) != 0))
		rc = err_set(&err, ERR_CONFIG, "%s does not list what was just written: nothing can be kept in such a "
		             "store", c->cloud->where);
	job_next(&c->job, rc, &err);
}

static void
step_list_rest(struct job *j)
{
	list_probes(CHECK(j), CHECK(j)->folder, CHECK(j)->key[PROBE_B], 10, listed_rest);
}

static const struct job_step trial[] = {
	{ "list", step_list },
	{ "write", step_write },
	{ "write again", step_write_again },
	{ "write a second", step_write_second },
	{ "write with a wrong sum", step_write_wrongly },
	{ "read", step_read },
	{ "list one", step_list_first },
	{ "list all", step_list_all },
	{ "list the others", step_list_rest },
	{ NULL, NULL },
};

/* ---- the end: nothing is left behind ---- */

static void
removed(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct check *c = check_of(call);
	struct err err = *e;

	if (rc == 0 && c->cloud->verbs->hidden(answer))
		c->cloud->store.facts.keeps_removed = true;
	if (rc != 0 && rc != ERR_MISSING) {
		(void)err_prefix(&err, "a probe is left in the store, %s...", c->folder);
		job_next(&c->job, rc, &err);
		return;
	}
	job_go_to(&c->job, "remove");
}

static void
step_remove(struct job *j)
{
	struct check *c = CHECK(j);
	size_t i;

	for (i = 0; i < PROBES && !c->made[i]; i++)
		;
	if (i == PROBES) {
		job_next(j, 0, NULL);
		return;
	}
	c->made[i] = false;
	start(c, c->cloud->verbs->remove(c->cloud, c->key[i], cloud_request_begin(&c->call)), removed);
}

static void
listed_none(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct check *c = check_of(call);
	struct err err = *e;

	rc = take_page(c, rc, answer, &err);
	if (rc == 0 && c->page.count > 0)
		rc = err_set(&err, ERR_CONFIG, "%s still lists what was just removed, %s...: nothing can be kept in "
		             "such a store", c->cloud->where, c->folder);
	job_next(&c->job, rc, &err);
}

static void
step_list_none(struct job *j)
{
	list_probes(CHECK(j), CHECK(j)->folder, "", 10, listed_none);
}

static const struct job_step sweep[] = {
	{ "remove", step_remove },
	{ "list none", step_list_none },
	{ NULL, NULL },
};

static void
check_free(struct check *c)
{
	cloud_call_release(&c->call);
	arena_release(&c->page.texts);
	free(c);
}

/* What the trial found counts; what the sweep could not do, only where that was nothing. */
static void
swept(struct job *j)
{
	struct check *c = CHECK(j);

	if (c->rc == 0) {
		c->rc = j->err.code;
		c->err = j->err;
	}
	c->cloud->store.facts.checked = c->rc == 0;
	c->done(c->arg, c->rc, &c->err);
	check_free(c);
}

static void
tried(struct job *j)
{
	struct check *c = CHECK(j);

	c->rc = j->err.code;
	c->err = j->err;
	if (!c->starting)
		job_start(&c->job, c->cloud->loop, sweep, swept, NULL);
}

static int
name_probes(struct check *c, struct err *e)
{
	unsigned char random[16];
	char id[2 * sizeof random + 1];
	int n;

	randombytes_buf(random, sizeof random);
	(void)sodium_bin2hex(id, sizeof id, random, sizeof random);
	n = snprintf(c->folder, sizeof c->folder, PROBE_NAME, c->cloud->prefix, id);
	for (size_t i = 0; i < PROBES; i++)
		n = snprintf(c->key[i], sizeof c->key[i], PROBE_NAME "%s", c->cloud->prefix, id, endings[i]);
	return n > (int)CLOUD_KEY_MAX ? err_set(e, ERR_CONFIG, "store.prefix is too long") : 0;
}

int
cloud_check(struct store *s, store_done_fn *fn, void *arg, struct err *e)
{
	struct check *c = calloc(1, sizeof *c);
	int rc;

	if (c == NULL)
		return err_memory(e, "trying a store");
	c->cloud = container_of(s, struct cloud, store);
	c->done = fn;
	c->arg = arg;
	cloud_call_init(&c->call, c->cloud, listed);
	arena_init(&c->page.texts, LIST_TEXTS);
	rc = name_probes(c, e);
	if (rc == 0) {
		c->starting = true;
		job_start(&c->job, c->cloud->loop, trial, tried, NULL);
		c->starting = false;
		rc = c->rc;
		if (rc != 0)
			*e = c->err;
	}
	if (rc != 0)
		check_free(c);
	return rc;
}
