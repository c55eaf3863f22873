/* gcs_answer.c - what Google's Cloud Storage answers: lists, and what errors mean; see gcs.h */
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "core/store/gcs.h"

/* ---- JSON ---- */

/* The member of that type, or NULL. */
static struct json_object *
member(struct json_object *o, const char *key, json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &value))
		return NULL;
	return json_object_is_type(value, type) ? value : NULL;
}

static const char *
text_of(struct json_object *o, const char *key)
{
	struct json_object *value = member(o, key, json_type_string);

	return value == NULL ? "" : json_object_get_string(value);
}

/* ---- lists ---- */

static int
take_items(struct json_object *items, struct cloud_page *page, struct err *e)
{
	size_t count = items == NULL ? 0 : json_object_array_length(items), i;

	for (i = 0; i < count; i++) {
		const char *name = text_of(json_object_array_get_idx(items, i), "name");

		if (name[0] == '\0')
			return err_set(e, ERR_CORRUPT, "the answer lists an object without a name");
		if (cloud_page_add(page, name, strlen(name)) != 0)
			return err_memory(e, "listing a store");
	}
	return 0;
}

int
gcs_listed(const struct http_response *answer, struct cloud_page *page, struct err *e)
{
	struct json_object *o CLEANUP(json_object_put) = NULL;
	const char *token;
	int rc = json_parse(answer->body, answer->len, JSON_DEPTH_MAX, &o, e);

	if (rc == ERR_CORRUPT || (rc == 0 && strcmp(text_of(o, "kind"), "storage#objects") != 0))
		return err_set(e, ERR_CORRUPT, "the answer is not that of objects.list: is this an endpoint of "
		                               "Google's Cloud Storage?");
	if (rc == 0)
		rc = take_items(member(o, "items", json_type_array), page, e);
	token = rc == 0 ? text_of(o, "nextPageToken") : "";
	if (token[0] == '\0')
		return rc;
	page->more = true;
	page->token = arena_text(&page->texts, token);
	return page->token == NULL ? err_memory(e, "listing a store") : 0;
}

int
gcs_size(const struct http_response *answer, uint64_t *ret, struct err *e)
{
	struct json_object *o CLEANUP(json_object_put) = NULL;
	struct err ignored;
	const char *digit;
	size_t i;

	(void)json_parse(answer->body, answer->len, JSON_DEPTH_MAX, &o, &ignored);
	digit = text_of(o, "size");
	*ret = 0;
	for (i = 0; digit[i] >= '0' && digit[i] <= '9' && i < 18; i++)
		*ret = *ret * 10 + (uint64_t)(digit[i] - '0');
	return i > 0 && digit[i] == '\0' ? 0 : err_set(e, ERR_CORRUPT, "%s: the answer has no size", answer->request);
}

/* No answer to a write or a removal says so: only the bucket's own settings do. */
bool
gcs_hidden(const struct http_response *answer)
{
	(void)answer;
	return false;
}

/* ---- errors ---- */

/* {"error": {"errors": [{"reason": "conditionNotMet", ...}], ...}} */
static void
code_of(const struct http_response *answer, char code[CLOUD_CODE_MAX])
{
	struct json_object *o CLEANUP(json_object_put) = NULL;
	struct json_object *error, *all;
	struct err ignored;
	const char *reason = "";

	(void)json_parse(answer->body, answer->len, JSON_DEPTH_MAX, &o, &ignored);
	error = member(o, "error", json_type_object);
	all = member(error, "errors", json_type_array);
	if (all != NULL && json_object_array_length(all) > 0)
		reason = text_of(json_object_array_get_idx(all, 0), "reason");
	if (answer->status == 400 && strstr(text_of(error, "message"), "doesn't match calculated") != NULL)
		reason = "badSum"; /* it has no name of its own */
	if (strlen(reason) < CLOUD_CODE_MAX)
		(void)snprintf(code, CLOUD_CODE_MAX, "%s", reason); /* fits */
}

/* One table of what is tried again, and of what is final, and who has to act then. */
static const struct cloud_meaning meanings[] = {
	{ "rateLimitExceeded", CLOUD_FEWER, ERR_AGAIN, "it asks for fewer requests" },
	{ "userRateLimitExceeded", CLOUD_FEWER, ERR_AGAIN, "it asks for fewer requests" },
	{ "backendError", CLOUD_AGAIN, ERR_AGAIN, "it failed by itself" },
	{ "internalError", CLOUD_AGAIN, ERR_AGAIN, "it failed by itself" },
	{ "conflict", CLOUD_AGAIN, ERR_AGAIN, "another request was in the way" },
	{ "badSum", CLOUD_DAMAGED, ERR_CORRUPT, "the bytes came as others than were sent" },
	{ "conditionNotMet", CLOUD_FINAL, ERR_EXISTS, "the object is there already" },
	{ "authError", CLOUD_KEY, ERR_DENIED, "the token is wrong or has expired" },
	{ "required", CLOUD_KEY, ERR_DENIED, "it takes no request without a token" },
	{ "forbidden", CLOUD_KEY, ERR_DENIED, "" },
	{ "insufficientPermissions", CLOUD_KEY, ERR_DENIED,
	  "the token's scope does not reach: give the machine the scope devstorage.read_write" },
	{ "accountDisabled", CLOUD_FINAL, ERR_OPERATOR, "the account was closed" },
	{ "userProjectMissing", CLOUD_FINAL, ERR_CONFIG, "the bucket lets requesters pay: it cannot be used" },
	{ "quotaExceeded", CLOUD_FINAL, ERR_OPERATOR, "its quota is used up" },
	{ "retentionPolicyNotMet", CLOUD_FINAL, ERR_OPERATOR, "a policy of the bucket keeps it" },
	{ "objectUnderActiveHold", CLOUD_FINAL, ERR_OPERATOR, "somebody holds it: release it" },
	{ "uploadTooLarge", CLOUD_FINAL, ERR_OPERATOR, "it takes no objects of that size" },
};

const struct cloud_errors gcs_errors = {
	.meanings = meanings, .count = LENGTH(meanings), .code = code_of, .denied = "forbidden",
	.list = "storage.objects.list", .read = "storage.objects.get", .write = "storage.objects.create",
	.remove = "storage.objects.delete",
};
