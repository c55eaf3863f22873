/* rules.c - see rules.h: one line, part by part */
#include "core/kraft/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/kraft/rules_parts.h"
#include "core/kraft/rules_table.h"

#define TOPIC_NAME_MAX 249u

bool
say_no(struct buf *reason, const char *part, const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap); /* ours, and short */
	va_end(ap);
	if (reason->len > 0)
		(void)buf_add_text(reason, "; ");
	if (part != NULL)
		(void)buf_print(reason, "%.200s: ", part);
	(void)buf_add_text(reason, text);
	return false;
}

void
rules_answer_release(struct rules_answer *a)
{
	buf_release(&a->reason);
	buf_wipe(&a->value);
}

/* ---- the line as a whole ---- */

static bool
topic_name(const struct line *line, struct buf *reason)
{
	static const char legal[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (line->key_len == 0 || line->key_len > TOPIC_NAME_MAX)
		return say_no(reason, NULL, "a topic's name has 1 to %u characters", TOPIC_NAME_MAX);
	if (strcmp(line->key, ".") == 0 || strcmp(line->key, "..") == 0 ||
	    strspn(line->key, legal) != line->key_len)
		return say_no(reason, NULL, "a topic's name is of letters, digits, '.', '_' and '-', and neither "
		                            "\".\" nor \"..\"");
	if (topic_is_kafkas(line->key))
		return say_no(reason, NULL, "it is Kafka's own topic, which brokers make themselves");
	return true;
}

static bool
broker_name(const struct line *line, struct buf *reason)
{
	int64_t id;

	if (strcmp(line->key, "default") == 0)
		return true;
	if (line->key[0] < '0' || line->key[0] > '9' || !config_number(line->key, line->key_len, &id) ||
	    id > INT32_MAX)
		return say_no(reason, NULL, "it is the id of no broker");
	return true;
}

/* A kind, or a name, that the line of Kafka does not have. */
static bool
known_since(const struct rules *r, int level, const char *what, struct buf *reason)
{
	return r->level >= level || say_no(reason, NULL, "Kafka %s has no %s", kafka_line_name(r->level), what);
}

static bool
not_empty(const struct line *line, struct buf *reason)
{
	return line->key_len > 0 || say_no(reason, NULL, "its name is empty");
}

/* entity: of a quota, its parsed key. */
static bool
line_fits(const struct rules *r, const struct line *line, struct json_object *entity, struct buf *reason)
{
	if (r->level < LEVEL_OLDEST)
		return say_no(reason, NULL, "the node is formatted for metadata.version %d, older than 3.3",
		              r->level);
	switch (line->kind) {
	case KIND_TOPIC:
		return topic_name(line, reason);
	case KIND_CLUSTER_CONFIG:
		return broker_name(line, reason);
	case KIND_GROUP_CONFIG:
		return known_since(r, KAFKA_4_0, "configs of groups", reason) && not_empty(line, reason);
	case KIND_CLIENT_METRICS:
		return known_since(r, KAFKA_3_7, "client metrics", reason) && not_empty(line, reason);
	case KIND_USER:
		return known_since(r, LEVEL_SCRAM, "users in its metadata log at this metadata.version", reason) &&
		       not_empty(line, reason);
	case KIND_ACL:
		return rules_acl(r, line, reason);
	case KIND_QUOTA:
		return rules_quota_entity(entity, reason);
	default:
		return say_no(reason, NULL, "it is no kind of the metadata log");
	}
}

/* ---- its parts ---- */

struct judging {
	const struct rules  *rules;
	const struct line   *line;
	struct json_object  *value, *parts, *entity;
	struct rules_answer *answer;
	const char         **out; /* names of the parts that are left out */
	size_t               out_count;
};

/* What holds a line's parts; NULL: it has none. */
static struct json_object *
parts_of(enum kind kind, struct json_object *value)
{
	struct json_object *parts = NULL;

	if (kind == KIND_ACL || !json_object_is_type(value, json_type_object))
		return NULL;
	if (kind == KIND_USER)
		return value;
	(void)json_object_object_get_ex(value, kind == KIND_QUOTA ? "quotas" : "configs", &parts);
	return json_object_is_type(parts, json_type_object) ? parts : NULL;
}

static bool
part_fits(const struct judging *g, const char *name, struct json_object *value)
{
	struct buf *reason = &g->answer->reason;

	switch (g->line->kind) {
	case KIND_USER:
		return rules_credential(name, value, reason);
	case KIND_QUOTA:
		return rules_quota(g->entity, name, value, reason);
	default:
		return rules_config(g->rules, g->line, g->parts, name, value, reason);
	}
}

static void
leave_out(struct judging *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->out_count; i++)
		if (strcmp(g->out[i], name) == 0)
			return;
	g->out[g->out_count++] = name;
}

/* A config's number, or its default. */
static int64_t
number_of(const struct judging *g, const char *name, int64_t unset)
{
	struct json_object *value;
	int64_t n;
	size_t i;

	for (i = 0; i < g->out_count; i++)
		if (strcmp(g->out[i], name) == 0)
			return unset;
	if (!json_object_object_get_ex(g->parts, name, &value) ||
	    !config_number(json_object_get_string(value), (size_t)json_object_get_string_len(value), &n))
		return unset;
	return n;
}

