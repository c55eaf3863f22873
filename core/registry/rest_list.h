/*
 * rest_list.h - every version that a registry has, soft-deleted ones too, proven complete: listed twice with the
 * same result, in accord with its list of subjects, and ready before and after.
 *
 * Where the server lists versions with their ids that is two requests and their pages, or four; else each version
 * is asked for.  The versions that only reserve an id (rest_reserve.h) are left out.
 */
#ifndef REGISTRY_REST_LIST_H
#define REGISTRY_REST_LIST_H

#include "core/base/arena.h"
#include "core/loop/fanout.h"
#include "core/loop/job.h"
#include "core/loop/retry.h"
#include "core/registry/rest_pages.h"

#define REGISTRY_LIST_MAX ((size_t)1 << 30)

/* The list of all versions, or that of what is not deleted. */
struct rest_listing {
	struct rest_list *list;
	struct rest_pages pages;
	struct buf path;
	size_t part; /* the context that is being listed */
	bool live;
};

struct rest_list {
	/* set by the caller */
	struct registry *registry;
	/*
	 * Once.  ERR_AGAIN: not reached, not ready, or it did not say the same twice; ERR_CORRUPT, ERR_DENIED
	 * ...: what it said.
	 */
	void (*done)(struct rest_list *l, int rc, const struct err *e);
	/* the result: valid until rest_list_release(); sorted by context, subject, version */
	struct schema_version *items;
	size_t count;
	const char **contexts; /* all of them; the default one is the first */
	size_t context_count;
	const char **subjects; /* as the list names them, whole; sorted; with subjects that have configs alone */
	size_t subject_count;
	/* its own */
	struct arena arena;
	size_t capacity, context_capacity, subject_capacity;
	struct job job;
	struct retry retry;
	struct rest_listing listings[2]; /* of all, of what is not deleted; subjects are listed by the first */
	unsigned listing;    /* how many of them run */
	bool early;          /* what is not deleted is listed while the list of all is read still */
	bool all_listed;     /* that has ended */
	struct err listed;   /* what they came to */
	struct fanout fanout;
	struct buf path;
	size_t part;         /* of the subjects: where those without versions begin */
	bool by_context;     /* one list for each context, since there is none of all */
	bool one_by_one;     /* the list does not say which versions these are */
	bool flagged;        /* every entry says whether it is deleted */
	bool poor;           /* a version has what its entry lacks */
	bool rich;           /* entries have metadata or a rule set where there is any */
	bool sorted;         /* items, since what is not deleted is listed: in the order in which they came before */
	bool again;          /* the second time: count and compare, keep nothing */
	struct page_marks marks[2]; /* of the list of all, and of that of what is not deleted */
	uint64_t digest, digest_again;
	size_t count_again, live_count, live_count_again;
	struct err why;
};

int  rest_list_start(struct rest_list *l, struct err *e);
void rest_list_release(struct rest_list *l);

/* Leave in registry->seen what the capture of configs needs. */
int  rest_list_note(const struct rest_list *l, struct err *e);

/* The version, or NULL. */
const struct schema_version *rest_list_find(const struct rest_list *l, const char *context,
                                            const char *subject, int64_t version);

/* ---- for rest_list*.c alone ---- */

int  rest_list_compare(const void *a, const void *b); /* two versions: context, subject, version */
void rest_list_drop(struct rest_list *l);   /* the versions, and what they came to */
void rest_list_forget(struct rest_list *l); /* what was found, but not how the server lists */
int  rest_list_add_text(struct rest_list *l, const char ***array, size_t *count, size_t *capacity,
                        const char *text, size_t len, struct err *e);
int  rest_list_add(struct rest_list *l, const struct schema_version *v, struct err *e); /* copies */
/* Take over the metadata and rule set of v, the same version, if they are anything. */
void rest_list_keep(struct schema_version *item, const struct schema_version *v);
/* What an entry, or the answer about one version, says; ret points into both.  ERR_MISSING: not which version. */
int  rest_list_read(struct rest_list *l, struct json_object *entry, const char *context,
                    struct schema_version *ret, struct err *e);
uint64_t rest_list_digest(const struct schema_version *v);
/* An id means one text: a record that was written with it could not be read else. */
int  rest_list_check_ids(struct rest_list *l, struct err *e);
/* Begin again after a while, or end: somebody is changing it, or it has not read all of its records yet. */
void rest_list_differs(struct rest_list *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Start the list of `what` of the context g->part: "schemas" or "subjects", deleted ones too where g->live does not. */
int  rest_list_part(struct rest_listing *g, const char *what, const char *query,
                    int (*take)(struct rest_pages *p, struct json_object *entry, struct err *e),
                    void (*done)(struct rest_pages *p, int rc, const struct err *e), struct err *e);
void rest_list_step_versions(struct job *j); /* and of what is not deleted, where that of all does not say it */
void rest_list_step_versions_again(struct job *j);
void rest_list_step_each(struct job *j);    /* one by one, where the list does not say which they are */
void rest_list_step_ghosts(struct job *j);  /* listed subjects without a version */
void rest_list_step_details(struct job *j); /* metadata and rule sets, where the list lacks them */

#endif
