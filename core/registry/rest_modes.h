/*
 * rest_modes.h - bring contexts or subjects into the mode IMPORT, and back.
 *
 * Without force a registry erases softly deleted versions as it enters IMPORT; with it, it erases nothing, and
 * enters IMPORT though it is not empty.
 */
#ifndef REGISTRY_REST_MODES_H
#define REGISTRY_REST_MODES_H

#include "core/loop/job.h"
#include "core/registry/rest.h"

struct mode_scope {
	const char *context;
	const char *subject; /* NULL: the context itself */
	bool        force;   /* something is there */
	char        had[16]; /* its own mode; "": none */
	bool        begun;   /* it may be in IMPORT */
};

struct rest_modes {
	/* set by the caller */
	struct registry   *registry;
	struct mode_scope *scopes; /* back in reverse: so the first is IMPORT for as long as any is */
	size_t             count;
	/* Once for each of both. */
	void (*done)(struct rest_modes *m, int rc, const struct err *e);
	/* its own */
	size_t     at;
	bool       instead; /* PUT where DELETE is unknown */
	bool       leaving;
	struct buf path, body;
};

/* ERR_UNSUPPORTED: the registry knows no IMPORT; ERR_OPERATOR: it refuses it. */
int rest_modes_import(struct rest_modes *m, struct err *e);
int rest_modes_back(struct rest_modes *m, struct err *e);

/* Of those that are in IMPORT: out of it.  A restore that was killed has left them so. */
int rest_modes_leave(struct rest_modes *m, struct err *e);

/* {"mode":"IMPORT"} and its like. */
void rest_mode_body(struct buf *body, const char *mode);

#endif
