/*
 * params.h - the parameters of one request (lcp_request.params): a JSON object; unknown members are
 * refused.
 */
#ifndef PARAMS_H
#define PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/seal/container.h"
#include "hooks/status.h"

struct params {
	struct arena arena; /* of the texts below */

	/*
	 * {"anchor":{"epoch":N,"sequence":N,"hash":HEX}}: of the last success that the manager
	 * knows (R12)
	 */
	bool     has_anchor;
	uint64_t anchor_epoch, anchor_sequence;
	unsigned char anchor_hash[DOCUMENT_HASH_BYTES];

	const char *disks;    /* pre_start: "lost", "kept" (the default), "partial" */
	const char *phase;    /* post_poweron: "kafka" or "services"; NULL: in one go */
	const char *snapshot; /* an id (32 hex), or its first 8 or more; NULL: the newest */
	bool        now;      /* periodic: take a backup even if none is due */

	/* COMMAND: what is asked, and with what */
	const char *command;   /* "list", "show", "diff", "verify", "restore", "adopt", "accept", "report", ... */
	const char *from, *to; /* diff: an id, "newest" or "live" */
	const char *kind, *name; /* show, restore, accept */
	bool        all;       /* verify */
	bool        long_form; /* list: read each header */
	const char *after;     /* list: begin behind this name */
	bool        into_used; /* restore */
};

/*
 * text may be NULL.  ERR_UNSUPPORTED names the unknown or ill-typed member, or one that this hook
 * does not take.
 */
int  params_parse(struct params *p, enum hook hook, const char *text, struct err *e);
void params_release(struct params *p);

#endif
