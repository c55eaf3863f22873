/* cloud_ops.c - the calls of store.h, made of requests to an object store; see cloud.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/store/cloud_op.h"

/* ---- names ---- */

static bool
is_part(const char *text, size_t len)
{
	return len > 0 && len <= 255 && text[0] != '.';
}

int
cloud_key(const struct cloud *c, const char *name, int parts, char key[CLOUD_KEY_MAX + 1],
          struct err *e)
{
	const char *part = name, *slash;
	int n;

	for (n = 1; (slash = strchr(part, '/')) != NULL; n++, part = slash + 1)
		if (!is_part(part, (size_t)(slash - part)))
			n = parts; /* too many, then */
	if (n != parts || !is_part(part, strlen(part)) || strlen(name) > OBJECT_NAME_MAX)
		return err_set(e, ERR_FAILED, "'%.200s' is not a name that a store may have", name);
	if ((size_t)snprintf(key, CLOUD_KEY_MAX + 1, "%s%s", c->prefix, name) > CLOUD_KEY_MAX)
		return err_set(e, ERR_CONFIG, "store.prefix makes the name '%.200s' longer than %u bytes",
		               name, CLOUD_KEY_MAX);
	return 0;
}

/* ---- the life of a call ---- */

struct cloud_op *
cloud_op_new(struct store *s, const char *name, int parts, cloud_call_fn *answered, struct err *e)
{
	struct cloud *c = container_of(s, struct cloud, store);
	struct cloud_op *op = calloc(1, sizeof *op);

	if (op == NULL) {
		(void)err_memory(e, "starting a store's call");
		return NULL;
	}
	if (cloud_key(c, name, parts, op->key, e) != 0) {
		free(op);
		return NULL;
	}
	cloud_call_init(&op->call, c, answered);
	arena_init(&op->page.texts, LIST_TEXTS_MAX);
	arena_init(&op->told, LIST_TEXTS_MAX);
	return op;
}

void
cloud_op_free(struct cloud_op *op)
{
	cloud_call_release(&op->call);
	arena_release(&op->page.texts);
	arena_release(&op->told);
	free(op);
}

int
cloud_op_start(struct cloud_op *op, int made, struct err *e)
{
	int rc = made != 0 ? err_memory(e, "asking the store") : cloud_call_start(&op->call, e);

	if (rc != 0)
		cloud_op_free(op);
	return rc;
}

/* ---- get ---- */

/* "bytes 0-9/100": what of how much this is.  False: nothing that can be understood. */
static bool
content_range(const char *text, uint64_t *first, uint64_t *last, uint64_t *total)
{
	uint64_t *const numbers[] = { first, last, total };
	static const char between[] = "-/";
	size_t i;

	if (strncmp(text, "bytes ", 6) != 0)
		return false;
	for (i = 0, text += 6; i < LENGTH(numbers); i++) {
		const char *begin = text;

		for (*numbers[i] = 0; *text >= '0' && *text <= '9' && text - begin < 18; text++)
			*numbers[i] = *numbers[i] * 10 + (uint64_t)(*text - '0');
		if (text == begin || (i < 2 && *text++ != between[i]))
			return false;
	}
	return *text == '\0';
}

static int
corrupt(const struct cloud_op *op, const char *why, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "%s in %s %s", op->key, op->call.cloud->where, why);
}

struct piece {
	const char *bytes;
	size_t      len;
	uint64_t    total;
};

static int
take_part(const struct cloud_op *op, const struct http_response *answer, struct piece *p, struct err *e)
{
	uint64_t first, last;
	bool told = content_range(http_header(answer, "Content-Range"), &first, &last, &p->total);

	if (told && answer->len == 0 && first == op->offset && first == p->total) { /* "10-9/10" */
		p->bytes = "";
		return 0;
	}
	if (!told || first != op->offset || last < first || last - first + 1 != answer->len || last >= p->total)
		return corrupt(op, "is not given as it was asked for", e);
	if ((op->len == 0 || answer->len < op->len) && last + 1 != p->total)
		return corrupt(op, "is shorter than it says", e);
	*p = (struct piece){ answer->body, answer->len, p->total };
	return 0;
}

