/* s3.c - requests to stores that speak S3, and to Google's XML interface; see s3.h, cloud.h, store.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/store/s3.h"

#define URL_SIZE    2048u
#define GOOGLE_URL  "https://storage.googleapis.com"
#define DAY_S       86400
#define DATE_SIZE   32u

static const struct s3_dialect amazon = {
	.sign = &sign_aws, .date = "x-amz-date", .sum = "x-amz-content-sha256",
	.token = "x-amz-security-token", .storage_class = "x-amz-storage-class",
	.condition = "if-none-match", .condition_value = "*", .amazon = true,
};
static const struct s3_dialect google = {
	.sign = &sign_google, .date = "x-goog-date", .sum = "x-goog-content-sha256",
	.token = "x-goog-security-token", .storage_class = "x-goog-storage-class",
	.condition = "x-goog-if-generation-match", .condition_value = "0",
};

static const struct s3 *
s3_of(const struct cloud *c)
{
	return container_of(c, struct s3, cloud);
}

/* ---- requests ---- */

/* On an object, or on the bucket (key ""). */
static int
begin(const struct cloud *c, const char *method, const char *doing, const char *key,
      struct cloud_request *r)
{
	const struct s3 *s = s3_of(c);

	if (cloud_request_about(r, method, doing, key) != 0)
		return -1;
	(void)buf_add_text(&r->path, s->root);
	if (key[0] != '\0' || s->root[0] == '\0')
		(void)buf_add_char(&r->path, '/');
	sign_escape(&r->path, key, true);
	if (buf_text(&r->path) == NULL)
		return -1;
	return s->owner == NULL ? 0 : cloud_request_field(r, "x-amz-expected-bucket-owner", s->owner);
}

static int
list(const struct cloud *c, const struct cloud_page *p, struct cloud_request *r)
{
	char max[24];
	const struct sign_pair pairs[] = {
		{ "list-type", "2" }, { "prefix", p->folder }, { "max-keys", max },
		{ "delimiter", "/" }, { "encoding-type", "url" },
		{ p->token != NULL ? "continuation-token" : "start-after", p->token != NULL ? p->token : p->after },
	};
	size_t count = LENGTH(pairs) - (p->token == NULL && p->after[0] == '\0');

	(void)snprintf(max, sizeof max, "%zu", p->max); /* fits */
	if (begin(c, "GET", "list", "", r) != 0)
		return -1;
	return sign_query(&r->query, pairs, count) == 0 && buf_text(&r->query) != NULL ? 0 : -1;
}

static int
get(const struct cloud *c, const char *key, struct cloud_request *r)
{
	return begin(c, "GET", "read", key, r);
}

static int
head(const struct cloud *c, const char *key, struct cloud_request *r)
{
	return begin(c, "HEAD", "read", key, r);
}

static int
remove_object(const struct cloud *c, const char *key, struct cloud_request *r)
{
	return begin(c, "DELETE", "remove", key, r);
}

/* The sum of the body, or (for a probe) of something else. */
static int
add_sum(struct cloud_request *r, bool wrong)
{
	unsigned char sum[crypto_hash_sha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(sizeof sum, sodium_base64_VARIANT_ORIGINAL)];

	if (sodium_hex2bin(sum, sizeof sum, r->sum, strlen(r->sum), NULL, NULL, NULL) != 0)
		return -1;
	sum[0] ^= wrong;
	(void)sodium_bin2base64(text, sizeof text, sum, sizeof sum, sodium_base64_VARIANT_ORIGINAL);
	return cloud_request_field(r, "x-amz-checksum-sha256", text);
}

/* Nobody may remove it until then: "2026-12-22T10:00:00Z". */
static int
add_lock(const struct s3 *s, struct cloud_request *r)
{
	char until[SIGN_TIME_SIZE], text[DATE_SIZE];

	if (s->lock_mode == NULL)
		return 0;
	sign_time(loop_wall_ms(s->cloud.loop) / 1000 - s->cloud.ahead_s + (int64_t)s->lock_days * DAY_S, until);
	(void)snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", until, until + 4, until + 6,
	               until + 9, until + 11, until + 13); /* fits */
	return cloud_request_field(r, "x-amz-object-lock-mode", s->lock_mode) |
	       cloud_request_field(r, "x-amz-object-lock-retain-until-date", text);
}

