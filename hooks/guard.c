/* guard.c - R1's table: which row fits the facts, and what each hook does in it; pure */
#include "hooks/guard.h"

/* In the order periodic, pre_poweroff, pre_start, post_poweron. */
static const struct guard_verdict verdicts[GUARD_ROWS] = {
	[GUARD_UNKNOWN] = {
		GUARD_UNKNOWN, "unknown",
		{GUARD_AGAIN, GUARD_VETO, GUARD_AGAIN, GUARD_AGAIN},
		"the store did not answer, so nothing is known of this service's snapshots: make "
		"the store reachable (`kcb check` names what fails) and run again, or power off "
		"with FORCE and without a final backup",
	},
	[GUARD_ROLLED_BACK] = {
		GUARD_ROLLED_BACK, "rolled back",
		{GUARD_NEEDS_OPERATOR, GUARD_VETO, GUARD_NEEDS_OPERATOR, GUARD_NEEDS_OPERATOR},
		"the store has less than the manager's anchor says was saved: bring the missing "
		"snapshots back, or look at what is there (`kcb list --long`) and restore it or go on "
		"from it by running without the anchor; FORCE powers off without a final backup",
	},
	[GUARD_EMPTY] = {
		GUARD_EMPTY, "new and empty",
		{GUARD_NOTHING_TO_KEEP, GUARD_NOTHING_TO_KEEP, GUARD_NOTHING_TO_RESTORE,
		 GUARD_NOTHING_TO_RESTORE},
		"the store has no snapshot of this service and the cluster has nothing to keep: "
		"nothing to do; if there should be snapshots, check the service's name and the "
		"store",
	},
	[GUARD_NEW] = {
		GUARD_NEW, "new",
		{GUARD_ADOPT_AND_BACK_UP, GUARD_ADOPT_AND_BACK_UP, GUARD_NOTHING_TO_RESTORE,
		 GUARD_NOTHING_TO_RESTORE},
		"the store has no snapshot of this service yet: the cluster is adopted by its "
		"first backup; if there should be snapshots, check the service's name and the "
		"store",
	},
	[GUARD_CONTESTED] = {
		GUARD_CONTESTED, "contested",
		{GUARD_NEEDS_OPERATOR, GUARD_VETO, GUARD_NEEDS_OPERATOR, GUARD_NEEDS_OPERATOR},
		"two clusters were adopted for this service at the same time, this one and "
		"another: run `kcb adopt` on the one that shall be it, or `kcb restore "
		"--into-used` to bring back there what is missing; the other is then fenced off; "
		"FORCE powers off without a final backup",
	},
	[GUARD_ADOPTED] = {
		GUARD_ADOPTED, "adopted",
		{GUARD_BACK_UP, GUARD_BACK_UP, GUARD_OK_OR_GO_ON, GUARD_OK_OR_GO_ON},
		"the cluster is this service's own: it is backed up",
	},
	[GUARD_WIPED] = {
		GUARD_WIPED, "wiped",
		{GUARD_NEEDS_OPERATOR, GUARD_VETO, GUARD_CLAIM_AND_RESTORE,
		 GUARD_CLAIM_AND_RESTORE},
		"the cluster has the id of this service's, but none of what was saved is left in "
		"it (its disks were lost, or somebody emptied it), so it is not backed up: `kcb "
		"power-on` restores the newest snapshot, `kcb adopt` keeps the cluster as it is; "
		"FORCE powers off without a final backup",
	},
	[GUARD_WIPED_USED] = {
		GUARD_WIPED_USED, "wiped and used",
		{GUARD_NEEDS_OPERATOR, GUARD_VETO, GUARD_NEEDS_OPERATOR, GUARD_NEEDS_OPERATOR},
		"the cluster has the id of this service's, but none of what was saved is left in "
		"it, and others have put something in since: `kcb restore --into-used` adds what "
		"is missing, `kcb adopt` keeps the cluster as it is; FORCE powers off without a "
		"final backup",
	},
	[GUARD_UNFINISHED] = {
		GUARD_UNFINISHED, "restore unfinished",
		{GUARD_GO_ON, GUARD_VETO, GUARD_GO_ON, GUARD_GO_ON},
		"a restore into this cluster has begun and is not finished: `kcb power-on` goes "
		"on with it, and so does every periodic run; `kcb adopt` keeps the cluster as it "
		"is; FORCE powers off before it is whole",
	},
	[GUARD_FENCED] = {
		GUARD_FENCED, "fenced",
		{GUARD_NEEDS_OPERATOR, GUARD_VETO, GUARD_NEEDS_OPERATOR, GUARD_NEEDS_OPERATOR},
		"another cluster has become this service since, so this one is neither backed up "
		"nor restored: power this one off with FORCE; or, to make it the service again, "
		"`kcb adopt` it as it is, or `kcb restore --into-used` to add what it lacks; the "
		"other is then fenced off",
	},
	[GUARD_NEWCOMER] = {
		GUARD_NEWCOMER, "newcomer",
		{GUARD_CLAIM_AND_RESTORE, GUARD_VETO, GUARD_CLAIM_AND_RESTORE,
		 GUARD_CLAIM_AND_RESTORE},
		"the cluster is new and the service's snapshot is not restored yet: `kcb "
		"power-on` restores it, and so does the next periodic run; FORCE powers off "
		"unrestored",
	},
	[GUARD_FOREIGN] = {
		GUARD_FOREIGN, "foreign",
		{GUARD_NEEDS_OPERATOR, GUARD_VETO, GUARD_NEEDS_OPERATOR, GUARD_NEEDS_OPERATOR},
		"the cluster was never this service's and is in use, so it is neither backed up "
		"nor restored: `kcb adopt` makes it the service's as it is, `kcb restore "
		"--into-used` adds what the newest snapshot has and it lacks, or empty it and "
		"`kcb power-on`; FORCE powers off without a final backup",
	},
};

