/*
 * survey_fixture.h - a store with a history of snapshots and records, whose every call can be made to
 * fail, and the survey of it.
 */
#ifndef SURVEY_FIXTURE_H
#define SURVEY_FIXTURE_H

#include "hooks/survey.h"
#include "tests/unit/store_fixture.h"

#define SERVICE "orders-prod"
#define US      "4L6g3nShT-eMCtK--X86sw"
#define OTHER   "AAAAAAAAAAAAAAAAAAAAAA"

struct history {
	struct fixture store;
	struct keys    keys;
	char           plan[32]; /* of faults (store_fault.h) */
	struct survey  survey;
	unsigned       done;
	int            rc;
	struct err     err;
};

/* For cmocka: a struct history in *state. */
int history_begin(void **state);
int history_end(void **state);

/*
 * A snapshot that is signed by somebody, whose topics are of this state; the rest is disabled.  What
 * its header says is behind the topics is what a survey of the store finds first.
 */
void history_snapshot(struct history *h, const struct keys *keys, uint64_t epoch,
                      uint64_t sequence, enum kind_state state, bool suspect);

/* Empty objects with the names of snapshots of epoch 1: who reads one cannot go on from it. */
void history_old_names(struct history *h, unsigned first, unsigned last);

/* A record of somebody's; its service is filled in. */
void history_record(struct history *h, const struct keys *keys, struct record *r);

/* "orders-prod/s/NAME", in a ring of two. */
const char *history_path(const char *folder, const char *name);

/* Survey anew; the number of requests.  done, rc, err and survey say what came of it. */
unsigned history_survey(struct history *h);

/* The same, while the nth call of `op` from now on meets a fault ("get", 1, "flip"). */
unsigned history_survey_with(struct history *h, const char *op, unsigned nth, const char *fault);

#endif
