/* stores.c - the step that opens the store of the configuration (operation.h) */
#include <string.h>

#include "core/store/store.h"
#include "hooks/operation.h"

#define BIT(source) (1u << CREDENTIALS_##source)
#define HMAC_SOURCES (BIT(STATIC) | BIT(FILE) | BIT(ENVIRONMENT))

/* ---- credentials ---- */

/* Which sources a type of store takes, in bits and in words. */
static const struct {
	unsigned    sources;
	const char *names;
} takes[] = {
	[CONFIG_STORE_S3] = { HMAC_SOURCES | BIT(WEB_IDENTITY) | BIT(CONTAINER) | BIT(IMDS),
	                      "s3 takes \"static\", \"file\", \"web_identity\", \"container\", \"imds\" or "
	                      "\"environment\"" },
	[CONFIG_STORE_GCS] = { HMAC_SOURCES | BIT(SERVICE_ACCOUNT) | BIT(METADATA_SERVER),
	                       "gcs takes \"service_account\" or \"metadata_server\", or HMAC keys from \"static\", "
	                       "\"file\" or \"environment\"" },
	[CONFIG_STORE_AZURE] = { BIT(SHARED_KEY) | BIT(SAS) | BIT(MANAGED_IDENTITY) | BIT(WORKLOAD_IDENTITY),
	                         "azure takes \"shared_key\", \"sas\", \"managed_identity\" or "
	                         "\"workload_identity\"" },
};

static int
check_source(const struct config *c, struct err *e)
{
	if ((takes[c->store.type].sources >> c->store.credentials.source & 1u) != 0)
		return 0;
	return err_set(e, ERR_CONFIG, "store.credentials.source: a store of type %s", takes[c->store.type].names);
}

/* The secret of the source; which of them that is, is said there too. */
static int
read_secrets(const struct config *c, struct secret **secret, struct secret **token, struct err *e)
{
	const struct secret_ref *of_secret = &c->store.credentials.secret_access_key;
	const struct secret_ref *of_token = &c->store.credentials.session_token;
	const char *secret_name = "store.credentials.secret_access_key";
	const char *token_name = "store.credentials.session_token";
	int rc;

	switch ((enum credentials_source)c->store.credentials.source) {
	case CREDENTIALS_SHARED_KEY:
		of_secret = &c->store.credentials.account_key;
		secret_name = "store.credentials.account_key";
		break;
	case CREDENTIALS_SERVICE_ACCOUNT:
		of_secret = &c->store.credentials.service_account_key;
		secret_name = "store.credentials.service_account_key";
		break;
	case CREDENTIALS_SAS:
		of_token = &c->store.credentials.sas_token;
		token_name = "store.credentials.sas_token";
		break;
	default:
		break;
	}
	rc = config_read_optional_secret(of_secret, secret_name, secret, e);
	return rc != 0 ? rc : config_read_optional_secret(of_token, token_name, token, e);
}

static struct credentials_options
credentials_of(const struct config *c, const struct secret *secret, const struct secret *token)
{
	return (struct credentials_options){
		.source = (enum credentials_source)c->store.credentials.source,
		.id = c->store.credentials.access_key_id, .secret = secret, .token = token,
		.file = c->store.credentials.file, .profile = c->store.credentials.profile,
		.role_arn = c->store.credentials.role_arn, .token_file = c->store.credentials.token_file,
		.session_name = c->store.credentials.session_name, .tenant_id = c->store.credentials.tenant_id,
		.client_id = c->store.credentials.client_id, .endpoint = c->store.credentials.endpoint,
		.region = c->store.region, .ca_file = c->store.ca_file,
	};
}

/* ---- stores ---- */

static const char *
prefix_of(const struct config *c)
{
	return c->store.prefix == NULL ? "" : c->store.prefix;
}

static int
open_s3(struct operation *o, const struct credentials_options *credentials, struct err *e)
{
	const struct config *c = o->config;
	const struct store_s3_options options = {
		.google = c->store.type == CONFIG_STORE_GCS, .bucket = c->store.bucket, .prefix = prefix_of(c),
		.endpoint = c->store.endpoint, .region = c->store.region,
		.addressing = (enum store_s3_addressing)c->store.addressing, .ca_file = c->store.ca_file,
		.storage_class = c->store.storage_class, .encryption = c->store.encryption,
		.kms_key_id = c->store.kms_key_id, .expected_bucket_owner = c->store.expected_bucket_owner,
		.lock_mode = c->store.lock_mode, .lock_days = c->store.lock_days, .credentials = *credentials,
	};

	return store_s3_open(&o->loop, &options, &o->store, e);
}

/* Tokens are for Google's JSON interface, HMAC keys for its XML. */
static int
open_gcs(struct operation *o, const struct credentials_options *credentials, struct err *e)
{
	const struct config *c = o->config;
	const struct store_gcs_options options = {
		.bucket = c->store.bucket, .prefix = prefix_of(c), .endpoint = c->store.endpoint,
		.ca_file = c->store.ca_file, .storage_class = c->store.storage_class, .credentials = *credentials,
	};

	if ((HMAC_SOURCES >> credentials->source & 1u) != 0)
		return open_s3(o, credentials, e);
	return store_gcs_open(&o->loop, &options, &o->store, e);
}

static int
open_azure(struct operation *o, const struct credentials_options *credentials, struct err *e)
{
	const struct config *c = o->config;
	const struct store_azure_options options = {
		.account = c->store.account, .container = c->store.container, .prefix = prefix_of(c),
		.endpoint = c->store.endpoint, .ca_file = c->store.ca_file, .credentials = *credentials,
	};

	return store_azure_open(&o->loop, &options, &o->store, e);
}

static int
open_cloud(struct operation *o, struct err *e)
{
	static int (*const openers[])(struct operation *o, const struct credentials_options *c, struct err *e) = {
		[CONFIG_STORE_S3] = open_s3,
		[CONFIG_STORE_GCS] = open_gcs,
		[CONFIG_STORE_AZURE] = open_azure,
	};
	CLEANUP(secret_free) struct secret *secret = NULL;
	CLEANUP(secret_free) struct secret *token = NULL;
	struct credentials_options credentials;
	int rc = check_source(o->config, e);

	if (rc == 0)
		rc = read_secrets(o->config, &secret, &token, e);
	credentials = credentials_of(o->config, secret, token);
	return rc != 0 ? rc : openers[o->config->store.type](o, &credentials, e);
}

void
step_store(struct job *j)
{
	struct operation *o = OPERATION(j);
	int rc = o->config->store.type == CONFIG_STORE_FS
	             ? store_fs_open(&o->loop, o->config->store.path, &o->store, &j->err)
	             : open_cloud(o, &j->err);

	job_next(j, rc, NULL);
}
