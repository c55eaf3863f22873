/* params.c - see params.h: one table row a parameter */
#include <string.h>

#include <sodium.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "hooks/params.h"

struct param {
	const char *name;
	unsigned    hooks; /* that take it, as bits */
	int (*take)(struct params *p, struct json_object *value, size_t offset);
	size_t      offset; /* of the field in struct params */
};

#define ANY (HOOK_CHECK | HOOK_PERIODIC | HOOK_PRE_POWEROFF | HOOK_POST_POWERON | HOOK_PRE_START | HOOK_COMMAND)

static int
take_text(struct params *p, struct json_object *value, size_t offset)
{
	const char *text;

	if (!json_object_is_type(value, json_type_string))
		return -1;
	text = arena_text(&p->arena, json_object_get_string(value));
	memcpy((char *)p + offset, &text, sizeof text);
	return text == NULL ? -1 : 0;
}

static int
take_flag(struct params *p, struct json_object *value, size_t offset)
{
	bool flag = json_object_get_boolean(value);

	if (!json_object_is_type(value, json_type_boolean))
		return -1;
	memcpy((char *)p + offset, &flag, sizeof flag);
	return 0;
}

static int
take_position(struct json_object *anchor, const char *name, uint64_t *ret)
{
	struct json_object *value;

	if (!json_object_object_get_ex(anchor, name, &value) ||
	    !json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return -1;
	*ret = json_object_get_uint64(value);
	return 0;
}

static int
take_anchor(struct params *p, struct json_object *value, size_t offset)
{
	struct json_object *hash;
	size_t len = 0;
	const char *text;

	(void)offset;
	if (!json_object_is_type(value, json_type_object) ||
	    json_object_object_length(value) != 3 ||
	    take_position(value, "epoch", &p->anchor_epoch) != 0 ||
	    take_position(value, "sequence", &p->anchor_sequence) != 0 ||
	    !json_object_object_get_ex(value, "hash", &hash) ||
	    !json_object_is_type(hash, json_type_string))
		return -1;
	text = json_object_get_string(hash);
	if (sodium_hex2bin(p->anchor_hash, sizeof p->anchor_hash, text, strlen(text), NULL, &len,
	                   NULL) != 0 ||
	    len != sizeof p->anchor_hash || strlen(text) != 2 * len)
		return -1;
	p->has_anchor = true;
	return 0;
}

#define FIELD(member) offsetof(struct params, member)
static const struct param table[] = {
	{ "after", HOOK_COMMAND, take_text, FIELD(after) },
	{ "all", HOOK_COMMAND, take_flag, FIELD(all) },
	{ "anchor", ANY, take_anchor, 0 },
	{ "command", HOOK_COMMAND, take_text, FIELD(command) },
	{ "disks", HOOK_PRE_START, take_text, FIELD(disks) },
	{ "from", HOOK_COMMAND, take_text, FIELD(from) },
	{ "into_used", HOOK_COMMAND, take_flag, FIELD(into_used) },
	{ "kind", HOOK_COMMAND, take_text, FIELD(kind) },
	{ "long", HOOK_COMMAND, take_flag, FIELD(long_form) },
	{ "name", HOOK_COMMAND, take_text, FIELD(name) },
	{ "now", HOOK_PERIODIC, take_flag, FIELD(now) },
	{ "phase", HOOK_POST_POWERON, take_text, FIELD(phase) },
	{ "snapshot", HOOK_PRE_START | HOOK_POST_POWERON | HOOK_COMMAND, take_text, FIELD(snapshot) },
	{ "to", HOOK_COMMAND, take_text, FIELD(to) },
};

static int
take(struct params *p, enum hook hook, const char *name, struct json_object *value, struct err *e)
{
	size_t i;

	for (i = 0; i < LENGTH(table); i++) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		if ((table[i].hooks & hook) == 0)
			return err_set(e, ERR_UNSUPPORTED, "parameter \"%s\": the hook %s does not take it",
			               name, hook_name(hook));
		if (table[i].take(p, value, table[i].offset) != 0)
			return err_set(e, ERR_UNSUPPORTED, "parameter \"%s\": not of the form that "
			               "kafka_config_backup(7) describes", name);
		return 0;
	}
	return err_set(e, ERR_UNSUPPORTED, "parameter \"%s\": unknown", name);
}

static int
check_words(const struct params *p, struct err *e)
{
	enum kind kind;

	if (p->disks != NULL && strcmp(p->disks, "lost") != 0 && strcmp(p->disks, "kept") != 0 &&
	    strcmp(p->disks, "partial") != 0)
		return err_set(e, ERR_UNSUPPORTED,
		               "parameter \"disks\": expected lost, kept or partial");
	if (p->phase != NULL && strcmp(p->phase, "kafka") != 0 && strcmp(p->phase, "services") != 0)
		return err_set(e, ERR_UNSUPPORTED, "parameter \"phase\": expected kafka or services");
	if (p->kind != NULL &&
	    (!kind_by_name(p->kind, strlen(p->kind), &kind) || kind == KIND_SUMMARY))
		return err_set(e, ERR_UNSUPPORTED, "parameter \"kind\": \"%s\" is no kind", p->kind);
	if (p->name != NULL && p->kind == NULL)
		return err_set(e, ERR_UNSUPPORTED, "parameter \"name\": needs a kind");
	return 0;
}

int
params_parse(struct params *p, enum hook hook, const char *text, struct err *e)
{
	struct json_object *object = NULL;
	int rc = 0;

	*p = (struct params){ 0 };
	arena_init(&p->arena, PARAMS_TEXT_MAX);
	if (text == NULL)
		return 0;
	if (strlen(text) > PARAMS_TEXT_MAX / 2)
		return err_set(e, ERR_UNSUPPORTED, "parameters: longer than %u bytes",
		               PARAMS_TEXT_MAX / 2);
	if (json_parse(text, strlen(text), CONFIG_DEPTH_MAX, &object, e) != 0 ||
	    !json_object_is_type(object, json_type_object)) {
		(void)json_object_put(object);
		return err_set(e, ERR_UNSUPPORTED, "parameters: not a JSON object");
	}
	json_object_object_foreach(object, name, value) {
		rc = take(p, hook, name, value, e);
		if (rc != 0)
			break;
	}
	(void)json_object_put(object);
	return rc != 0 ? rc : check_words(p, e);
}

void
params_release(struct params *p)
{
	arena_release(&p->arena);
}
