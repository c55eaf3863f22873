/* s3_answer.c - what stores that speak S3 answer: lists, and what errors mean; see s3.h */
#include <stdio.h>
#include <string.h>

#include "core/store/s3.h"
#include "core/store/xml.h"

#define CODE_MAX 64u

/* ---- lists ---- */

struct listing {
	struct cloud_page *page;
	bool seen, url, told; /* the right element; names are escaped; IsTruncated was there */
	const char *token;
};

static int
take_listed(void *arg, const char *path, const char *text, size_t len, struct err *e)
{
	struct listing *l = arg;

	if (strcmp(path, "ListBucketResult/Contents/Key") == 0 && cloud_page_add(l->page, text, len) != 0)
		return err_memory(e, "listing a store");
	if (strcmp(path, "ListBucketResult/EncodingType") == 0)
		l->url = strcmp(text, "url") == 0;
	if (strcmp(path, "ListBucketResult/IsTruncated") == 0) {
		l->told = strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
		l->page->more = strcmp(text, "true") == 0;
	}
	if (strcmp(path, "ListBucketResult/NextContinuationToken") == 0) {
		l->page->token = arena_copy(&l->page->texts, text, len);
		if (l->page->token == NULL)
			return err_memory(e, "listing a store");
	}
	l->seen |= strcmp(path, "ListBucketResult") == 0;
	return 0;
}

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* In place; a blank is written as '+' by some.  False: a '%' without two digits, or a NUL. */
static bool
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		if (*text != '%') {
			*to++ = (char)(*text == '+' ? ' ' : *text);
			continue;
		}
		if (hex(text[1]) < 0 || hex(text[2]) < 0 || (text[1] == '0' && text[2] == '0'))
			return false;
		*to++ = (char)(hex(text[1]) << 4 | hex(text[2]));
		text += 2;
	}
	*to = '\0';
	return true;
}

int
s3_listed(const struct http_response *answer, struct cloud_page *page, struct err *e)
{
	struct listing l = { .page = page };
	int rc = xml_read(answer->body, answer->len, take_listed, &l, e);
	size_t i;

	if (rc != 0)
		return rc;
	if (!l.seen || !l.told || (page->more && page->token == NULL))
		return err_set(e, ERR_CORRUPT, "the answer is not that of ListObjectsV2: is this an S3 endpoint?");
	for (i = 0; l.url && i < page->count; i++) {
		char *copy = arena_text(&page->texts, page->keys[i]);

		if (copy == NULL)
			return err_memory(e, "listing a store");
		if (!unescape(copy))
			return err_set(e, ERR_CORRUPT, "a name in the answer is not escaped as it says");
		page->keys[i] = copy;
	}
	return 0;
}

bool
s3_hidden(const struct http_response *answer)
{
	const char *version = http_header(answer, "x-amz-version-id");

	return strcmp(http_header(answer, "x-amz-delete-marker"), "true") == 0 ||
	       (version[0] != '\0' && strcmp(version, "null") != 0);
}

/* ---- errors ---- */

