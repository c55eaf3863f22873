/* rest_configs_capture.h - one capture of the kind registry_config; for the files of that name alone. */
#ifndef REGISTRY_REST_CONFIGS_CAPTURE_H
#define REGISTRY_REST_CONFIGS_CAPTURE_H

#include "core/loop/fanout.h"
#include "core/registry/rest_configs.h"
#include "core/registry/rest_list.h"

#define CAPTURE(j) container_of(j, struct configs_capture, job)

struct owner { /* texts are the arena's, or seen's */
	const char *context, *subject;
};

struct configs_capture {
	struct capture     *capture;
	struct registry    *registry;
	struct job          job;
	struct fanout       fanout;
	struct rest_list    list; /* when no capture of schemas has left what it saw */
	struct json_object *seen;
	struct arena        arena;
	struct owner       *owners;
	size_t              count, capacity;
	struct json_object *global[2], *unset[2]; /* config and mode: global; of a context without any */
	const char        **contexts;
	size_t              context_count;
	unsigned            what; /* of the request that runs alone */
	bool                again;
	struct buf          path;
};

void rest_configs_step_highest(struct job *j); /* ask for the highest id of each context, and add its line */

#endif
