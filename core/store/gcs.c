/*
 * gcs.c - requests to a bucket of Google's Cloud Storage by its JSON interface; see cloud.h, store.h
 *
 * Its keys are tokens, which need no signature.  HMAC keys are for the XML interface: s3.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/base/json.h"
#include "core/store/gcs.h"
#include "core/store/sum.h"

#define URL_SIZE   2048u
#define GOOGLE_URL "https://storage.googleapis.com"
#define AROUND_MAX 1024u /* bytes around an object in what is sent */

struct gcs {
	struct cloud cloud;
	char *bucket; /* escaped */
	char *storage_class;
};

static const struct gcs *
gcs_of(const struct cloud *c)
{
	return container_of(c, struct gcs, cloud);
}

/* ---- requests ---- */

/* On an object, whose name is one part of the path with all its slashes, or (key "") on the bucket. */
static int
begin(const struct cloud *c, const char *method, const char *doing, const char *key,
      struct cloud_request *r)
{
	if (cloud_request_about(r, method, doing, key) != 0)
		return -1;
	(void)buf_print(&r->path, "/storage/v1/b/%s/o", gcs_of(c)->bucket);
	if (key[0] != '\0')
		(void)buf_add_char(&r->path, '/');
	sign_escape(&r->path, key, false);
	return buf_text(&r->path) == NULL ? -1 : 0;
}

