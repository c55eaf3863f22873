/*
 * fuzz_json.c - JSON of servers, people and stores.  Asserted: what our reader takes json-c's takes too, as the same
 * objects; and what we write of a text that may be sealed reads back as the same.
 */
#include <string.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "tests/fuzz/fuzz.h"

static struct json_object *
by_json_c(const char *text, size_t len)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 2); /* scalars count there */
	struct json_object *got;

	FUZZ_ASSERT(tokener != NULL);
	if (json_c_version_num() != (18 << 8)) /* takes bytes above 0x7f for control characters then: json-c#875 */
		json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	got = json_tokener_parse_ex(tokener, text, (int)len);
	if (json_tokener_get_error(tokener) == json_tokener_continue) /* a number may go on */
		got = json_tokener_parse_ex(tokener, "", 1);
	FUZZ_ASSERT(json_tokener_get_error(tokener) == json_tokener_success);
	json_tokener_free(tokener);
	return got;
}

static void
write_string(const char *text, size_t len)
{
	CLEANUP(buf_release) struct buf out;
	struct json_object *back = NULL;
	struct json j;
	struct err e;

	buf_init(&out, 1 << 20);
	json_init(&j, &out);
	json_string_bytes(&j, text, len);
	FUZZ_ASSERT(json_parse(out.data, out.len, JSON_DEPTH_MAX, &back, &e) == 0);
	FUZZ_ASSERT((size_t)json_object_get_string_len(back) == len &&
	            memcmp(json_object_get_string(back), text, len) == 0);
	(void)json_object_put(back);
}

static int
add_element(void *arg, struct json_object *element, struct err *e)
{
	(void)e;
	return json_object_array_add(arg, json_object_get(element));
}

/* whole: what json_parse() made of the text; NULL: it was refused, or is null. */
static void
read_list(const char *text, size_t len, struct json_object *whole)
{
	struct json_object *list = json_object_new_array();
	struct err e;
	int rc = json_parse_list(text, len, JSON_DEPTH_MAX, add_element, list, &e);

	FUZZ_ASSERT((rc == 0) == json_object_is_type(whole, json_type_array));
	FUZZ_ASSERT(rc != 0 || (json_begins_list(text, len) && json_object_equal(list, whole)));
	(void)json_object_put(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct json_object *ours = NULL, *theirs;
	char *text = malloc(len + 1);
	struct err e;
	int rc;

	FUZZ_ASSERT(text != NULL);
	memcpy(text, bytes, len);
	rc = json_parse(text, len, JSON_DEPTH_MAX, &ours, &e);
	read_list(text, len, ours);
	if (rc == 0) {
		theirs = by_json_c(text, len);
		FUZZ_ASSERT(json_object_equal(ours, theirs));
		(void)json_object_put(ours);
		(void)json_object_put(theirs);
	} else {
		FUZZ_ASSERT(ours == NULL && e.code == ERR_CORRUPT && e.text[0] != '\0');
	}
	if (json_utf8_run(text, len) == len && memchr(text, 0, len) == NULL)
		write_string(text, len);
	free(text);
	return 0;
}
