/* s3_answer.c - what stores that speak S3 answer: lists, and what errors mean; see s3.h */
#include <stdio.h>
#include <string.h>

#include "core/store/s3.h"
#include "core/store/xml.h"

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
static const struct cloud_meaning meanings[] = {
	{ "SlowDown", CLOUD_FEWER, ERR_AGAIN, "it asks for fewer requests" },
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

static int
take_code(void *arg, const char *path, const char *text, size_t len, struct err *e)
{
	(void)e;
	if (strcmp(path, "Error/Code") == 0 && len < CLOUD_CODE_MAX)
		(void)snprintf(arg, CLOUD_CODE_MAX, "%s", text); /* fits */
	return 0;
}

void
s3_code(const struct http_response *answer, char code[CLOUD_CODE_MAX])
{
	struct err ignored;

	code[0] = '\0';
	(void)xml_read(answer->body, answer->len, take_code, code, &ignored);
}

/* "eu-west-1" from the header, or "". */
static const char *
region_of(const struct http_response *answer)
{
	const char *region = http_header(answer, "x-amz-bucket-region");

	return strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(region) ? region : "";
}

const struct cloud_errors s3_errors = {
	.meanings = meanings, .count = LENGTH(meanings), .code = s3_code, .region = region_of,
	.denied = "AccessDenied", .list = "s3:ListBucket", .read = "s3:GetObject", .write = "s3:PutObject",
	.remove = "s3:DeleteObject",
};
