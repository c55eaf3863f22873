/*
 * operation.h - one run of one hook: its resources, the steps that hooks share, and its end.
 *
 * The instance makes an operation, runs it on a thread of its own, and may cancel it from any
 * other.  Each hook is a table of steps in a file of its own; step functions shared by several are
 * declared here and live in operation.c, backup.c and restore.c.
 */
#ifndef OPERATION_H
#define OPERATION_H

#include "core/base/json.h"
#include "core/kafka/client.h"
#include "core/loop/job.h"
#include "core/loop/retry.h"
#include "core/config/config.h"
#include "hooks/facts.h"
#include "hooks/guard.h"
#include "hooks/live.h"
#include "hooks/params.h"
#include "hooks/report.h"
#include "hooks/survey.h"

struct progress {
	uint32_t    step, steps; /* 1-based, of the running table */
	uint64_t    done, total;
	const char *what;
};

struct operation_request {
	enum hook   hook;
	bool        force, dry_run;
	const char *params; /* JSON or NULL */
	const struct config *config;
	const char *state_dir; /* where the last report is kept; NULL: nowhere */
	const struct log *log;
	uint64_t (*now_ms)(void *ctx);
	int64_t  (*wall_ms)(void *ctx);
	void      *clock_ctx;
	uint64_t   deadline_ms;     /* on now_ms; 0: none */
	uint64_t   last_success_ms; /* of this instance's backups; 0: none yet */
	uint64_t   last_verified_ms; /* when it last read the newest snapshot whole; 0: never */
	void (*progress)(void *arg, const struct progress *p); /* may be NULL */
	void      *progress_arg;
	const struct user_store *users; /* the manager's; NULL: it has none */
};

struct operation {
	struct operation_request request;
	const struct config *config;
	struct loop    loop;
	uv_async_t     cancel;
	uv_timer_t     deadline;
	struct job     job;   /* the hook's table */
	struct job     inner; /* the table that its verdict leads to */
	struct params  params;
	struct report  report;

	struct keys    keys;
	struct store  *store;
	struct client *kafka;
	struct connect connect;  /* http NULL: not configured */
	struct way     way;      /* to the registry; its http_count 0: by the records alone */
	struct cluster cluster;
	bool           kafka_down; /* nobody answers, and the log is the source */
	struct retry   retry;

	struct survey   survey;
	struct line_set saved; /* all lines of the newest snapshot */
	struct live     live;
	struct guard_facts   facts;
	struct guard_verdict verdict;
	bool            missing_baseline; /* adopted by a restore that has no snapshot of its epoch yet */
	struct buf      found; /* what speaks against a fresh cluster */

	bool            pending[KIND_TABLE]; /* a restore has this kind still to put back */
	bool            planned[KIND_TABLE]; /* ... and has planned it */
	bool            starting; /* what rests is being started: expected is what is started */

	/* backup.c */
	struct line_set  carried; /* carried lines of the next snapshot */
	struct document  document;
	struct seal_header header;
	struct buf       object;
	uint64_t         epoch, sequence; /* of the next snapshot; chosen before the capture */
	bool             stored;          /* the object is there, acknowledged or not */
	bool             always;          /* publish even what is unchanged */
	bool             unchanged;       /* ... it was, and nothing was published */
	void (*after_judgement)(struct operation *o);
	uint64_t         suspects;

	/* restore.c */
	struct line_set want;             /* what is to be there: saved lines and carried ones */
	struct line_set identities;       /* of the snapshot that the topics come from */
	struct plan     plans[KIND_TABLE];
	struct apply    apply;
	size_t          next;             /* row of kinds.h that is being loaded, or applied */
	uint32_t        loaded;           /* kinds whose lines were loaded with those of another */
	bool            retrying;         /* a backup that first tries what was never created */
	bool            restoring;        /* a restore into a claimed cluster, new or gone on with */
	bool            create_only;      /* `kcb restore`: alters nothing */
	bool            resting;          /* what rests stays so: users or ACLs are owed */
	struct seeding *seeding;          /* pre_start.c: the node's disks */
	struct seeding_loan *loan;        /* ... while a thread works on them */
	bool            adopted_by_person;
	char            chosen[SEAL_OBJECT_NAME_SIZE]; /* a snapshot that a person chose, or "" */
	struct record   record;
	struct arena    arena;            /* of what lives as long as the operation */
	uint64_t        patience_ms, patience_began_ms; /* on now_ms: until when a wait polls */
	struct err      reached;          /* what a wait, or a restore, has come to: said when it is stopped */
	uint64_t        created, completed; /* resources, over all rounds */
	bool            plan_anew;        /* the verification found what no plan knew of */

	struct expiry   *expiry;          /* expire.c */
	struct rewrap   *rewrap;          /* rewrap.c */
	struct listing  *listing;         /* command_list.c */
	struct checking *checking;        /* command_verify.c */
	struct finding  *finding;         /* find.c */

	/* command_look.c */
	struct json      result;   /* writes into report.result */
	size_t           looked;   /* objects, lines or differences */
	uint64_t         equal, in_form; /* in_form: of the equal ones, those that are written otherwise */
	struct line_set *side;     /* that is being loaded */
	char             side_id[SNAPSHOT_ID_TEXT];

	/* progress and timing */
	const char *phase;
	uint64_t    phase_started_ms;
};

/* From the instance.  NULL: no memory. */
struct operation *operation_new(const struct operation_request *request);
/*
 * Run to the end, on the calling thread.  The report is the operation's, valid until it is freed.
 */
const struct report *operation_run(struct operation *o);
void operation_cancel(struct operation *o); /* any thread, until operation_close() */
/*
 * End its loop, after which no cancel may come; then free it.  Waits up to WORK_GRACE_MS for what
 * blocks.
 */
