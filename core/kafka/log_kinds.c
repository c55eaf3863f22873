/* log_kinds.c - see log_kinds.h */
#include "core/kafka/log_kinds.h"

#include <stdio.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/kafka/seed_fit.h"

static int
keep(struct plan *plan, struct plan_item *item, enum plan_action action, const char *reason, struct err *e)
{
	item->action = action;
	item->reason = arena_text(&plan->arena, reason);
	if (action == PLAN_CREATE)
		item->outcome = PLAN_FAILED;
	return item->reason == NULL ? err_memory(e, "planning") : 0;
}

/* Dynamic configs of one broker are that broker's. */
static bool
is_of_missing_broker(const struct plan *plan, const struct line *want)
{
	char id[16];
	size_t i;

	if (want->kind != KIND_CLUSTER_CONFIG || strcmp(want->key, "default") == 0 || plan->broker_count == 0)
		return false;
	for (i = 0; i < plan->broker_count; i++) {
		(void)snprintf(id, sizeof id, "%d", (int)plan->broker_ids[i]);
		if (strcmp(id, want->key) == 0)
			return false;
	}
	return true;
}

/* The configs, quotas or credentials of a value; NULL: it makes no sense. */
static struct json_object *
parts_of(const char *value, struct json_object **ret)
{
	struct json_object *parts = NULL;
	struct err ignored;

	*ret = NULL;
	if (json_parse(value, strlen(value), JSON_DEPTH_MAX, ret, &ignored) != 0 ||
	    !json_object_is_type(*ret, json_type_object))
		return NULL;
	if (json_object_object_get_ex(*ret, "configs", &parts) || json_object_object_get_ex(*ret, "quotas", &parts))
		return json_object_is_type(parts, json_type_object) ? parts : NULL;
	return *ret;
}

/* Is every part of one value in the other, as it is?  `format` may have set some of its own beside them. */
static bool
is_within(const char *value, const char *other)
{
	CLEANUP(json_object_put) struct json_object *a, *b;
	struct json_object *parts = parts_of(value, &a), *others = parts_of(other, &b), *same;

	if (parts == NULL || others == NULL)
		return false;
	json_object_object_foreach(parts, name, part) {
		if (!json_object_object_get_ex(others, name, &same) || !json_object_equal(part, same))
			return false;
	}
	return true;
}

/*
 * The saved settings, and the one that `format` adds (4.1 and later; R3's (i)): what a snapshot of an
 * older Kafka has not is no other setting.
 */
static bool
is_with_formats_own(const struct plan_item *item)
{
	static const char own[] = "\"min.insync.replicas\":\"1\"";
	const char *want = item->want.value, *at = strstr(item->have, own), *end;
	size_t before;

	if (item->want.kind != KIND_CLUSTER_CONFIG || strcmp(item->want.key, "default") != 0 || at == NULL ||
	    strstr(want, "\"min.insync.replicas\":") != NULL)
		return false;
	end = at + sizeof own - 1;
	end += *end == ','; /* with the comma behind it, else with the one before it */
	at -= *end == '}' && at[-1] == ',';
	before = (size_t)(at - item->have);
	return strncmp(want, item->have, before) == 0 && strcmp(want + before, end) == 0;
}

static int
want_as_found(struct plan *plan, struct plan_item *item, struct err *e)
{
	item->want.value = arena_text(&plan->arena, item->have);
	if (item->want.value == NULL)
		return err_memory(e, "planning");
	item->want.value_len = strlen(item->want.value);
	return 0;
}

/*
 * Brokers that are up say nothing of what was left out when they were seeded: where all that the rules
 * leave is there, it was that, and the rest stays carried.
 */
static int
fit_seeded(struct plan *plan, struct plan_item *item, bool *ret, struct err *e)
{
	struct plan_item before = *item;
	int rc = plan->metadata_version == 0 ? 0 : seed_fit(plan, item, e);

	*ret = rc == 0 && (item->have == NULL ? item->outcome == PLAN_FAILED
	                                      : item->target != NULL && is_within(item->target, item->have));
	if (!*ret)
		*item = before;
	else if (item->have != NULL)
		item->target = item->have; /* what is restored, to see later whether somebody changes it */
	return rc;
}

static int
fit_new(struct plan *plan, struct plan_item *item, struct err *e)
{
	int rc;

	item->action = PLAN_CREATE;
	rc = seed_fit(plan, item, e);
	if (rc == 0 && item->have != NULL && item->target != NULL && strcmp(item->have, item->target) == 0)
		item->action = PLAN_EQUAL;
	return rc;
}

int
log_kind_fit_item(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e)
{
	bool once = item->want.kind == KIND_USER || item->want.kind == KIND_ACL, seeded = false;

	(void)brokers;
	item->action = PLAN_EQUAL;
	if (item->have != NULL && strcmp(item->have, item->want.value) == 0)
		return 0;
	if (item->have != NULL && is_with_formats_own(item))
		return want_as_found(plan, item, e);
	if (is_of_missing_broker(plan, &item->want))
		return keep(plan, item, PLAN_CREATE, "the cluster has no broker of this id", e);
	if (!plan->seeding && (fit_seeded(plan, item, &seeded, e) != 0 || seeded))
		return seeded ? 0 : e->code;
	if (item->have != NULL && (once || !plan->seeding))
		return keep(plan, item, PLAN_KEEP,
		            once ? "it is there already, and stays as it is: the manager's own "
		                   "(guard.bootstrap_set declares those)"
		                 : "it is there with other settings",
		            e);
	if (!plan->seeding)
		return keep(plan, item, PLAN_CREATE,
		            "it can only be put back before the first start (`kcb pre-start`)", e);
	return fit_new(plan, item, e);
}

const struct kind_ops cluster_configs_ops = { .kind = KIND_CLUSTER_CONFIG, .fit = log_kind_fit_item };
const struct kind_ops quotas_ops = { .kind = KIND_QUOTA, .fit = log_kind_fit_item };
const struct kind_ops group_configs_ops = { .kind = KIND_GROUP_CONFIG, .fit = log_kind_fit_item };
const struct kind_ops client_metrics_ops = { .kind = KIND_CLIENT_METRICS, .fit = log_kind_fit_item };
