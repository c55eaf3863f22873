/*
 * config.h - the file of one service (DESIGN 11), read and checked.  What may stand in it is said
 * in one place, the table in options.c; this is where the values end up.
 */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/secret.h"
#include "core/seal/keys.h"

/* Where a secret is: exactly one of both, or neither when the key is absent. */
struct secret_ref {
	const char *file;       /* an absolute path */
	const char *credential; /* a name in systemd's credentials */
};

struct config_texts {
	const char **items;
	size_t       count;
};

struct config_numbers {
	int32_t *items;
	size_t   count;
};

/* A property of librdkafka's: a value, or where to read it. */
struct config_property {
	const char       *name;
	const char       *value; /* NULL: it is in `secret` */
	struct secret_ref secret;
};

/* In the order of the names in the option table. */
enum config_resume { CONFIG_RESUME_SAVED, CONFIG_RESUME_STOPPED };
enum config_store { CONFIG_STORE_FS, CONFIG_STORE_S3, CONFIG_STORE_GCS, CONFIG_STORE_AZURE };

/*
 * `given` of a section says that it stands in the file.  All of it is owned by the arena, lives
 * until config_free() and holds no secret.  What is absent has the option's preset, else is NULL
 * and 0; with `enabled` false anything else may be absent.
 */
struct config {
	struct arena arena;
	const char  *file; /* for messages, as it was passed in */
	const char  *service;
	bool         enabled;

	struct {
		bool                    given;
		struct config_property *items;
		size_t                  count;
	} kafka;

	struct {
		bool                  given;
		const char           *metadata_log_dir;
		struct config_texts   log_dirs;
		struct config_numbers broker_ids;
		struct config_texts   voters; /* addresses, knock_is_address() */
	} kraft;

	struct {
		bool                given;
		const char         *url;
		struct config_texts urls;  /* others of its servers */
		const char         *topic; /* of its records */
		const char         *ca_file, *certificate_file, *key_file;
		const char         *user;
		struct secret_ref   password, token;
	} registry;

	struct {
		bool                given;
		const char         *url;
		const char         *ca_file, *certificate_file, *key_file;
		const char         *user;
		struct secret_ref   password, token;
		int                 resume; /* enum config_resume */
		struct config_texts topics; /* none, or those of configs, offsets and status */
	} connect;

	struct {
		bool        given;
		int         type; /* enum config_store */
		const char *path; /* fs; all others: buckets */
		const char *account, *container; /* azure */
		const char *bucket, *prefix, *endpoint, *region, *ca_file, *storage_class;
		int         addressing; /* enum store_s3_addressing */
		const char *encryption, *kms_key_id, *expected_bucket_owner, *lock_mode;
		uint32_t    lock_days;
		struct {
			bool              given;
			int               source; /* enum credentials_source */
			const char       *access_key_id;
			struct secret_ref secret_access_key, session_token;
			struct secret_ref service_account_key, account_key, sas_token;
			const char       *file, *profile, *role_arn, *token_file, *session_name, *endpoint;
			const char       *tenant_id, *client_id;
		} credentials;
	} store;

	struct {
		bool                given;
		struct config_texts recipients, trusted_signers;
		struct secret_ref   signing_key, identity;
	} keys;

	struct {
		bool     given;
		uint32_t interval_minutes;
	} schedule;

	struct { /* all three 0: nothing is ever removed */
		bool     given;
		uint32_t keep_last, keep_daily, keep_monthly;
	} retention;

	struct {
		bool given;
		bool veto;
	} poweroff;

	struct {
		bool     given;
		uint32_t shrink_percent;
		struct {
			bool                given;
			struct config_texts users, acl_principals, topics;
		} bootstrap_set;
	} guard;
};

/*
 * Read len bytes of text; `file` is what messages call it.  ERR_CONFIG names the file, the key's
 * path and what was expected there (for what is no JSON: line and column), for the first thing that
 * is wrong; no value that stands in the file is ever in the message.  No file is opened.
 */
int config_parse(const char *file, const char *text, size_t len, struct config **ret,
                 struct err *e);

void config_free(struct config *c); /* NULL is allowed */

/*
 * Read the secret of 1 to max bytes that ref points at; `what` names it in the error ("password").
 * One line end behind it is left out, since editors put one there.  Errors as secret_read()'s.
 */
int config_read_secret(const struct secret_ref *ref, const char *what, size_t max,
                       struct secret **ret, struct err *e);

/* The same for a key that may be absent: *ret is left as it is then.  At most SECRET_FILE_MAX bytes. */
int config_read_optional_secret(const struct secret_ref *ref, const char *what, struct secret **ret,
                                struct err *e);

/*
 * The keys of an enabled service, read and proven (keys_prove()).  ret is the caller's to release,
 * and empty after an error.
 */
int config_load_keys(const struct config *c, struct keys *ret, struct err *e);

CLEANUP_FUNCTION(struct config, config_free)

#endif