/* One table of what is tried again, and of what is final, and who has to act then. */
static const struct meaning {
	const char        *code;
	enum cloud_verdict verdict;
	int                err;
	const char        *advice;
} meanings[] = {
	{ "SlowDown", CLOUD_AGAIN, ERR_AGAIN, "it asks for fewer requests" },
	{ "ServiceUnavailable", CLOUD_AGAIN, ERR_AGAIN, "it is busy" },
	{ "InternalError", CLOUD_AGAIN, ERR_AGAIN, "it failed by itself" },
	{ "RequestTimeout", CLOUD_AGAIN, ERR_AGAIN, "the request came too slowly" },
	{ "OperationAborted", CLOUD_AGAIN, ERR_AGAIN, "another request was in the way" },
	{ "ConditionalRequestConflict", CLOUD_AGAIN, ERR_AGAIN, "another request was in the way" },
	{ "BadDigest", CLOUD_DAMAGED, ERR_CORRUPT, "the bytes came as others than were sent" },
	{ "XAmzContentSHA256Mismatch", CLOUD_DAMAGED, ERR_CORRUPT, "the bytes came as others than were sent" },
	{ "XAmzContentChecksumMismatch", CLOUD_DAMAGED, ERR_CORRUPT, "the bytes came as others than were sent" },
	{ "IncompleteBody", CLOUD_DAMAGED, ERR_CORRUPT, "the bytes did not all come" },
	{ "InvalidDigest", CLOUD_DAMAGED, ERR_CORRUPT, "the bytes came as others than were sent" },
	{ "RequestTimeTooSkewed", CLOUD_CLOCK, ERR_CONFIG, "" },
	{ "ExpiredToken", CLOUD_KEY, ERR_DENIED, "the session token has expired: whoever renews it has not" },
	{ "TokenRefreshRequired", CLOUD_KEY, ERR_DENIED, "the session token has expired" },
	{ "InvalidToken", CLOUD_KEY, ERR_DENIED, "the session token is not one of that access key" },
	{ "InvalidTokenId", CLOUD_KEY, ERR_DENIED, "the session token is not one of that access key" },
	{ "InvalidAccessKeyId", CLOUD_KEY, ERR_DENIED, "it knows no such access key: is it that of this endpoint?" },
	{ "XAdminUserNotFound", CLOUD_KEY, ERR_DENIED, "it knows no such access key: is it that of this endpoint?" },
	{ "NotSignedUp", CLOUD_KEY, ERR_DENIED, "it knows no such access key: is it that of this endpoint?" },
	{ "SignatureDoesNotMatch", CLOUD_KEY, ERR_DENIED, "is the secret access key the one of that access key?" },
	{ "AccessDenied", CLOUD_KEY, ERR_DENIED, "" },
	{ "AuthorizationHeaderMalformed", CLOUD_FINAL, ERR_CONFIG, "is store.region that of the bucket?" },
	{ "PermanentRedirect", CLOUD_FINAL, ERR_CONFIG, "the bucket is in another region or at another endpoint" },
	{ "TemporaryRedirect", CLOUD_FINAL, ERR_CONFIG, "the bucket is in another region or at another endpoint" },
	{ "IllegalLocationConstraintException", CLOUD_FINAL, ERR_CONFIG, "is store.region that of the bucket?" },
	{ "NoSuchBucket", CLOUD_FINAL, ERR_CONFIG,
	  "there is no such bucket: correct store.bucket or store.endpoint, or make it" },
	{ "InvalidBucketName", CLOUD_FINAL, ERR_CONFIG, "correct store.bucket" },
	{ "NoSuchKey", CLOUD_FINAL, ERR_MISSING, "there is no such object" },
	{ "InvalidStorageClass", CLOUD_FINAL, ERR_CONFIG, "correct store.storage_class" },
	{ "KMS.DisabledException", CLOUD_FINAL, ERR_CONFIG, "enable the key of store.kms_key_id" },
	{ "KMS.NotFoundException", CLOUD_FINAL, ERR_CONFIG, "correct store.kms_key_id" },
	{ "InvalidObjectState", CLOUD_FINAL, ERR_OPERATOR, "the object was moved to an archive: restore it there" },
	{ "PreconditionFailed", CLOUD_FINAL, ERR_EXISTS, "the object is there already" },
	{ "NotImplemented", CLOUD_FINAL, ERR_UNSUPPORTED, "it cannot do that" },
	{ "ExcessHeaderValues", CLOUD_FINAL, ERR_UNSUPPORTED, "it does not take one of our headers" },
	{ "InvalidArgument", CLOUD_FINAL, ERR_UNSUPPORTED, "it does not take one of our headers" },
	{ "QuotaExceeded", CLOUD_FINAL, ERR_OPERATOR, "its quota is used up" },
	{ "XMinioStorageFull", CLOUD_FINAL, ERR_OPERATOR, "its disks are full" },
	{ "AccountProblem", CLOUD_FINAL, ERR_OPERATOR, "the account cannot be used at present" },
	{ "AllAccessDisabled", CLOUD_FINAL, ERR_OPERATOR, "the bucket was closed" },
	{ "MethodNotAllowed", CLOUD_FINAL, ERR_CONFIG, "is this an S3 endpoint?" },
	{ "EntityTooLarge", CLOUD_FINAL, ERR_OPERATOR, "it takes no objects of that size" },
};

/* For a status without a code that is known. */
static enum cloud_verdict
verdict_of_status(int status)
{
	if (status >= 200 && status <= 299)
		return CLOUD_GOOD;
	if (status == 401 || status == 403)
		return CLOUD_KEY;
	return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 507)
	           ? CLOUD_AGAIN
	           : CLOUD_FINAL;
}

static int
take_code(void *arg, const char *path, const char *text, size_t len, struct err *e)
{
	(void)e;
	if (strcmp(path, "Error/Code") == 0 && len < CODE_MAX)
		(void)snprintf(arg, CODE_MAX, "%s", text); /* fits */
	return 0;
}

static const struct meaning *
meaning_of(const struct http_response *answer, char code[CODE_MAX])
{
	struct err ignored;

	code[0] = '\0';
	(void)xml_read(answer->body, answer->len, take_code, code, &ignored);
	for (size_t i = 0; i < LENGTH(meanings); i++)
		if (strcmp(meanings[i].code, code) == 0)
			return &meanings[i];
	return NULL;
}