void operation_close(struct operation *o);
void operation_free(struct operation *o);

/* The tables: the hook's flow. */
extern const struct job_step check_steps[], periodic_steps[], pre_poweroff_steps[],
    pre_start_steps[], post_poweron_steps[];
/* NULL: there is no such command, or it cannot be run dry. */
const struct job_step *command_steps(const char *command, bool dry);

/* The operation of a job of the outer, or the inner, table. */
#define OPERATION(j) container_of(j, struct operation, job)
#define INNER(j) container_of(j, struct operation, inner)

/* ---- steps of outer tables ---- */
void step_keys(struct job *j);    /* read and prove the keys */
void step_store(struct job *j);   /* open the store */
void step_connect(struct job *j); /* reach Kafka: the cluster's id and brokers, one try */
void step_await(struct job *j);   /* the same, until the deadline */
void step_services(struct job *j); /* the client of Connect, if it is configured */
void step_survey(struct job *j);  /* what the store has */
void step_saved(struct job *j);   /* the lines of the newest snapshot */
void step_capture(struct job *j); /* what the cluster has */
void step_judge(struct job *j);   /* the guard */

/* What every hook looks at before it acts, where it has no more to say about the order. */
#define LOOK_STEPS                                                                                 \
	{ "read keys", step_keys }, { "open the store", step_store },                              \
	    { "reach Kafka", step_connect }, { "open services", step_services },                   \
	    { "survey the store", step_survey }, { "load the newest", step_saved },                \
	    { "capture", step_capture }, { "judge", step_judge }

/* o->pending from the newest snapshot; and whether there is any. */
void operation_note_pending(struct operation *o);
bool operation_has_pending(const struct operation *o);

/*
 * What a try of a wait came to; 0, or what no other try will mend: nothing is to be said beside it.  A try that the
 * deadline or a cancel cut off came to nothing: what those before it came to stays.
 */
void operation_reached(struct operation *o, int rc, const struct err *e);

/* ERR_OPERATOR: there is something in the store, and no snapshot that verifies. */
int operation_unverified(const struct survey *s, struct err *e);

/* Before a power-off: not FORCE, and the configuration wants vetoes. */
bool operation_may_veto(const struct operation *o);

/* Judge anew: o->facts and o->verdict from survey, saved and live.  ERR_FAILED: no memory. */
int operation_judge(struct operation *o, struct err *e);

/* The clients of the registry, if it is configured; nobody is asked yet. */
int  operation_open_registry(struct operation *o, struct err *e);
void operation_close_registry(struct operation *o);

/* Make the client; nobody is asked yet.  servers: in the place of the configured ones, or NULL. */
int operation_open_kafka(struct operation *o, const char *servers, struct err *e);

/* kafka.bootstrap.servers. */
const char *operation_servers(const struct operation *o);

/* Run an inner table, whose end is the end of the outer step. */
void operation_inner(struct operation *o, const struct job_step *steps);

/* End the whole flow with a status. */
void operation_finish(struct job *j, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Do what the guard's verdict says: start the inner table, or end the flow.  backup: the table of
 * GUARD_BACK_UP.
 */
void operation_act(struct job *j, enum guard_action action, const struct job_step *backup);

/* What the guard's verdict says for a hook that is not to go on: ends the flow. */
void operation_refuse(struct job *j, enum guard_action action);

/* Report progress inside the running step. */
void operation_progress(struct operation *o, uint64_t done, uint64_t total);

/* ---- inner tables ---- */
extern const struct job_step backup_steps[];  /* compose, seal, publish: in o->epoch */
extern const struct job_step final_steps[];   /* the last backup before a power-off */
extern const struct job_step retry_steps[];   /* create what could not be before, then backup_steps */
extern const struct job_step adopt_steps[];   /* adoption E + 1 (first, or by a person), then backup_steps */
extern const struct job_step restore_steps[]; /* claim E + 1, then go_on_steps */
extern const struct job_step go_on_steps[];   /* plan, apply, verify, adopt, publish */
extern const struct job_step create_steps[];  /* plan, apply, verify: into the service's own cluster */

/* restore.c's steps, which pre_start's inner table has too. */
void step_claim(struct job *j);          /* claim E + 1 */
void step_survey_again(struct job *j);   /* the store anew, and judged */
void step_claimed_choice(struct job *j); /* o->chosen: what the winning claim names */

/* backup.c's steps, which the other inner tables end with. */
void step_compose(struct job *j);
void step_seal(struct job *j);
void step_fence(struct job *j);
void step_put(struct job *j);
void step_read_back(struct job *j);
void step_alone(struct job *j);
void step_acknowledge(struct job *j);
void step_carry(struct job *j);  /* the carried lines of the newest snapshot, as far as they hold */
void step_second(struct job *j); /* leave out the second PUBLISH_STEPS behind it, if it may be */

/* The end of every table that stores a snapshot. */
#define PUBLISH_STEPS                                                                              \
	{ "seal", step_seal }, { "check the fence", step_fence }, { "store", step_put },           \
	    { "read back", step_read_back }, { "check the fence again", step_fence },              \
	    { "look for others", step_alone }, { "acknowledge", step_acknowledge }
#define PUBLISH_STEP_COUNT 7

/* An inner step that reads the records anew and judges again; then next(o) must end the step. */
void inner_judge_anew(struct operation *o, void (*next)(struct operation *o));

/*
 * Make o->record the adoption of an epoch, with the live topic ids, and that the next snapshot's
 * epoch.
 */
int operation_adoption(struct operation *o, uint64_t epoch, enum adopted_by by, struct err *e);

/* Write o->record, then job_next() of the inner table. */
void inner_put_record(struct operation *o);

#endif
