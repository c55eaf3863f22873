/* log_event.h - what log_state*.c share: one record of a registry's topic that means something. */
#ifndef REGISTRY_LOG_EVENT_H
#define REGISTRY_LOG_EVENT_H

#include "core/registry/log_key.h"
#include "core/registry/log_state.h"

struct log_event {
	enum log_keytype type;
	const char      *subject; /* as the record has it; "" where it has none */
	int64_t          version; /* of DELETE_SUBJECT: up to which */
	int64_t          id;      /* of SCHEMA */
	size_t           at;      /* number of the record */
	bool             ended;   /* a tombstone */
	bool             deleted; /* softly, by itself */
};

/*
 * The context (in the arena) and name of a subject: "." and all of it where the vendor has no contexts.  False: no
 * memory.
 */
bool log_subject_parts(const struct log_state *s, struct arena *arena, const char *subject, const char **context,
                       const char **name);

/* The first event of that type and subject, or behind where it would be. */
const struct log_event *log_first(const struct log_state *s, enum log_keytype type, const char *subject);
static inline bool
log_is_of(const struct log_state *s, const struct log_event *v, enum log_keytype type, const char *subject)
{
	return v < s->events + s->count && v->type == type && (subject == NULL || strcmp(v->subject, subject) == 0);
}

/* The value as an object, which the caller puts; ERR_UNSUPPORTED: it is none. */
int log_value_parse(const struct log_record *r, struct json_object **ret, struct err *e);
int log_state_value(const struct log_state *s, size_t at, struct json_object **ret, struct err *e); /* of that record */

#endif