/* Nothing says that it is the cluster E means, and something that it is one from before. */
static bool
is_an_old_one(const struct guard_facts *f)
{
	return f->identity != GUARD_IDENTITY_LEFT && f->older_record_names_us &&
	       f->older_identity == GUARD_IDENTITY_LEFT;
}

/* Nothing of what epoch E recorded of this cluster is left in it. */
static bool
gone(const struct guard_facts *f)
{
	if (f->identity == GUARD_IDENTITY_EMPTY)
		return f->snapshot_has_something_to_keep && (f->fresh || !f->snapshot_left);
	return f->identity == GUARD_IDENTITY_NONE_LEFT;
}

/* An adoption of epoch E names us. */
static enum guard_row
row_of_adopted(const struct guard_facts *f)
{
	if (is_an_old_one(f))
		return GUARD_FENCED;
	if (!gone(f))
		return f->adoptions_contested ? GUARD_CONTESTED : GUARD_ADOPTED;
	return f->fresh ? GUARD_WIPED : GUARD_WIPED_USED;
}

static enum guard_row
row_without_snapshot(const struct guard_facts *f)
{
	bool adopted = f->adoption_exists && f->adoption_names_us && !f->adoptions_contested;

	if (!f->something_to_keep)
		return GUARD_EMPTY;
	return adopted && f->identity == GUARD_IDENTITY_LEFT ? GUARD_ADOPTED : GUARD_NEW;
}

/* Records name us, but not E's adoption, nor its winning claim while there is none. */
static enum guard_row
row_of_superseded(const struct guard_facts *f)
{
	bool claimed = f->winning_claim_names_us || f->losing_claim_names_us;
	bool nothing = f->fresh && !f->something_to_keep;

	if (claimed || !nothing || f->older_identity == GUARD_IDENTITY_LEFT)
		return GUARD_FENCED;
	return GUARD_NEWCOMER;
}

static enum guard_row
row(const struct guard_facts *f)
{
	if (!f->store_answered)
		return GUARD_UNKNOWN;
	if (f->rolled_back || (f->has_anchor && !f->has_snapshot))
		return GUARD_ROLLED_BACK;
	if (!f->has_snapshot)
		return row_without_snapshot(f);
	if (f->adoption_exists && f->adoption_names_us)
		return row_of_adopted(f);
	if (!f->adoption_exists && f->winning_claim_names_us)
		return GUARD_UNFINISHED;
	if (f->winning_claim_names_us || f->losing_claim_names_us || f->older_record_names_us)
		return row_of_superseded(f);
	return f->fresh ? GUARD_NEWCOMER : GUARD_FOREIGN;
}

struct guard_verdict
guard_judge(const struct guard_facts *facts)
{
	return verdicts[row(facts)];
}

bool
guard_may_publish(const struct guard_facts *facts, uint64_t epoch)
{
	return facts->store_answered && !facts->rolled_back && facts->epoch == epoch &&
	       facts->adoption_exists && facts->adoption_names_us && !facts->adoptions_contested &&
	       facts->identity != GUARD_IDENTITY_NONE_LEFT && !is_an_old_one(facts);
}

const char *
guard_action_name(enum guard_action action)
{
	static const char *const names[GUARD_ACTIONS] = {
		[GUARD_NEEDS_OPERATOR] = "refuse: a person must decide",
		[GUARD_AGAIN] = "try again",
		[GUARD_VETO] = "veto",
		[GUARD_NOTHING_TO_KEEP] = "nothing to keep",
		[GUARD_NOTHING_TO_RESTORE] = "nothing to restore",
		[GUARD_BACK_UP] = "back up",
		[GUARD_ADOPT_AND_BACK_UP] = "adopt and back up",
		[GUARD_CLAIM_AND_RESTORE] = "claim and restore",
		[GUARD_GO_ON] = "go on with the restore",
		[GUARD_OK_OR_GO_ON] = "finish what is pending",
	};

	return (unsigned)action < GUARD_ACTIONS ? names[action] : "unknown";
}