/* All of it, though a part may have been asked for. */
static int
take_whole(const struct cloud_op *op, const struct http_response *answer, struct piece *p, struct err *e)
{
	if (op->offset > answer->len)
		return corrupt(op, "ends before the place to read from", e);
	*p = (struct piece){ answer->body + op->offset, answer->len - (size_t)op->offset, answer->len };
	if (op->len > 0 && p->len > op->len)
		p->len = op->len;
	return 0;
}

static void
got_end(struct cloud_op *op, int rc, const struct piece *p, size_t max, struct err *e)
{
	if (rc == 0 && p->len > max)
		rc = corrupt(op, "is larger than it may be", e);
	op->get(op->arg, rc, rc == 0 ? p->bytes : NULL, rc == 0 ? p->len : 0, rc == 0 ? p->total : 0, e);
	cloud_op_free(op);
}

static int
take_size(const struct cloud *c, const struct http_response *answer, uint64_t *ret, struct err *e)
{
	const char *digit = http_header(answer, "Content-Length");

	if (c->verbs->size != NULL)
		return c->verbs->size(answer, ret, e);
	for (*ret = 0; *digit >= '0' && *digit <= '9'; digit++)
		*ret = *ret * 10 + (uint64_t)(*digit - '0');
	return 0;
}

/* Nothing there to give: at its very end that is right, behind it a sign of damage. */
static void
head_answered(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct cloud_op *op = container_of(call, struct cloud_op, call);
	struct piece p = { .bytes = "" };
	struct err err = *e;

	if (rc == 0)
		rc = take_size(call->cloud, answer, &p.total, &err);
	if (rc == 0 && op->offset > p.total)
		rc = corrupt(op, "ends before the place to read from", &err);
	if (rc == 0 && op->offset < p.total)
		rc = corrupt(op, "is not given as it was asked for", &err);
	got_end(op, rc, &p, op->bytes_len, &err);
}

static void
get_answered(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct cloud_op *op = container_of(call, struct cloud_op, call);
	struct piece p = { .bytes = NULL };
	struct err err = *e;

	if (rc == 0 && answer->status == 416) {
		call->answered = head_answered;
		rc = op->call.cloud->verbs->head(call->cloud, op->key, cloud_request_begin(call)) != 0
		         ? err_memory(&err, "asking the store")
		         : cloud_call_start(call, &err);
		if (rc == 0)
			return;
	}
	if (rc == 0)
		rc = answer->status == 206 ? take_part(op, answer, &p, &err) : take_whole(op, answer, &p, &err);
	got_end(op, rc, &p, op->bytes_len, &err);
}

/* A range is a header of every cloud. */
static int
ask_range(struct cloud_op *op, struct cloud_request *r)
{
	char range[64];

	if (op->offset == 0 && op->len == 0)
		return 0;
	if (op->len == 0)
		(void)snprintf(range, sizeof range, "bytes=%llu-", (unsigned long long)op->offset);
	else
		(void)snprintf(range, sizeof range, "bytes=%llu-%llu", (unsigned long long)op->offset,
		               (unsigned long long)(op->offset + op->len - 1));
	return cloud_request_field(r, "range", range);
}

int
cloud_get(struct store *s, const char *name, uint64_t offset, size_t len, size_t max, store_get_fn *fn,
    void *arg, struct err *e)
{
	struct cloud_op *op = cloud_op_new(s, name, 3, get_answered, e);
	struct cloud_request *r;
	int made;

	if (op == NULL)
		return e->code;
	op->get = fn;
	op->arg = arg;
	op->offset = offset > INT64_MAX - len ? INT64_MAX - len : offset; /* behind any object */
	op->len = len;
	op->bytes_len = max;
	r = &op->call.request;
	r->body_max = max < CLOUD_ANSWER_MAX ? CLOUD_ANSWER_MAX : max;
	made = op->call.cloud->verbs->get(op->call.cloud, op->key, r);
	return cloud_op_start(op, made != 0 ? made : ask_range(op, r), e);
}