static int
add_encryption(const struct s3 *s, struct cloud_request *r)
{
	int rc = 0;

	if (s->encryption != NULL)
		rc |= cloud_request_field(r, "x-amz-server-side-encryption", s->encryption);
	if (s->kms_key_id != NULL)
		rc |= cloud_request_field(r, "x-amz-server-side-encryption-aws-kms-key-id", s->kms_key_id);
	return rc;
}

static int
put(const struct cloud *c, const char *key, unsigned how, struct cloud_request *r)
{
	const struct s3 *s = s3_of(c);
	int rc = begin(c, "PUT", "write", key, r);

	if ((how & CLOUD_NO_CONDITION) == 0)
		rc |= cloud_request_field(r, s->dialect->condition, s->dialect->condition_value);
	if (s->dialect->amazon && (how & CLOUD_NO_SUM) == 0)
		rc |= add_sum(r, (how & CLOUD_WRONG_SUM) != 0);
	rc |= add_encryption(s, r);
	if (s->storage_class != NULL && (how & CLOUD_PROBE) == 0)
		rc |= cloud_request_field(r, s->dialect->storage_class, s->storage_class);
	if ((how & CLOUD_PROBE) == 0)
		rc |= add_lock(s, r);
	return rc == 0 ? 0 : -1;
}

/* Every header that we make is signed. */
static int
authorize(const struct cloud *c, const struct cloud_request *r, const struct credentials *key,
          const struct cloud_time *time, struct buf *authorization, struct buf *target,
          struct http_field *fields, size_t *count, struct err *e)
{
	const struct s3 *s = s3_of(c);
	struct sign_pair all[SIGN_FIELDS_MAX] = {
		{ "host", c->host }, { s->dialect->date, time->basic }, { s->dialect->sum, r->sum },
	};
	const struct sign_key with = { key->id, key->secret, s->region, time->basic };
	struct sign_request what = { .method = r->method, .path = r->path.data, .fields = all, .sum = r->sum,
		                     .query = r->query.len > 0 ? r->query.data : "" };
	size_t n = 3, i;
	int rc;

	if (key->token != NULL)
		all[n++] = (struct sign_pair){ s->dialect->token, (const char *)key->token->bytes };
	for (i = 0; i < r->field_count; i++)
		all[n++] = r->fields[i];
	what.field_count = n;
	(void)target;
	rc = sign(s->dialect->sign, &with, &what, authorization, e);
	if (rc != 0)
		return rc;
	for (i = 0; i < n; i++)
		fields[i] = (struct http_field){ all[i].name, all[i].value };
	fields[n] = (struct http_field){ "authorization", buf_text(authorization) };
	*count = n + 1;
	return fields[n].value == NULL ? err_memory(e, "signing a request") : 0;
}

_Static_assert(CLOUD_FIELDS_MAX + 5 <= SIGN_FIELDS_MAX, "all fields of a request can be signed");

/* ---- opening ---- */

static void
release(struct cloud *c)
{
	struct s3 *s = container_of(c, struct s3, cloud);

	free(s->bucket);
	free(s->region);
	free(s->storage_class);
	free(s->encryption);
	free(s->kms_key_id);
	free(s->owner);
	free(s->lock_mode);
	free(s->root);
	free(s);
}

static const struct cloud_verbs s3_verbs = {
	.ops = CLOUD_OPS("s3"), .list = list, .get = get, .head = head, .put = put,
	.remove = remove_object, .authorize = authorize, .listed = s3_listed, .errors = &s3_errors,
	.hidden = s3_hidden, .release = release,
};
static const struct cloud_verbs gcs_verbs = {
	.ops = CLOUD_OPS("gcs"), .list = list, .get = get, .head = head, .put = put,
	.remove = remove_object, .authorize = authorize, .listed = s3_listed, .errors = &s3_errors,
	.hidden = s3_hidden, .release = release,
};

static void
take(char **to, const char *from, bool *failed)
{
	*to = from == NULL ? NULL : strdup(from);
	*failed |= from != NULL && *to == NULL;
}

/* Whether the bucket's name is a part of the host's: a dot in it would not be in the certificate. */
static bool
in_host(const struct store_s3_options *o)
{
	if (o->addressing != STORE_S3_AUTO)
		return o->addressing == STORE_S3_VIRTUAL;
	return o->endpoint == NULL && !o->google && strchr(o->bucket, '.') == NULL;
}

