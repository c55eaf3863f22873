/* users.c - see users.h: what is to be done about one user */
#include "core/kafka/users.h"

#include <string.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/kafka/log_kinds.h"

const struct kind_ops users_ops = {
	.kind = KIND_USER,
	.capture = users_capture,
	.fit = user_fit_item,
	.apply = users_apply,
};

/* Every mechanism of `have` is in `want`, with the same credential: put by us in part. */
static bool
is_part_of(struct json_object *have, struct json_object *want)
{
	struct json_object *other;

	json_object_object_foreach(have, mechanism, credential) {
		if (!json_object_object_get_ex(want, mechanism, &other) ||
		    json_object_equal(credential, other) == 0)
			return false;
	}
	return true;
}

static int
fit_existing(struct plan_item *item, struct err *e)
{
	struct json_object *want = NULL, *have = NULL;
	int rc = json_parse(item->want.value, item->want.value_len, JSON_DEPTH_MAX, &want, e);

	if (rc == 0)
		rc = json_parse(item->have, strlen(item->have), JSON_DEPTH_MAX, &have, e);
	if (rc == 0 && is_part_of(have, want)) {
		item->action = PLAN_COMPLETE;
	} else if (rc == 0) {
		item->action = PLAN_KEEP;
		item->reason = "the manager's user store has it with another credential, and it stays as it is";
	}
	(void)json_object_put(want);
	(void)json_object_put(have);
	return rc;
}

int
user_fit_item(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e)
{
	if (plan->seeding || plan->server == NULL)
		return log_kind_fit_item(plan, item, brokers, e);
	item->action = item->have == NULL ? PLAN_CREATE : PLAN_EQUAL;
	if (item->have == NULL || strcmp(item->have, item->want.value) == 0)
		return 0;
	return fit_existing(item, e);
}
