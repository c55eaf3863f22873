/* azure.c - requests to a container of Azure's Blob service; see azure.h, cloud.h, store.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/store/azure.h"
#include "core/store/sum.h"

#define URL_SIZE 2048u

/* The first with all that we say is 2019-02-02; this one tells of older versions that are kept. */
#define VERSION "2019-12-12"

struct azure {
	struct cloud cloud;
	char *account;
	char *container; /* of every path: "/container", behind what the endpoint has */
	bool  by_sas;
};

static const struct azure *
azure_of(const struct cloud *c)
{
	return container_of(c, struct azure, cloud);
}

/* ---- requests ---- */

/* On an object, or on the container (key ""). */
static int
begin(const struct cloud *c, const char *method, const char *doing, const char *key,
      struct cloud_request *r)
{
	if (cloud_request_about(r, method, doing, key) != 0)
		return -1;
	(void)buf_add_text(&r->path, azure_of(c)->container);
	if (key[0] != '\0')
		(void)buf_add_char(&r->path, '/');
	sign_escape(&r->path, key, true);
	return buf_text(&r->path) == NULL ? -1 : cloud_request_field(r, "x-ms-version", VERSION);
}

static int
list(const struct cloud *c, const struct cloud_page *p, struct cloud_request *r)
{
	char max[24];
	const struct sign_pair pairs[] = {
		{ "restype", "container" }, { "comp", "list" }, { "prefix", p->folder }, { "maxresults", max },
		{ "delimiter", "/" }, { "marker", p->token },
	};
	size_t count = LENGTH(pairs) - (p->token == NULL);

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

/* CRC-64, its lowest byte first; for a probe that of something else. */
static int
add_sum(struct cloud_request *r, bool wrong)
{
	uint64_t sum = sum_crc64(r->body, r->body_len) ^ wrong;
	unsigned char bytes[8];
	char text[sodium_base64_ENCODED_LEN(sizeof bytes, sodium_base64_VARIANT_ORIGINAL)];

	for (size_t i = 0; i < sizeof bytes; i++, sum >>= 8)
		bytes[i] = (unsigned char)(sum & 0xff);
	(void)sodium_bin2base64(text, sizeof text, bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
	return cloud_request_field(r, "x-ms-content-crc64", text);
}

static int
put(const struct cloud *c, const char *key, unsigned how, struct cloud_request *r)
{
	int rc = begin(c, "PUT", "write", key, r);

	rc |= cloud_request_field(r, "x-ms-blob-type", "BlockBlob");
	if ((how & CLOUD_NO_CONDITION) == 0)
		rc |= cloud_request_field(r, "if-none-match", "*");
	if ((how & CLOUD_NO_SUM) == 0)
		rc |= add_sum(r, (how & CLOUD_WRONG_SUM) != 0);
	return rc == 0 ? 0 : -1;
}

/* ---- who we are ---- */

static int
add_sas(const struct secret *sas, struct buf *target)
{
	(void)buf_add_char(target, memchr(target->data, '?', target->len) == NULL ? '?' : '&');
	return buf_add(target, sas->bytes, sas->len);
}

static int
add_bearer(const struct credentials *key, struct buf *authorization)
{
	(void)buf_add_text(authorization, "Bearer ");
	return buf_add(authorization, key->token->bytes, key->token->len);
}

static int
add_shared_key(const struct azure *a, const struct cloud_request *r, const struct sign_pair *all, size_t count,
               const struct credentials *key, struct buf *authorization, struct err *e)
{
	const struct sign_request what = { .method = r->method, .path = r->path.data, .fields = all,
		                           .field_count = count, .body_len = r->body_len,
		                           .query = r->query.len > 0 ? r->query.data : "" };

	return sign_azure(a->account, key->secret, &what, authorization, e);
}

static int
authorize(const struct cloud *c, const struct cloud_request *r, const struct credentials *key,
          const struct cloud_time *time, struct buf *authorization, struct buf *target,
          struct http_field *fields, size_t *count, struct err *e)
{
	const struct azure *a = azure_of(c);
	struct sign_pair all[SIGN_FIELDS_MAX];
	size_t n = 0;
	int rc = 0;

	all[n++] = (struct sign_pair){ "x-ms-date", time->http };
	for (size_t i = 0; i < r->field_count; i++)
		all[n++] = r->fields[i];
	if (a->by_sas)
		rc = add_sas(key->token, target) == 0 ? 0 : err_memory(e, "signing a request");
	else if (key->token != NULL)
		rc = add_bearer(key, authorization) == 0 ? 0 : err_memory(e, "signing a request");
	else
		rc = add_shared_key(a, r, all, n, key, authorization, e);
	for (size_t i = 0; i < n; i++)
		fields[i] = (struct http_field){ all[i].name, all[i].value };
	*count = n;
	if (rc == 0 && !a->by_sas)
		fields[(*count)++] = (struct http_field){ "authorization", buf_text(authorization) };
	return rc;
}

/* ---- opening ---- */

static void
release(struct cloud *c)
{
	struct azure *a = container_of(c, struct azure, cloud);

	free(a->account);
	free(a->container);
	free(a);
}

static const struct cloud_verbs verbs = {
	.ops = CLOUD_OPS("azure"), .list = list, .get = get, .head = head, .put = put,
	.remove = remove_object, .authorize = authorize, .listed = azure_listed, .errors = &azure_errors,
	.hidden = azure_hidden, .start = CLOUD_FIRST, .release = release,
};

/* "https://host" and "/path" of the endpoint: an emulator has the account in the path. */
static int
take_endpoint(const struct store_azure_options *o, char url[URL_SIZE], const char **path, struct err *e)
{
	char *host;
	int n = o->endpoint != NULL ? snprintf(url, URL_SIZE, "%s", o->endpoint)
	                            : snprintf(url, URL_SIZE, "https://%s.blob.core.windows.net", o->account);

	if ((size_t)n >= URL_SIZE)
		return err_set(e, ERR_CONFIG, "store.endpoint is too long");
	while (n > 0 && url[n - 1] == '/')
		url[--n] = '\0';
	host = strstr(url, "://");
	if (host == NULL)
		return err_set(e, ERR_CONFIG, "store.endpoint is not a URL");
	host = strchr(host + 3, '/');
	*path = o->endpoint != NULL && host != NULL ? o->endpoint + (host - url) : "";
	if (host != NULL)
		*host = '\0';
	return 0;
}

static int
copy_options(struct azure *a, const struct store_azure_options *o, const char *path, struct err *e)
{
	struct buf root CLEANUP(buf_release);

	buf_init(&root, URL_SIZE);
	(void)buf_add_text(&root, path);
	while (root.len > 0 && root.data[root.len - 1] == '/')
		root.len--;
	(void)buf_print(&root, "/%s", o->container);
	a->account = strdup(o->account);
	a->container = buf_text(&root) == NULL ? NULL : strdup(root.data);
	a->by_sas = o->credentials.source == CREDENTIALS_SAS;
	return a->account == NULL || a->container == NULL ? err_memory(e, "opening a store") : 0;
}

static int
check_options(const struct store_azure_options *o, struct err *e)
{
	if (o->account == NULL || o->account[0] == '\0')
		return err_set(e, ERR_CONFIG, "store.account is missing");
	if (o->container == NULL || o->container[0] == '\0')
		return err_set(e, ERR_CONFIG, "store.container is missing");
	return 0;
}

int
store_azure_open(struct loop *loop, const struct store_azure_options *o, struct store **ret, struct err *e)
{
	char url[URL_SIZE], where[URL_SIZE + 128];
	const char *path = "";
	struct azure *a;
	int rc = check_options(o, e);

	if (rc == 0)
		rc = take_endpoint(o, url, &path, e);
	if (rc != 0)
		return rc;
	a = calloc(1, sizeof *a);
	if (a == NULL)
		return err_memory(e, "opening a store");
	a->cloud.verbs = &verbs;
	a->cloud.store.ops = &verbs.ops;
	(void)snprintf(where, sizeof where, "container %s at %s%s", o->container, url, path); /* cut is fine */
	rc = copy_options(a, o, path, e);
	if (rc == 0)
		rc = cloud_open(&a->cloud, loop, url, o->ca_file, o->prefix, where, &o->credentials, e);
	if (rc != 0)
		cloud_close(&a->cloud.store);
	else
		*ret = &a->cloud.store;
	return rc;
}
