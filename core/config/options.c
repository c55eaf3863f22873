/* options.c - see options.h.  The formats, and the table. */
#include <string.h>

#include "core/base/limits.h"
#include "core/config/config.h"
#include "core/config/formats.h"
#include "core/loop/knock.h"
#include "core/store/store.h"

#define NAMES_MAX    1000u /* of a bootstrap set */
#define LOG_DIRS_MAX 64u
#define BROKERS_MAX  1000u
#define VOTERS_MAX   64u
#define KEEP_MAX     100000u
#define REGISTRY_URLS_MORE 7u /* beside registry.url */

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

static bool
is_name(const char *text, size_t max)
{
	size_t len = strlen(text);

	return len > 0 && len <= max && strspn(text, LETTERS DIGITS "._-") == len;
}

static bool
fits_service(const char *text)
{
	return is_name(text, SERVICE_ID_MAX) && text[0] != '.';
}

static bool
fits_topic(const char *text)
{
	return is_name(text, 249) && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

static bool
fits_path(const char *text)
{
	return text[0] == '/';
}

static bool
fits_user(const char *text)
{
	return text[0] != '\0';
}

static bool
fits_principal(const char *text)
{
	size_t type = strspn(text, LETTERS);

	return type > 0 && text[type] == ':' && text[type + 1] != '\0';
}

/* A host at the least, and neither a user with a password, nor what would end a line of HTTP. */
static bool
fits_url(const char *text)
{
	const char *rest = strncmp(text, "http://", 7) == 0    ? text + 7
	                   : strncmp(text, "https://", 8) == 0 ? text + 8
	                                                       : NULL;
	size_t i;

	if (rest == NULL || strspn(rest, LETTERS DIGITS "[_") == 0)
		return false;
	for (i = 0; rest[i] != '\0'; i++)
		if ((unsigned char)rest[i] <= ' ' || rest[i] == 0x7f || strchr("@?#\"\\<>", rest[i]) != NULL)
			return false;
	return true;
}

static bool
fits_key(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 && strlen(text + n) == 43 &&
	       strspn(text + n, LETTERS DIGITS "_-") == 43;
}

static bool
fits_recipient(const char *text)
{
	return fits_key(text, "x25519:");
}

static bool
fits_signer(const char *text)
{
	return fits_key(text, "ed25519:");
}

static const struct option_format service = {
	"1 to 64 characters of A-Z a-z 0-9 . _ -, the first of them not a dot", fits_service
};
static const struct option_format topic = {
	"a topic's name, 1 to 249 characters of A-Z a-z 0-9 . _ -", fits_topic
};
static const struct option_format path = { "an absolute path", fits_path };
static const struct option_format url = {
	"an http:// or https:// URL without user, password and query", fits_url
};
static const struct option_format recipient = {
	"a public key, \"x25519:\" and 43 characters, as kcb keygen writes it to identity.pub",
	fits_recipient
};
static const struct option_format signer = {
	"a public key, \"ed25519:\" and 43 characters, as kcb keygen writes it to signing.pub",
	fits_signer
};
static const struct option_format address = {
	"HOST:PORT, or [IPV6]:PORT", knock_is_address
};
static const struct option_format user = { "a user's name", fits_user };
static const struct option_format principal = {
	"a principal, such as \"User:admin\"", fits_principal
};

static const char *const resumes[] = {
	[CONFIG_RESUME_SAVED] = "saved", [CONFIG_RESUME_STOPPED] = "stopped", NULL
};
static const char *const stores[] = {
	[CONFIG_STORE_FS] = "fs", [CONFIG_STORE_S3] = "s3", [CONFIG_STORE_GCS] = "gcs",
	[CONFIG_STORE_AZURE] = "azure", NULL
};
static const char *const addressings[] = {
	[STORE_S3_AUTO] = "auto", [STORE_S3_PATH] = "path", [STORE_S3_VIRTUAL] = "virtual", NULL
};
static const char *const sources[] = {
	[CREDENTIALS_STATIC] = "static", [CREDENTIALS_FILE] = "file",
	[CREDENTIALS_WEB_IDENTITY] = "web_identity", [CREDENTIALS_CONTAINER] = "container",
	[CREDENTIALS_IMDS] = "imds", [CREDENTIALS_ENVIRONMENT] = "environment",
	[CREDENTIALS_SHARED_KEY] = "shared_key", [CREDENTIALS_SAS] = "sas",
	[CREDENTIALS_MANAGED_IDENTITY] = "managed_identity",
	[CREDENTIALS_WORKLOAD_IDENTITY] = "workload_identity",
	[CREDENTIALS_SERVICE_ACCOUNT] = "service_account",
	[CREDENTIALS_METADATA_SERVER] = "metadata_server", NULL
};

#define FS     (1u << CONFIG_STORE_FS)
#define S3     (1u << CONFIG_STORE_S3)
#define AZURE  (1u << CONFIG_STORE_AZURE)
#define BUCKET (S3 | 1u << CONFIG_STORE_GCS)
#define CLOUD  (BUCKET | AZURE)

#define AT(member) offsetof(struct config, member)

const struct option options[] = {
	{ .path = "service", .type = OPTION_TEXT, .required = true, .offset = AT(service),
	  .format = &service,
	  .meaning = "The name of the service, part of every object's name in the store. It stays the "
	             "same for as long as the service lives, and no other service has it. Where a "
	             "manager calls the service by an id of its own, this is that id.",
	  .example = "\"orders-prod\"" },
	{ .path = "enabled", .type = OPTION_BOOL, .offset = AT(enabled), .preset = "true",
	  .meaning = "With false every hook answers OK and does nothing: no backup, no veto, no restore. "
	             "All other keys may then be absent.",
	  .example = "true" },

	{ .path = "kafka", .type = OPTION_PROPERTIES, .required = true, .offset = AT(kafka.given),
	  .meaning = "How to reach the brokers: properties of librdkafka, by the names in its "
	             "CONFIGURATION.md, each a string, a number, true or false. One of them must be "
	             "bootstrap.servers. Not allowed are plugin.library.paths, debug, log.queue and "
	             "enable.metrics.push. Secrets (sasl.password, ssl.key.password, "
	             "ssl.keystore.password, ssl.key.pem, sasl.oauthbearer.client.secret, "
	             "sasl.oauthbearer.config) must be references to secrets; sasl.username, "
	             "ssl.ca.pem and ssl.certificate.pem may be.",
	  .example = "{\n"
	             "    \"bootstrap.servers\": \"broker1.example.com:9093,broker2.example.com:9093\",\n"
	             "    \"security.protocol\": \"sasl_ssl\",\n"
	             "    \"sasl.mechanism\": \"SCRAM-SHA-512\",\n"
	             "    \"sasl.username\": \"kcb\",\n"
	             "    \"sasl.password\": {\"file\": \"/etc/kafka-config-backup/kafka-password\"}\n"
	             "  }" },

	{ .path = "kraft", .type = OPTION_SECTION, .offset = AT(kraft.given),
	  .meaning = "Where Kafka keeps its own files, on a node where the plugin can read them. With it "
	             "the metadata log is the source of backups: all kinds at one offset, passwords' "
	             "verifiers too; and a restore before the first start is possible. Without it the brokers are "
	             "asked, and what only the log can tell is reported as unsupported." },
	{ .path = "kraft.metadata_log_dir", .type = OPTION_TEXT, .required = true, .offset = AT(kraft.metadata_log_dir),
	  .format = &path,
	  .meaning = "Kafka's metadata.log.dir: the directory that holds __cluster_metadata-0." },
	{ .path = "kraft.log_dirs", .type = OPTION_TEXTS, .offset = AT(kraft.log_dirs), .min = 1,
	  .max = LOG_DIRS_MAX, .format = &path,
	  .meaning = "Kafka's log.dirs of this node. A restore before the first start needs them, to know that no "
	             "partition is there." },
	{ .path = "kraft.broker_ids", .type = OPTION_NUMBERS, .offset = AT(kraft.broker_ids), .min = 1,
	  .max = BROKERS_MAX,
	  .meaning = "The node ids of all brokers of the cluster. A restore before the first start places "
	             "partitions on them; absent: this node is the only broker. A restore through brokers waits "
	             "for as many before it creates topics, and no longer than half of its time; absent: for as "
	             "many as the highest replication factor asks for." },
	{ .path = "kraft.voters", .type = OPTION_TEXTS, .offset = AT(kraft.voters), .min = 1, .max = VOTERS_MAX,
	  .format = &address,
	  .meaning = "Where the cluster's controllers listen, as in Kafka's controller.quorum.voters; this node's own "
	             "address may be among them. A restore before the first start is refused while one of them "
	             "accepts connections. Those of a dynamic quorum are read from the formatted disk as well; of "
	             "a static one nothing else tells them." },

	{ .path = "registry", .type = OPTION_SECTION, .offset = AT(registry.given),
	  .meaning = "The Schema Registry that belongs to the service. Absent: its kinds are disabled." },
	{ .path = "registry.url", .type = OPTION_TEXT, .required = true, .offset = AT(registry.url),
	  .format = &url, .meaning = "Where it answers, with the path before /subjects if it has one." },
	{ .path = "registry.urls", .type = OPTION_TEXTS, .offset = AT(registry.urls), .min = 1,
	  .max = REGISTRY_URLS_MORE, .format = &url,
	  .meaning = "Others of its servers, asked in this order when that one does not answer." },
	{ .path = "registry.topic", .type = OPTION_TEXT, .offset = AT(registry.topic), .format = &topic,
	  .preset = "\"_schemas\"",
	  .meaning = "The Kafka topic that it keeps its records in. They are saved and replayed as they are, which "
	             "needs nothing but Kafka; the user needs Describe, Read and Write on it." },
	{ .path = "registry.ca_file", .type = OPTION_TEXT, .offset = AT(registry.ca_file), .format = &path,
	  .meaning = "The certificates (PEM) that vouch for the registry, instead of the system's." },
	{ .path = "registry.certificate_file", .type = OPTION_TEXT,
	  .offset = AT(registry.certificate_file), .format = &path,
	  .meaning = "Our certificate (PEM), for registries that ask for one; with key_file." },
	{ .path = "registry.key_file", .type = OPTION_TEXT, .offset = AT(registry.key_file),
	  .format = &path, .meaning = "Its private key (PEM), without a password." },
	{ .path = "registry.user", .type = OPTION_TEXT, .offset = AT(registry.user), .format = &user,
	  .meaning = "For basic authentication, with password. The user needs to read and, for a restore, to write "
	             "all subjects, configs and modes." },
	{ .path = "registry.password", .type = OPTION_SECRET, .offset = AT(registry.password),
	  .meaning = "The user's password." },
	{ .path = "registry.token", .type = OPTION_SECRET, .offset = AT(registry.token),
	  .meaning = "For bearer authentication, instead of user and password." },

	{ .path = "connect", .type = OPTION_SECTION, .offset = AT(connect.given),
	  .meaning = "The Kafka Connect cluster that belongs to the service. Absent: connectors are disabled."},
	{ .path = "connect.url", .type = OPTION_TEXT, .required = true, .offset = AT(connect.url),
	  .format = &url, .meaning = "Where one of its workers answers." },
	{ .path = "connect.ca_file", .type = OPTION_TEXT, .offset = AT(connect.ca_file), .format = &path,
	  .meaning = "The certificates (PEM) that vouch for the worker, instead of the system's." },
	{ .path = "connect.certificate_file", .type = OPTION_TEXT,
	  .offset = AT(connect.certificate_file), .format = &path,
	  .meaning = "Our certificate (PEM), for workers that ask for one; with key_file." },
	{ .path = "connect.key_file", .type = OPTION_TEXT, .offset = AT(connect.key_file),
	  .format = &path, .meaning = "Its private key (PEM), without a password." },
	{ .path = "connect.user", .type = OPTION_TEXT, .offset = AT(connect.user), .format = &user,
	  .meaning = "For basic authentication, with password." },
	{ .path = "connect.password", .type = OPTION_SECRET, .offset = AT(connect.password),
	  .meaning = "The user's password." },
	{ .path = "connect.token", .type = OPTION_SECRET, .offset = AT(connect.token),
	  .meaning = "For bearer authentication, instead of user and password." },
	{ .path = "connect.resume", .type = OPTION_CHOICE, .offset = AT(connect.resume),
	  .choices = resumes, .preset = "\"saved\"",
	  .meaning = "How connectors are left by a restore: in the state in which they were saved, or stopped. A "
	             "source connector that runs starts from scratch, since its offsets are gone."},
	{ .path = "connect.topics", .type = OPTION_TEXTS, .offset = AT(connect.topics), .min = 3,
	  .max = 3, .format = &topic,
	  .meaning = "The workers' config.storage.topic, offset.storage.topic and status.storage.topic, "
	             "in this order; they do not make a cluster look used." },

	{ .path = "store", .type = OPTION_SECTION, .required = true, .offset = AT(store.given),
	  .meaning = "Where snapshots are kept." },
	{ .path = "store.type", .type = OPTION_CHOICE, .required = true, .offset = AT(store.type),
	  .choices = stores,
	  .meaning = "The kind of store. fs: a local or mounted directory. s3: a bucket of Amazon's S3, or of "
	             "a store that is compatible with it. gcs: a bucket of Google's Cloud Storage. azure: a "
	             "container of Azure's Blob service.",
	  .example = "\"fs\"" },
	{ .path = "store.path", .type = OPTION_TEXT, .required = true, .offset = AT(store.path),
	  .format = &path, .stores = FS,
	  .meaning = "The directory, on a disk that the service's power-off does not erase. It must "
	             "exist; several services may share it.",
	  .example = "\"/var/backups/kafka\"" },
	{ .path = "store.bucket", .type = OPTION_TEXT, .required = true, .offset = AT(store.bucket),
	  .format = &format_bucket, .stores = BUCKET,
	  .meaning = "The bucket. It must exist; several services may share it." },
	{ .path = "store.account", .type = OPTION_TEXT, .required = true, .offset = AT(store.account),
	  .format = &format_azure_account, .stores = AZURE, .meaning = "The storage account." },
	{ .path = "store.container", .type = OPTION_TEXT, .required = true, .offset = AT(store.container),
	  .format = &format_container, .stores = AZURE,
	  .meaning = "The container. It must exist; several services may share it." },
	{ .path = "store.prefix", .type = OPTION_TEXT, .offset = AT(store.prefix), .format = &format_prefix,
	  .stores = CLOUD,
	  .meaning = "What all names in the bucket or container begin with. Absent: nothing." },
	{ .path = "store.endpoint", .type = OPTION_TEXT, .offset = AT(store.endpoint), .format = &url,
	  .stores = CLOUD,
	  .meaning = "Where the store answers. Absent: Amazon's endpoint of the region, Google's, or Azure's "
	             "of the account." },
	{ .path = "store.region", .type = OPTION_TEXT, .offset = AT(store.region), .format = &format_word,
	  .stores = BUCKET,
	  .meaning = "The bucket's region; at Amazon it must be given. Absent: us-east-1, which most "
	             "compatible stores want, or Google's auto." },
	{ .path = "store.addressing", .type = OPTION_CHOICE, .offset = AT(store.addressing),
	  .choices = addressings, .preset = "\"auto\"", .stores = BUCKET,
	  .meaning = "Where a request names the bucket: in the path, or in the host's name (virtual). auto is "
	             "virtual at Amazon's own endpoints, for a bucket without a dot in its name, else path." },
	{ .path = "store.ca_file", .type = OPTION_TEXT, .offset = AT(store.ca_file), .format = &path,
	  .stores = CLOUD, .meaning = "The certificates (PEM) that vouch for the store, instead of the system's." },
	{ .path = "store.storage_class", .type = OPTION_TEXT, .offset = AT(store.storage_class),
	  .format = &format_word, .stores = BUCKET,
	  .meaning = "The storage class of snapshots, such as STANDARD_IA. Not one that must be restored "
	             "before it can be read." },
	{ .path = "store.encryption", .type = OPTION_TEXT, .offset = AT(store.encryption),
	  .format = &format_encryption, .stores = S3,
	  .meaning = "How the store encrypts once more what is sealed already. Absent: as the bucket says." },
	{ .path = "store.kms_key_id", .type = OPTION_TEXT, .offset = AT(store.kms_key_id), .format = &format_plain,
	  .stores = S3, .meaning = "The key for that, with aws:kms and aws:kms:dsse. Absent: the account's." },
	{ .path = "store.expected_bucket_owner", .type = OPTION_TEXT,
	  .offset = AT(store.expected_bucket_owner), .format = &format_account, .stores = S3,
	  .meaning = "The account that must own the bucket: another's of the same name is refused." },
	{ .path = "store.lock_mode", .type = OPTION_TEXT, .offset = AT(store.lock_mode), .format = &format_lock,
	  .stores = S3,
	  .meaning = "With lock_days: nobody can remove an object before that, in a bucket with object lock." },
	{ .path = "store.lock_days", .type = OPTION_NUMBER, .offset = AT(store.lock_days), .min = 1,
	  .max = 36500, .stores = S3, .meaning = "For how long." },
	{ .path = "store.credentials", .type = OPTION_SECTION, .required = true,
	  .offset = AT(store.credentials.given), .stores = CLOUD,
	  .meaning = "Who we are to the store. Nothing is taken from anywhere but what the source names." },
	{ .path = "store.credentials.source", .type = OPTION_CHOICE, .required = true,
	  .offset = AT(store.credentials.source), .choices = sources,
	  .meaning = "For s3: static: the keys below. file: a profile of a shared credentials file. web_identity: "
	             "a token file and a role, as Kubernetes has them on EKS. container: ECS, or EKS Pod Identity. "
	             "imds: the role of the machine. environment: the variables AWS_... of the manager's "
	             "process, for a process with one tenant. For gcs: service_account: its JSON key. "
	             "metadata_server: the service account of the machine. static, file and environment: "
	             "HMAC keys. For azure: shared_key: the account's key. sas: a shared access signature. "
	             "managed_identity: that of the machine. workload_identity: a token file and an application, "
	             "as Kubernetes has them on AKS." },
	{ .path = "store.credentials.access_key_id", .type = OPTION_TEXT,
	  .offset = AT(store.credentials.access_key_id), .format = &format_key_id,
	  .meaning = "For static: the id of the access key." },
	{ .path = "store.credentials.secret_access_key", .type = OPTION_SECRET,
	  .offset = AT(store.credentials.secret_access_key), .meaning = "For static: its secret." },
	{ .path = "store.credentials.session_token", .type = OPTION_SECRET,
	  .offset = AT(store.credentials.session_token),
	  .meaning = "For static: the token of a temporary key." },
	{ .path = "store.credentials.service_account_key", .type = OPTION_SECRET,
	  .offset = AT(store.credentials.service_account_key),
	  .meaning = "For service_account: the JSON file that Google's console makes." },
	{ .path = "store.credentials.account_key", .type = OPTION_SECRET,
	  .offset = AT(store.credentials.account_key),
	  .meaning = "For shared_key: one of the account's two keys, in base64 as Azure's portal shows it." },
	{ .path = "store.credentials.sas_token", .type = OPTION_SECRET,
	  .offset = AT(store.credentials.sas_token),
	  .meaning = "For sas: the signature, \"sv=...&sig=...\", for the container, with the permissions "
	             "rwdl." },
	{ .path = "store.credentials.file", .type = OPTION_TEXT, .offset = AT(store.credentials.file),
	  .format = &path,
	  .meaning = "For file: the credentials file, of mode 0600. It is read for each operation." },
	{ .path = "store.credentials.profile", .type = OPTION_TEXT, .offset = AT(store.credentials.profile),
	  .format = &format_plain, .meaning = "For file: the profile in it. Absent: default." },
	{ .path = "store.credentials.role_arn", .type = OPTION_TEXT,
	  .offset = AT(store.credentials.role_arn), .format = &format_plain,
	  .meaning = "For web_identity: the role to take." },
	{ .path = "store.credentials.token_file", .type = OPTION_TEXT,
	  .offset = AT(store.credentials.token_file), .format = &path,
	  .meaning = "For web_identity and workload_identity, and container where it asks for one: the file with "
	             "the token, read each time." },
	{ .path = "store.credentials.tenant_id", .type = OPTION_TEXT,
	  .offset = AT(store.credentials.tenant_id), .format = &format_word,
	  .meaning = "For workload_identity: the directory (tenant) of the application." },
	{ .path = "store.credentials.client_id", .type = OPTION_TEXT,
	  .offset = AT(store.credentials.client_id), .format = &format_word,
	  .meaning = "For workload_identity: the application. For managed_identity, where the machine has "
	             "several: which one." },
	{ .path = "store.credentials.session_name", .type = OPTION_TEXT,
	  .offset = AT(store.credentials.session_name), .format = &format_word,
	  .meaning = "For web_identity: the name of the session. Absent: kafka-config-backup." },
	{ .path = "store.credentials.endpoint", .type = OPTION_TEXT,
	  .offset = AT(store.credentials.endpoint), .format = &url,
	  .meaning = "For web_identity: where STS answers, absent: that of the region. For container: the "
	             "whole URL, absent: that of EKS Pod Identity. For imds, managed_identity and "
	             "metadata_server: absent: http://169.254.169.254. For workload_identity: absent: "
	             "https://login.microsoftonline.com. For service_account: absent: the token_uri of its key." },

	{ .path = "keys", .type = OPTION_SECTION, .required = true, .offset = AT(keys.given),
	  .meaning = "Who can read the snapshots, and whose snapshots are believed. kcb keygen DIRECTORY "
	             "makes the four files that belong here." },
	{ .path = "keys.recipients", .type = OPTION_TEXTS, .required = true,
	  .offset = AT(keys.recipients), .min = 1, .max = RECIPIENTS_MAX, .format = &recipient,
	  .meaning = "The public keys whose owners can read new snapshots: the line of identity.pub, and "
	             "better a second one whose secret half is kept offline.",
	  .example = "[\"x25519:replace-this-by-the-line-in-identity_pub---\"]" },
	{ .path = "keys.signing_key", .type = OPTION_SECRET, .required = true,
	  .offset = AT(keys.signing_key),
	  .meaning = "What this service signs its snapshots with: the file signing.",
	  .example = "{\"file\": \"/etc/kafka-config-backup/signing\"}" },
	{ .path = "keys.trusted_signers", .type = OPTION_TEXTS, .required = true,
	  .offset = AT(keys.trusted_signers), .min = 1, .max = SIGNERS_MAX, .format = &signer,
	  .meaning = "The public keys whose snapshots are believed: the line of signing.pub, and those "
	             "that were in use before it, for as long as their snapshots are kept.",
	  .example = "[\"ed25519:replace-this-by-the-line-in-signing_pub----\"]" },
	{ .path = "keys.identity", .type = OPTION_SECRET, .required = true, .offset = AT(keys.identity),
	  .meaning = "What this service reads its snapshots with: the file identity. It must belong to "
	             "one of the recipients.",
	  .example = "{\"file\": \"/etc/kafka-config-backup/identity\"}" },

	{ .path = "schedule", .type = OPTION_SECTION, .offset = AT(schedule.given),
	  .meaning = "When backups are taken." },
	{ .path = "schedule.interval_minutes", .type = OPTION_NUMBER,
	  .offset = AT(schedule.interval_minutes), .min = 1, .max = 10080, .preset = "180",
	  .meaning = "A backup is due when none was taken for this long.", .example = "180" },

	{ .path = "retention", .type = OPTION_SECTION, .offset = AT(retention.given),
	  .meaning = "Which snapshots stay: those that at least one of the three rules keeps, and always "
	             "those that a restore would use. With all three at 0, nothing is ever removed. Old "
	             "ones are removed after a periodic backup was stored, and by `kcb expire`." },
	{ .path = "retention.keep_last", .type = OPTION_NUMBER, .offset = AT(retention.keep_last),
	  .max = KEEP_MAX, .preset = "0", .meaning = "So many of the newest." },
	{ .path = "retention.keep_daily", .type = OPTION_NUMBER, .offset = AT(retention.keep_daily),
	  .max = KEEP_MAX, .preset = "0",
	  .meaning = "The last one of each of so many days that have any." },
	{ .path = "retention.keep_monthly", .type = OPTION_NUMBER, .offset = AT(retention.keep_monthly),
	  .max = KEEP_MAX, .preset = "0",
	  .meaning = "The last one of each of so many months that have any." },

	{ .path = "poweroff", .type = OPTION_SECTION, .offset = AT(poweroff.given),
	  .meaning = "What happens at a power-off." },
	{ .path = "poweroff.veto", .type = OPTION_BOOL, .offset = AT(poweroff.veto), .preset = "true",
	  .meaning = "With true a power-off is vetoed when its final backup fails; with false it is "
	             "reported and goes on, and what changed since the last backup is lost.",
	  .example = "true" },

	{ .path = "guard", .type = OPTION_SECTION, .offset = AT(guard.given),
	  .meaning = "What a backup and a restore are careful about." },
	{ .path = "guard.shrink_percent", .type = OPTION_NUMBER, .offset = AT(guard.shrink_percent),
	  .min = 1, .max = 100, .preset = "50",
	  .meaning = "A kind that lost more than this share of its resources since the newest good "
	             "snapshot is suspect: it is saved, and not restored from before a person accepts it.",
	  .example = "50" },
	{ .path = "guard.bootstrap_set", .type = OPTION_SECTION, .offset = AT(guard.bootstrap_set.given),
	  .meaning = "What the manager puts into every new cluster before a restore can run. A cluster "
	             "that holds nothing else counts as fresh." },
	{ .path = "guard.bootstrap_set.users", .type = OPTION_TEXTS,
	  .offset = AT(guard.bootstrap_set.users), .max = NAMES_MAX, .format = &user,
	  .meaning = "Users with SCRAM credentials.", .example = "[\"admin\", \"kcb\"]" },
	{ .path = "guard.bootstrap_set.acl_principals", .type = OPTION_TEXTS,
	  .offset = AT(guard.bootstrap_set.acl_principals), .max = NAMES_MAX, .format = &principal,
	  .meaning = "Principals that ACLs are for.", .example = "[\"User:kcb\"]" },
	{ .path = "guard.bootstrap_set.topics", .type = OPTION_TEXTS,
	  .offset = AT(guard.bootstrap_set.topics), .max = NAMES_MAX, .format = &topic,
	  .meaning = "Topics.", .example = "[]" },
};

const size_t option_count = LENGTH(options);
_Static_assert(LENGTH(options) <= OPTIONS_MAX, "raise OPTIONS_MAX");
