/* stores.c - the step that opens the store of the configuration (operation.h) */
#include <string.h>

#include "core/store/store.h"
#include "hooks/operation.h"

static int
open_directory(struct operation *o, struct err *e)
{
	return store_fs_open(&o->loop, o->config->store.path, &o->store, e);
}

/* Google's HMAC keys are the permanent ones of an account: what lends keys for an hour is Amazon's. */
static int
check_source(const struct config *c, struct err *e)
{
	int source = c->store.credentials.source;

	if (c->store.type != CONFIG_STORE_GCS || source == CREDENTIALS_STATIC || source == CREDENTIALS_FILE ||
	    source == CREDENTIALS_ENVIRONMENT)
		return 0;
	return err_set(e, ERR_CONFIG, "store.credentials.source: a store of type gcs takes HMAC keys, from \"static\", "
	                              "\"file\" or \"environment\"");
}

static int
open_bucket(struct operation *o, struct err *e)
{
	CLEANUP(secret_free) struct secret *secret = NULL;
	CLEANUP(secret_free) struct secret *token = NULL;
	const struct config *c = o->config;
	struct store_s3_options options = {
		.google = c->store.type == CONFIG_STORE_GCS, .bucket = c->store.bucket,
		.prefix = c->store.prefix == NULL ? "" : c->store.prefix, .endpoint = c->store.endpoint,
		.region = c->store.region, .addressing = (enum store_s3_addressing)c->store.addressing,
		.ca_file = c->store.ca_file, .storage_class = c->store.storage_class,
		.encryption = c->store.encryption, .kms_key_id = c->store.kms_key_id,
		.expected_bucket_owner = c->store.expected_bucket_owner, .lock_mode = c->store.lock_mode,
		.lock_days = c->store.lock_days,
		.credentials = { .source = (enum credentials_source)c->store.credentials.source,
		                 .id = c->store.credentials.access_key_id, .file = c->store.credentials.file,
		                 .profile = c->store.credentials.profile, .role_arn = c->store.credentials.role_arn,
		                 .token_file = c->store.credentials.token_file,
		                 .session_name = c->store.credentials.session_name,
		                 .endpoint = c->store.credentials.endpoint, .region = c->store.region,
		                 .ca_file = c->store.ca_file },
	};
	int rc = check_source(c, e);

	if (rc == 0)
		rc = config_read_optional_secret(&c->store.credentials.secret_access_key,
		                                 "store.credentials.secret_access_key", &secret, e);
	if (rc == 0)
		rc = config_read_optional_secret(&c->store.credentials.session_token,
		                                 "store.credentials.session_token", &token, e);
	options.credentials.secret = secret;
	options.credentials.token = token;
	return rc != 0 ? rc : store_s3_open(&o->loop, &options, &o->store, e);
}

void
step_store(struct job *j)
{
	static int (*const openers[])(struct operation *o, struct err *e) = {
		[CONFIG_STORE_FS] = open_directory,
		[CONFIG_STORE_S3] = open_bucket,
		[CONFIG_STORE_GCS] = open_bucket,
	};
	struct operation *o = OPERATION(j);

	job_next(j, openers[o->config->store.type](o, &j->err), NULL);
}
