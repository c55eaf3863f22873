/* options_stores.c - see options_text.h: a store in a bucket, for each cloud, with the least that it needs */
#include "core/base/cleanup.h"
#include "core/config/options_text.h"

static const char amazon[] =
    "  \"store\": {\n"
    "    \"type\": \"s3\",\n"
    "    \"bucket\": \"example-backups\",\n"
    "    \"prefix\": \"kafka\",\n"
    "    \"region\": \"eu-west-1\",\n"
    "    \"credentials\": {\n"
    "      \"source\": \"static\",\n"
    "      \"access_key_id\": \"AKIAIOSFODNN7EXAMPLE\",\n"
    "      \"secret_access_key\": {\"file\": \"/etc/kafka-config-backup/s3-secret\"}\n"
    "    }\n"
    "  },\n";

static const char amazon_policy[] =
    "{\n"
    "  \"Version\": \"2012-10-17\",\n"
    "  \"Statement\": [\n"
    "    { \"Effect\": \"Allow\", \"Action\": [\"s3:ListBucket\"],\n"
    "      \"Resource\": [\"arn:aws:s3:::example-backups\"] },\n"
    "    { \"Effect\": \"Allow\", \"Action\": [\"s3:GetObject\", \"s3:PutObject\", \"s3:DeleteObject\"],\n"
    "      \"Resource\": [\"arn:aws:s3:::example-backups/kafka/*\"] }\n"
    "  ]\n"
    "}\n";

static const char compatible[] =
    "  \"store\": {\n"
    "    \"type\": \"s3\",\n"
    "    \"endpoint\": \"https://minio.example.com:9000\",\n"
    "    \"ca_file\": \"/etc/kafka-config-backup/minio-ca.pem\",\n"
    "    \"bucket\": \"example-backups\",\n"
    "    \"prefix\": \"kafka\",\n"
    "    \"credentials\": {\n"
    "      \"source\": \"static\",\n"
    "      \"access_key_id\": \"kafka-config-backup\",\n"
    "      \"secret_access_key\": {\"file\": \"/etc/kafka-config-backup/s3-secret\"}\n"
    "    }\n"
    "  },\n";

static const char google[] =
    "  \"store\": {\n"
    "    \"type\": \"gcs\",\n"
    "    \"bucket\": \"example-backups\",\n"
    "    \"prefix\": \"kafka\",\n"
    "    \"credentials\": {\n"
    "      \"source\": \"service_account\",\n"
    "      \"service_account_key\": {\"file\": \"/etc/kafka-config-backup/account.json\"}\n"
    "    }\n"
    "  },\n";

static const char google_role[] =
    "{\n"
    "  \"title\": \"Backups of Kafka's configuration\",\n"
    "  \"stage\": \"GA\",\n"
    "  \"includedPermissions\": [\n"
    "    \"storage.objects.list\", \"storage.objects.get\", \"storage.objects.create\", \"storage.objects.delete\"\n"
    "  ]\n"
    "}\n";

static const char microsoft[] =
    "  \"store\": {\n"
    "    \"type\": \"azure\",\n"
    "    \"account\": \"examplebackups\",\n"
    "    \"container\": \"kafka\",\n"
    "    \"credentials\": {\n"
    "      \"source\": \"sas\",\n"
    "      \"sas_token\": {\"file\": \"/etc/kafka-config-backup/sas\"}\n"
    "    }\n"
    "  },\n";

static const char microsoft_role[] =
    "{\n"
    "  \"Name\": \"Backups of Kafka's configuration\",\n"
    "  \"IsCustom\": true,\n"
    "  \"Description\": \"Lists, reads, writes and deletes blobs, and nothing else\",\n"
    "  \"Actions\": [],\n"
    "  \"DataActions\": [\n"
    "    \"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read\",\n"
    "    \"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write\",\n"
    "    \"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete\"\n"
    "  ],\n"
    "  \"AssignableScopes\": [\"/subscriptions/00000000-0000-0000-0000-000000000000\"]\n"
    "}\n";

/* What people copy: sentence, example, sentence, example, and so on. */
static const struct text_example examples[] = {
	{ "A store in a bucket, in place of a directory. The bucket must exist. At Amazon:", amazon },
	{ "The least that it needs, as a policy of the user or role. With store.lock_mode also "
	  "s3:PutObjectRetention on the objects; with store.kms_key_id also kms:GenerateDataKey and "
	  "kms:Decrypt on the key.",
	  amazon_policy },
	{ "In a server that speaks S3 (MinIO, Ceph, others), which needs the same four rights:", compatible },
	{ "At Google:", google },
	{ "The least that it needs, as a custom role that the service account is given on the bucket; of "
	  "Google's own roles it is roles/storage.objectUser.",
	  google_role },
	{ "At Azure, by a shared access signature of the container with the permissions rwdl, which is "
	  "the least that it needs:",
	  microsoft },
	{ "The same for managed_identity and workload_identity, as a custom role that is assigned on the "
	  "container; of Azure's own roles it is Storage Blob Data Contributor.",
	  microsoft_role },
};

void
options_stores(struct buf *out, void (*write)(struct buf *out, const struct text_example *example))
{
	for (size_t i = 0; i < LENGTH(examples); i++)
		write(out, &examples[i]);
}