/* A code that is not in the table is shown where it is made of letters: no key or token is. */
static const char *
shown(const char *code)
{
	for (const char *at = code; *at != '\0'; at++)
		if (!((*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') || *at == '.'))
			return "";
	return code;
}

static const char *
right_to(const struct cloud_request *r)
{
	return strcmp(r->doing, "list") == 0    ? "s3:ListBucket"
	       : strcmp(r->doing, "read") == 0  ? "s3:GetObject"
	       : strcmp(r->doing, "write") == 0 ? "s3:PutObject"
	                                        : "s3:DeleteObject";
}

/* "eu-west-1" from the header, or "". */
static const char *
region_of(const struct http_response *answer)
{
	const char *region = http_header(answer, "x-amz-bucket-region");

	return strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(region) ? region : "";
}

static int
says(const struct cloud *c, const struct cloud_request *r, const struct http_response *answer, int code,
     const char *word, const char *advice, struct err *e)
{
	const struct s3 *s = container_of(c, struct s3, cloud);
	const char *key = r->path.data + strlen(s->root) + (r->path.data[strlen(s->root)] == '/');

	return err_set(e, code, "cannot %s %.300s%sin %s: the store answers %d%s%s%s%s", r->doing, key,
	               key[0] != '\0' ? " " : "", c->where, answer->status, word[0] != '\0' ? " " : "", word,
	               advice[0] != '\0' ? ": " : "", advice);
}

static int
explain(const struct cloud *c, const struct cloud_request *r, const struct http_response *answer,
        const struct meaning *m, const char *code, struct err *e)
{
	char advice[200];
	int64_t there = http_date_s(answer->date);

	if (m->verdict == CLOUD_CLOCK && there >= 0)
		(void)snprintf(advice, sizeof advice, "the clock here is %lld s off that of the store: correct it",
		               (long long)(loop_wall_ms(c->loop) / 1000 - there));
	else if (m->verdict == CLOUD_CLOCK)
		(void)snprintf(advice, sizeof advice, "the clock here is off that of the store: correct it");
	else if (strcmp(code, "AccessDenied") == 0)
		(void)snprintf(advice, sizeof advice, "%s may not do that: grant it %s",
		               credentials_where(c->credentials), right_to(r)); /* cut is fine */
	else if (m->err == ERR_CONFIG && region_of(answer)[0] != '\0')
		(void)snprintf(advice, sizeof advice, "%s; its region is %.40s", m->advice, region_of(answer));
	else
		(void)snprintf(advice, sizeof advice, "%s", m->advice);
	return says(c, r, answer, m->err, code, advice, e);
}

/* What HTTP alone says of it; only objects and buckets can be missing. */
static int
explain_status(const struct cloud *c, const struct cloud_request *r, const struct http_response *answer,
               const char *code, struct err *e)
{
	int status = answer->status;

	if (status >= 300 && status <= 399)
		return says(c, r, answer, ERR_CONFIG, shown(code),
		            region_of(answer)[0] != '\0'
		                ? "redirects are not followed: correct store.region, or store.endpoint"
		                : "redirects are not followed: correct store.endpoint", e);
	if (status == 404)
		return says(c, r, answer, strcmp(r->doing, "list") == 0 ? ERR_CONFIG : ERR_MISSING, shown(code),
		            "there is no such object, or no such bucket", e);
	if (status == 412 || status == 304)
		return says(c, r, answer, ERR_EXISTS, shown(code), "the object is there already", e);
	if (status == 507)
		return says(c, r, answer, ERR_OPERATOR, shown(code), "it is full", e);
	(void)http_error(answer, e);
	return says(c, r, answer, e->code == ERR_EXISTS ? ERR_FAILED : e->code, shown(code), "", e);
}

enum cloud_verdict
s3_judge(const struct cloud *c, const struct cloud_request *r, const struct http_response *answer,
         struct err *e)
{
	enum cloud_verdict verdict = verdict_of_status(answer->status);
	const struct meaning *m;
	char code[CODE_MAX];

	if (verdict == CLOUD_GOOD)
		return verdict;
	if (answer->status == 416 && r->method[0] == 'G') /* an empty object has no first byte to give */
		return CLOUD_GOOD;
	m = meaning_of(answer, code);
	if (m == NULL)
		(void)explain_status(c, r, answer, code, e);
	else
		(void)explain(c, r, answer, m, code, e);
	return m == NULL ? verdict : m->verdict;
}