/* ---- put ---- */

bool
cloud_be_plainer(struct cloud *c)
{
	if (c->plain == CLOUD_PLAINEST)
		return false;
	c->plain++; /* no sum; no condition; neither */
	return true;
}

static void put_answered(struct cloud_call *call, int rc, const struct http_response *answer,
                         const struct err *e);

static int
ask_put(struct cloud_op *op)
{
	struct cloud *c = op->call.cloud;
	struct cloud_request *r = cloud_request_begin(&op->call);

	op->call.answered = put_answered;
	r->body = op->bytes;
	r->body_len = op->bytes_len;
	sign_sum(op->bytes, op->bytes_len, r->sum);
	return op->call.cloud->verbs->put(c, op->key, c->plain, r);
}

static void
done(struct cloud_op *op, int rc, const struct err *e)
{
	op->done(op->arg, rc, e);
	cloud_op_free(op);
}

/* The object that was there: ours, whose answer was lost, or another's. */
static void
compared(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct cloud_op *op = container_of(call, struct cloud_op, call);
	struct err err = *e;

	if (rc == 0 && (answer->len != op->bytes_len || memcmp(answer->body, op->bytes, answer->len) != 0))
		rc = ERR_CORRUPT;
	if (rc == ERR_CORRUPT) /* other bytes, or more of them */
		rc = err_set(&err, ERR_EXISTS, "%s is in %s already, and nothing is overwritten", op->key,
		             call->cloud->where);
	done(op, rc, &err);
}

static int
ask_what_is_there(struct cloud_op *op)
{
	struct cloud_request *r = cloud_request_begin(&op->call);

	op->call.answered = compared;
	r->body_max = op->bytes_len < CLOUD_ANSWER_MAX ? CLOUD_ANSWER_MAX : op->bytes_len;
	return op->call.cloud->verbs->get(op->call.cloud, op->key, r);
}

static void
put_answered(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct cloud_op *op = container_of(call, struct cloud_op, call);
	struct err err = *e;
	int made = -1;

	(void)answer;
	if (rc == ERR_UNSUPPORTED && cloud_be_plainer(call->cloud))
		made = ask_put(op);
	else if (rc == ERR_EXISTS)
		made = ask_what_is_there(op);
	else {
		done(op, rc, &err);
		return;
	}
	rc = made != 0 ? err_memory(&err, "asking the store") : cloud_call_start(call, &err);
	if (rc != 0)
		done(op, rc, &err);
}

int
cloud_put(struct store *s, const char *name, const struct buf *bytes, store_done_fn *fn, void *arg,
    struct err *e)
{
	struct cloud_op *op = cloud_op_new(s, name, 3, put_answered, e);

	if (op == NULL)
		return e->code;
	op->done = fn;
	op->arg = arg;
	cloud_forget_place(op->call.cloud);
	op->bytes = bytes->len > 0 ? bytes->data : "";
	op->bytes_len = bytes->len;
	return cloud_op_start(op, ask_put(op), e);
}

/* ---- remove ---- */

static void
remove_answered(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct cloud_op *op = container_of(call, struct cloud_op, call);
	struct err none = { 0 };

	if (rc == 0 && op->call.cloud->verbs->hidden(answer))
		call->cloud->store.facts.keeps_removed = true;
	done(op, rc == ERR_MISSING ? 0 : rc, rc == ERR_MISSING ? &none : e);
}

int
cloud_remove(struct store *s, const char *name, store_done_fn *fn, void *arg, struct err *e)
{
	struct cloud_op *op = cloud_op_new(s, name, 3, remove_answered, e);

	if (op == NULL)
		return e->code;
	op->done = fn;
	op->arg = arg;
	return cloud_op_start(op, op->call.cloud->verbs->remove(op->call.cloud, op->key, &op->call.request), e);
}