/* Two that contradict each other are both left out. */
static void
check_order(struct judging *g, const struct config_order *order)
{
	int64_t lower = number_of(g, order->lower, order->lower_default);
	int64_t upper = number_of(g, order->upper, order->upper_default);
	const struct config_rule *other;

	if (order->less_than ? lower < upper : lower <= upper)
		return;
	if (config_rule(g->line->kind, order->lower, g->rules->level, &other) == NULL)
		return;
	(void)say_no(&g->answer->reason, order->lower, "it has to be %s than %s",
	             order->less_than ? "less" : "not more", order->upper);
	if (json_object_object_get_ex(g->parts, order->lower, NULL))
		leave_out(g, order->lower);
	if (json_object_object_get_ex(g->parts, order->upper, NULL))
		leave_out(g, order->upper);
}

/* Memory for each thread of the log cleaner. */
static void
check_cleaner(struct judging *g)
{
	static const char bytes[] = "log.cleaner.dedupe.buffer.size", threads[] = "log.cleaner.threads";

	if (g->line->kind != KIND_CLUSTER_CONFIG ||
	    number_of(g, bytes, 128 << 20) / number_of(g, threads, 1) > CLEANER_BYTES)
		return;
	(void)say_no(&g->answer->reason, threads, "each needs more than %d of %s", CLEANER_BYTES, bytes);
	if (json_object_object_get_ex(g->parts, bytes, NULL))
		leave_out(g, bytes);
	if (json_object_object_get_ex(g->parts, threads, NULL))
		leave_out(g, threads);
}

static int
judge_parts(struct judging *g, struct err *e)
{
	const struct config_order *order;
	size_t at = 0, i;
	struct json j;

	g->out = calloc((size_t)json_object_object_length(g->parts) + 1, sizeof *g->out);
	if (g->out == NULL)
		return err_memory(e, "planning");
	json_object_object_foreach(g->parts, name, value) {
		if (!part_fits(g, name, value))
			leave_out(g, name);
	}
	while ((order = config_order_next(g->line->kind, &at)) != NULL)
		check_order(g, order);
	check_cleaner(g);
	if (g->out_count == 0)
		return 0;
	/* a topic is there without configs too; nothing else is */
	g->answer->refused = g->line->kind != KIND_TOPIC &&
	                     g->out_count == (size_t)json_object_object_length(g->parts);
	if (g->answer->refused)
		return 0;
	for (i = g->out_count; i > 0; i--)
		json_object_object_del(g->parts, g->out[i - 1]); /* names die with their parts */
	json_init(&j, &g->answer->value);
	json_value(&j, g->value);
	return 0;
}

static int
judge(struct judging *g, struct err *e)
{
	struct rules_answer *a = g->answer;
	const struct line *line = g->line;
	int rc = 0;

	if (line->kind != KIND_ACL) /* which is its key */
		rc = json_parse(line->value, line->value_len, JSON_DEPTH_MAX, &g->value, e);
	if (rc == 0 && line->kind == KIND_QUOTA)
		rc = json_parse(line->key, line->key_len, 2, &g->entity, e);
	if (rc != 0)
		return rc;
	a->refused = !line_fits(g->rules, line, g->entity, &a->reason);
	g->parts = parts_of(line->kind, g->value);
	if (!a->refused && g->parts == NULL && line->kind != KIND_ACL)
		return err_set(e, ERR_CORRUPT, "the value of a line of %s is not as FORMAT.md says",
		               kind_name(line->kind));
	if (!a->refused && g->parts != NULL)
		rc = judge_parts(g, e);
	if (rc == 0 && (a->reason.failed || a->value.failed))
		rc = err_memory(e, "planning");
	return rc;
}

int
rules_judge(const struct rules *r, const struct line *line, struct rules_answer *ret, struct err *e)
{
	struct judging g = { .rules = r, .line = line, .answer = ret };
	int rc;

	ret->refused = false;
	buf_init(&ret->reason, LINE_MAX_BYTES);
	buf_init(&ret->value, LINE_MAX_BYTES);
	rc = judge(&g, e);
	free(g.out);
	(void)json_object_put(g.value);
	(void)json_object_put(g.entity);
	if (rc != 0)
		rules_answer_release(ret);
	return rc;
}

/* ---- records ---- */

int
rules_record_version(unsigned type, int level)
{
	if (record_schema(type) == NULL)
		return -1;
	switch (type) {
	case RECORD_PARTITION:
	case RECORD_PARTITION_CHANGE:
		return level >= LEVEL_ELR ? 2 : level >= LEVEL_DIRECTORIES ? 1 : 0;
	case RECORD_USER_SCRAM:
	case RECORD_REMOVE_USER_SCRAM:
		return level >= LEVEL_SCRAM ? 0 : -1;
	case RECORD_BEGIN_TRANSACTION:
	case RECORD_END_TRANSACTION:
	case RECORD_ABORT_TRANSACTION:
		return level >= LEVEL_TRANSACTION ? 0 : -1;
	case RECORD_NO_OP:
		return level >= LEVEL_NO_OP ? 0 : -1;
	default:
		return record_schema(type)->newest;
	}
}