/* The base of all requests: "https://bucket.s3.eu-west-1.amazonaws.com", "https://minio:9000". */
static int
make_url(const struct store_s3_options *o, char url[URL_SIZE], struct err *e)
{
	char endpoint[URL_SIZE];
	const char *host;
	int n;

	if (o->endpoint == NULL && o->region == NULL && !o->google)
		return err_set(e, ERR_CONFIG, "store.region is missing: the bucket's, such as \"eu-west-1\" (or give "
		                              "store.endpoint, where the store is not Amazon's)");
	if (o->endpoint != NULL)
		(void)snprintf(endpoint, sizeof endpoint, "%s", o->endpoint); /* its length is checked below */
	else if (o->google)
		(void)snprintf(endpoint, sizeof endpoint, GOOGLE_URL);
	else
		(void)snprintf(endpoint, sizeof endpoint, "https://s3.%s.amazonaws.com%s", o->region,
		               strncmp(o->region, "cn-", 3) == 0 ? ".cn" : "");
	while (endpoint[0] != '\0' && endpoint[strlen(endpoint) - 1] == '/')
		endpoint[strlen(endpoint) - 1] = '\0';
	host = strstr(endpoint, "://");
	if (host == NULL || strchr(host + 3, '/') != NULL)
		return err_set(e, ERR_CONFIG, "store.endpoint is not a URL of a server alone, such as "
		                              "\"https://minio.example.com:9000\"; a path belongs to store.prefix");
	host += 3;
	n = in_host(o) ? snprintf(url, URL_SIZE, "%.*s%s.%s", (int)(host - endpoint), endpoint, o->bucket, host)
	               : snprintf(url, URL_SIZE, "%s", endpoint);
	return (size_t)n < URL_SIZE ? 0 : err_set(e, ERR_CONFIG, "store.endpoint is too long");
}

static int
copy_options(struct s3 *s, const struct store_s3_options *o, struct err *e)
{
	bool failed = false;
	struct buf root CLEANUP(buf_release);

	buf_init(&root, URL_SIZE);
	if (!in_host(o)) {
		(void)buf_add_char(&root, '/');
		sign_escape(&root, o->bucket, false);
	}
	take(&s->root, buf_text(&root), &failed);
	take(&s->bucket, o->bucket, &failed);
	take(&s->region, o->region != NULL ? o->region : o->google ? "auto" : "us-east-1", &failed);
	take(&s->storage_class, o->storage_class, &failed);
	take(&s->encryption, o->encryption, &failed);
	take(&s->kms_key_id, o->kms_key_id, &failed);
	take(&s->owner, o->expected_bucket_owner, &failed);
	take(&s->lock_mode, o->lock_mode, &failed);
	s->lock_days = o->lock_days;
	return failed || s->root == NULL ? err_memory(e, "opening a store") : 0;
}

static int
check_options(const struct store_s3_options *o, struct err *e)
{
	if (o->bucket == NULL || o->bucket[0] == '\0')
		return err_set(e, ERR_CONFIG, "store.bucket is missing");
	if (o->google && (o->encryption != NULL || o->kms_key_id != NULL || o->expected_bucket_owner != NULL ||
	                  o->lock_mode != NULL))
		return err_set(e, ERR_CONFIG, "store.encryption, kms_key_id, expected_bucket_owner and lock_mode are "
		                              "for store.type s3 alone");
	if (o->kms_key_id != NULL && o->encryption == NULL)
		return err_set(e, ERR_CONFIG, "store.kms_key_id needs store.encryption, aws:kms or aws:kms:dsse");
	if ((o->lock_mode != NULL) != (o->lock_days > 0))
		return err_set(e, ERR_CONFIG, "store.lock_mode and store.lock_days belong together");
	return 0;
}

int
store_s3_open(struct loop *loop, const struct store_s3_options *o, struct store **ret, struct err *e)
{
	char url[URL_SIZE], where[URL_SIZE + 128];
	struct s3 *s;
	int rc = check_options(o, e);

	if (rc == 0)
		rc = make_url(o, url, e);
	if (rc != 0)
		return rc;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return err_memory(e, "opening a store");
	s->dialect = o->google ? &google : &amazon;
	s->cloud.verbs = o->google ? &gcs_verbs : &s3_verbs;
	s->cloud.store.ops = &s->cloud.verbs->ops;
	(void)snprintf(where, sizeof where, "bucket %s at %s", o->bucket, url); /* cut is fine */
	rc = copy_options(s, o, e);
	if (rc == 0)
		rc = cloud_open(&s->cloud, loop, url, o->ca_file, o->prefix, where, &o->credentials, e);
	if (rc != 0)
		cloud_close(&s->cloud.store);
	else
		*ret = &s->cloud.store;
	return rc;
}
