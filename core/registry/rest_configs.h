/*
 * rest_configs.h - the kind `registry_config` by HTTP: configs, modes, and the highest id ever issued.  server is a
 * struct registry.
 *
 * Captured: what is set, of subjects and contexts, by asking for each; what a subject that has a config alone has is
 * known only as far as the newest snapshot has it.  Of the global config and mode nobody can tell whether they
 * were set, so they are captured as they hold.  The highest id is the server's word where it gives it, and never
 * less than the newest snapshot's.
 *
 * Restored: ids are reserved, then configs, then modes, the global mode last; each is read back, and what the server
 * dropped of it is named.
 */
#ifndef REGISTRY_REST_CONFIGS_H
#define REGISTRY_REST_CONFIGS_H

#include "core/registry/registry_line.h"
#include "core/snapshot/kind_ops.h"

extern const struct kind_ops rest_configs_ops;

/* ---- for rest_configs*.c alone ---- */

enum config_what { CONFIG_HIGHEST_ID, CONFIG_CONFIG, CONFIG_MODE };

/* A key, taken apart; texts are key's. */
struct config_key {
	struct json_object *key;
	enum config_what    what;
	const char *context, *subject; /* subject NULL: the context's own */
};

int  config_key_parse(const char *text, size_t len, struct config_key *ret, struct err *e);
void config_key_release(struct config_key *k);
/* ".", and no subject. */
bool config_key_is_global(const struct config_key *k);

int rest_configs_capture(struct capture *c, struct err *e);
int rest_configs_apply(struct apply *a, struct err *e);

CLEANUP_RELEASE(struct config_key, config_key_release)

#endif
