/* seed_fit.c - see seed_fit.h */
#include "core/kafka/seed_fit.h"

#include <string.h>

#include "core/base/limits.h"
#include "core/kraft/rules.h"

/* The reason behind an earlier one, in the plan's arena; NULL: no memory. */
static const char *
both_reasons(struct plan *plan, const char *earlier, const struct buf *reason)
{
	const char *text = NULL;
	struct buf both;

	buf_init(&both, LINE_MAX_BYTES);
	if (earlier != NULL) {
		(void)buf_add_text(&both, earlier);
		(void)buf_add_text(&both, "; ");
	}
	(void)buf_add(&both, reason->data, reason->len);
	if (!both.failed)
		text = arena_copy(&plan->arena, both.data, both.len);
	buf_release(&both);
	return text;
}

static int
take(struct plan *plan, struct plan_item *item, const struct rules_answer *a, struct err *e)
{
	if (a->reason.len == 0)
		return 0;
	item->reason = both_reasons(plan, item->reason, &a->reason);
	if (a->refused) {
		item->action = PLAN_CREATE;
		item->target = NULL;
		item->outcome = PLAN_FAILED;
	} else {
		item->target = arena_copy(&plan->arena, a->value.data, a->value.len);
	}
	return item->reason == NULL || (item->target == NULL && !a->refused) ? err_memory(e, "planning") : 0;
}

int
seed_fit(struct plan *plan, struct plan_item *item, struct err *e)
{
	struct rules rules = { .level = plan->metadata_version };
	struct line line = item->want;
	struct rules_answer answer;
	int rc;

	if (item->target != NULL) {
		line.value = item->target;
		line.value_len = strlen(item->target);
	}
	rc = rules_judge(&rules, &line, &answer, e);
	if (rc != 0)
		return rc;
	rc = take(plan, item, &answer, e);
	rules_answer_release(&answer);
	return rc;
}