/* It can begin at a name, not behind one. */
static int
list(const struct cloud *c, const struct cloud_page *p, struct cloud_request *r)
{
	char max[24];
	const struct sign_pair pairs[] = {
		{ "prefix", p->folder }, { "delimiter", "/" }, { "maxResults", max },
		{ "fields", "kind,nextPageToken,items/name" },
		{ p->token != NULL ? "pageToken" : "startOffset", p->token != NULL ? p->token : p->after },
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
	return begin(c, "GET", "read", key, r) != 0 ? -1 : buf_add_text(&r->query, "alt=media");
}

static int
head(const struct cloud *c, const char *key, struct cloud_request *r)
{
	return begin(c, "GET", "read", key, r) != 0 ? -1 : buf_add_text(&r->query, "fields=size");
}

static int
remove_object(const struct cloud *c, const char *key, struct cloud_request *r)
{
	return begin(c, "DELETE", "remove", key, r);
}

/* CRC-32C, its highest byte first; for a probe that of something else. */
static void
add_sum(struct json *j, const struct cloud_request *r, bool wrong)
{
	uint32_t sum = sum_crc32c(r->body, r->body_len) ^ wrong;
	const unsigned char bytes[4] = { (unsigned char)(sum >> 24), (unsigned char)(sum >> 16 & 0xff),
		                         (unsigned char)(sum >> 8 & 0xff), (unsigned char)(sum & 0xff) };
	char text[sodium_base64_ENCODED_LEN(sizeof bytes, sodium_base64_VARIANT_ORIGINAL)];

	(void)sodium_bin2base64(text, sizeof text, bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
	json_key_string(j, "crc32c", text);
}

/*
 * A sum is believed only where it comes as a part of its own, before the object's bytes.  What is
 * between the parts must not be in them: it is random.
 */
static int
make_body(const struct gcs *g, const char *key, unsigned how, struct cloud_request *r)
{
	unsigned char random[16];
	char boundary[2 * sizeof random + 1], type[80];
	struct json j;

	randombytes_buf(random, sizeof random);
	(void)sodium_bin2hex(boundary, sizeof boundary, random, sizeof random);
	(void)snprintf(type, sizeof type, "multipart/related; boundary=%s", boundary); /* fits */
	if (buf_reserve(&r->made, r->body_len + AROUND_MAX + 6 * strlen(key)) != 0)
		return -1;
	(void)buf_print(&r->made, "--%s\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n", boundary);
	json_init(&j, &r->made);
	json_begin_object(&j);
	json_key_string(&j, "name", key);
	json_key_string(&j, "contentType", "application/octet-stream");
	if (g->storage_class != NULL && (how & CLOUD_PROBE) == 0)
		json_key_string(&j, "storageClass", g->storage_class);
	if ((how & CLOUD_NO_SUM) == 0)
		add_sum(&j, r, (how & CLOUD_WRONG_SUM) != 0);
	json_end_object(&j);
	(void)buf_print(&r->made, "\r\n--%s\r\nContent-Type: application/octet-stream\r\n\r\n", boundary);
	(void)buf_add(&r->made, r->body, r->body_len);
	(void)buf_print(&r->made, "\r\n--%s--\r\n", boundary);
	return r->made.failed ? -1 : cloud_request_field(r, "content-type", type);
}

static int
put(const struct cloud *c, const char *key, unsigned how, struct cloud_request *r)
{
	if (cloud_request_about(r, "POST", "write", key) != 0)
		return -1;
	(void)buf_print(&r->path, "/upload/storage/v1/b/%s/o", gcs_of(c)->bucket);
	(void)buf_print(&r->query, "uploadType=multipart&fields=size%s",
	                (how & CLOUD_NO_CONDITION) == 0 ? "&ifGenerationMatch=0" : "");
	if (buf_text(&r->path) == NULL || buf_text(&r->query) == NULL)
		return -1;
	return make_body(gcs_of(c), key, how, r);
}

static int
authorize(const struct cloud *c, const struct cloud_request *r, const struct credentials *key,
          const struct cloud_time *time, struct buf *authorization, struct buf *target,
          struct http_field *fields, size_t *count, struct err *e)
{
	(void)c;
	(void)time;
	(void)target;
	(void)buf_add_text(authorization, "Bearer ");
	(void)buf_add(authorization, key->token->bytes, key->token->len);
	for (size_t i = 0; i < r->field_count; i++)
		fields[i] = (struct http_field){ r->fields[i].name, r->fields[i].value };
	fields[r->field_count] = (struct http_field){ "authorization", buf_text(authorization) };
	*count = r->field_count + 1;
	return fields[r->field_count].value == NULL ? err_memory(e, "asking the store") : 0;
}

/* ---- opening ---- */

static void
release(struct cloud *c)
{
	struct gcs *g = container_of(c, struct gcs, cloud);

	free(g->bucket);
	free(g->storage_class);
	free(g);
}

static const struct cloud_verbs verbs = {
	.ops = CLOUD_OPS("gcs"), .list = list, .get = get, .head = head, .put = put,
	.remove = remove_object, .authorize = authorize, .listed = gcs_listed, .errors = &gcs_errors,
	.hidden = gcs_hidden, .size = gcs_size, .start = CLOUD_AT, .release = release,
};

static int
copy_options(struct gcs *g, const struct store_gcs_options *o, struct err *e)
{
	struct buf name CLEANUP(buf_release);

	buf_init(&name, URL_SIZE);
	sign_escape(&name, o->bucket, false);
	g->bucket = buf_text(&name) == NULL ? NULL : strdup(name.data);
	g->storage_class = o->storage_class == NULL ? NULL : strdup(o->storage_class);
	return g->bucket == NULL || (o->storage_class != NULL && g->storage_class == NULL)
	           ? err_memory(e, "opening a store")
	           : 0;
}

int
store_gcs_open(struct loop *loop, const struct store_gcs_options *o, struct store **ret, struct err *e)
{
	const char *url = o->endpoint == NULL ? GOOGLE_URL : o->endpoint;
	char where[URL_SIZE + 128];
	struct gcs *g;
	int rc;

	if (o->bucket == NULL || o->bucket[0] == '\0')
		return err_set(e, ERR_CONFIG, "store.bucket is missing");
	g = calloc(1, sizeof *g);
	if (g == NULL)
		return err_memory(e, "opening a store");
	g->cloud.verbs = &verbs;
	g->cloud.store.ops = &verbs.ops;
	(void)snprintf(where, sizeof where, "bucket %s at %s", o->bucket, url); /* cut is fine */
	rc = copy_options(g, o, e);
	if (rc == 0)
		rc = cloud_open(&g->cloud, loop, url, o->ca_file, o->prefix, where, &o->credentials, e);
	if (rc != 0)
		cloud_close(&g->cloud.store);
	else
		*ret = &g->cloud.store;
	return rc;
}
