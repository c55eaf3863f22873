/* rest_configs.c - see rest_configs.h: what a line says, and how one is fitted to what is there. */
#include <string.h>

#include "core/base/limits.h"
#include "core/registry/equal.h"
#include "core/registry/rest.h"
#include "core/registry/rest_configs.h"

/* ---- the line ---- */

static bool
read_key(struct json_object *key, struct config_key *k)
{
	static const char *const names[] = { [CONFIG_HIGHEST_ID] = "highest_id", [CONFIG_CONFIG] = "config",
		                             [CONFIG_MODE] = "mode" };
	struct json_object *what, *context, *subject;
	size_t i;

	if (!json_object_is_type(key, json_type_array) || json_object_array_length(key) != 3)
		return false;
	what = json_object_array_get_idx(key, 0);
	context = json_object_array_get_idx(key, 1);
	subject = json_object_array_get_idx(key, 2);
	if (!json_object_is_type(what, json_type_string) || !json_object_is_type(context, json_type_string) ||
	    (subject != NULL && !json_object_is_type(subject, json_type_string)))
		return false;
	for (i = 0; i < LENGTH(names); i++)
		if (strcmp(json_object_get_string(what), names[i]) == 0) {
			k->what = (enum config_what)i;
			k->context = json_object_get_string(context);
			k->subject = subject == NULL ? NULL : json_object_get_string(subject);
			return k->what != CONFIG_HIGHEST_ID || k->subject == NULL;
		}
	return false;
}

int
config_key_parse(const char *text, size_t len, struct config_key *ret, struct err *e)
{
	struct config_key k = { 0 };
	int rc = json_parse(text, len, 2, &k.key, e);

	if (rc == 0 && !read_key(k.key, &k))
		rc = err_set(e, ERR_CORRUPT, "its key is not as FORMAT.md says");
	if (rc == 0)
		*ret = k;
	else
		config_key_release(&k);
	return rc == 0 ? 0 : err_prefix(e, "registry_config %.300s", text);
}

void
config_key_release(struct config_key *k)
{
	json_object_put_at(&k->key);
	*k = (struct config_key){ 0 };
}

bool
config_key_is_global(const struct config_key *k)
{
	return k->subject == NULL && strcmp(k->context, REGISTRY_DEFAULT_CONTEXT) == 0;
}

/* ---- fit ---- */

static int64_t
number_in(const char *value)
{
	struct json_object *object = NULL;
	struct err e;
	int64_t n = 0;

	if (json_parse(value, strlen(value), JSON_DEPTH_MAX, &object, &e) == 0)
		(void)rest_number(object, "id", &n);
	json_object_put_at(&object);
	return n;
}

/* The line says what was ever issued; what counts here is what the server itself knows of. */
static void
fit_highest(const struct registry *r, struct plan_item *item, const char *context)
{
	int64_t known = 0;

	if (r != NULL && r->issued != NULL)
		(void)rest_number(r->issued, context, &known);
	item->action = known >= number_in(item->want.value) ? PLAN_EQUAL : PLAN_CREATE;
}

/* Each member of have is want's: what lacks was dropped, or is not put back yet. */
static bool
is_part(const char *have, const char *want)
{
	struct json_object *x = NULL, *y = NULL, *other;
	struct err e;
	bool part = json_parse(have, strlen(have), JSON_DEPTH_MAX, &x, &e) == 0 &&
	            json_parse(want, strlen(want), JSON_DEPTH_MAX, &y, &e) == 0;

	if (part) {
		json_object_object_foreach(x, name, member) {
			other = rest_member(y, name);
			part = part && registry_same_json(member, other);
		}
	}
	json_object_put_at(&x);
	json_object_put_at(&y);
	return part;
}

static int
fit(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e)
{
	struct config_key key CLEANUP(config_key_release) = { 0 };
	const struct registry *r = plan->server;
	struct line have = item->want;
	int rc = config_key_parse(item->want.key, item->want.key_len, &key, e);

	(void)brokers;
	item->target = item->started = item->reason = NULL;
	if (rc != 0)
		return rc;
	if (key.what == CONFIG_HIGHEST_ID) {
		fit_highest(r, item, key.context);
		return 0;
	}
	item->action = PLAN_CREATE;
	if (item->have == NULL)
		return 0;
	have.value = item->have;
	have.value_len = strlen(item->have);
	if (registry_config_equal(&have, item->want.value)) {
		item->action = PLAN_EQUAL;
	} else if ((r == NULL || !r->beside) && (key.subject == NULL || is_part(item->have, item->want.value))) {
		item->action = PLAN_COMPLETE; /* what a fresh registry has of its own, or a part of ours */
	} else {
		item->action = PLAN_KEEP;
		item->reason = "it exists with other settings";
	}
	return 0;
}

const struct kind_ops rest_configs_ops = {
	.kind = KIND_REGISTRY_CONFIG,
	.capture = rest_configs_capture,
	.fit = fit,
	.apply = rest_configs_apply,
	.equal = registry_config_equal,
};
