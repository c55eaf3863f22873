/* t_xml.c - the XML that stores answer with, and all that is refused of it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/cleanup.h"
#include "core/store/xml.h"

static int
note(void *arg, const char *path, const char *text, size_t len, struct err *e)
{
	(void)e;
	assert_int_equal(strlen(text), len);
	return buf_print(arg, "%s=%s\n", path, text);
}

static int
read_text(const char *text, size_t len, struct buf *out, struct err *e)
{
	buf_init(out, 1u << 20);
	*e = (struct err){ 0 };
	return xml_read(text, len, note, out, e);
}

static void
assert_reads(const char *text, const char *wanted)
{
	struct buf out CLEANUP(buf_release);
	struct err e;
	int rc = read_text(text, strlen(text), &out, &e);

	if (rc != 0)
		print_error("%s: %s\n", text, e.text);
	assert_int_equal(rc, 0);
	assert_string_equal(buf_text(&out), wanted);
}

static void
assert_reads_at_all(const char *text)
{
	struct buf out CLEANUP(buf_release);
	struct err e;

	assert_int_equal(read_text(text, strlen(text), &out, &e), 0);
}

static void
assert_refused(const char *text, const char *why)
{
	struct buf out CLEANUP(buf_release);
	struct err e;

	if (read_text(text, strlen(text), &out, &e) != ERR_CORRUPT || strstr(e.text, why) == NULL)
		print_error("%.60s: %s\n", text, e.text);
	assert_int_equal(e.code, ERR_CORRUPT);
	assert_non_null(strstr(e.text, why));
}

static void
elements_are_told_at_their_end_with_their_text(void **state)
{
	(void)state;
	assert_reads("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns='x:y'><b>1</b> <c/><d x=\">\"> 2 </d></a>\n",
	             "a/b=1\na/c=\na/d= 2 \na= \n");
	assert_reads("\xef\xbb\xbf<s:a xmlns:s=\"u\"><s:b>1</s:b></s:a>", "a/b=1\na=\n");
	assert_reads("<a><!-- <b>no</b> --><![CDATA[<&>]]></a>", "a=<&>\n");
}

static void
the_five_entities_and_numbers_are_characters(void **state)
{
	(void)state;
	assert_reads("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#xe4;&#x20AC;&#x1F600;&#xD;</a>",
	             "a=<>&\"'AB\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\r\n");
}

static void
what_can_grow_or_fetch_is_refused(void **state)
{
	(void)state;
	assert_refused("<!DOCTYPE a [<!ENTITY b \"x\">]><a>&b;</a>", "DOCTYPE");
	assert_refused("<!DOCTYPE a SYSTEM \"http://elsewhere/\"><a/>", "DOCTYPE");
	assert_refused("<a><!ENTITY b \"x\"></a>", "DOCTYPE");
	assert_refused("<a><?php x ?></a>", "processing instruction");
	assert_refused("<a>&b;</a>", "an entity that is not one of XML's own");
	assert_refused("<a>&ampamp</a>", "an entity");
	assert_refused("<a>&#0;</a>", "no character");
	assert_refused("<a>&#xD800;</a>", "no character");
	assert_refused("<a>&#x110000;</a>", "no character");
	assert_refused("<a>&#99999999999999999;</a>", "");
	assert_refused("<a>&#x;</a>", "without a number");
	assert_refused("<a>&#;</a>", "without a number");
	assert_refused("<a>&#1f;</a>", "no character");
}

static void
what_is_not_well_formed_is_refused(void **state)
{
	static const char *const texts[] = {
		"", " ", "text", "<", "<a", "<a>", "<a></b>", "<a/><b/>", "</a>", "<a></a>text", "<a b='></a>",
		"<a><b></a></b>", "<a><![CDATA[x</a>", "<a><!-- x</a>", "<?xml <a/>", "< a/>", "<a <b/></a>",
		"<1:/>", "<a>&", "<a>&#", "<a>&#x41", "{\"a\":1}", "<a></a></a>",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++)
		assert_refused(texts[i], "no such XML");
}

static void
bytes_that_are_no_text_are_refused(void **state)
{
	struct buf out CLEANUP(buf_release);
	struct err e;

	(void)state;
	assert_int_equal(read_text("<a>\0</a>", 8, &out, &e), ERR_CORRUPT);
	assert_refused("<a>\xff</a>", "not UTF-8");
}

static void
depth_names_and_text_have_their_bounds(void **state)
{
	char *text = malloc(200000);
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < XML_DEPTH_MAX; i++)
		n += (size_t)snprintf(text + n, 10, "<a>");
	for (size_t i = 0; i < XML_DEPTH_MAX; i++)
		n += (size_t)snprintf(text + n, 10, "</a>");
	assert_reads_at_all(text);
	for (n = 0; n < 100000;)
		n += (size_t)snprintf(text + n, 10, "<a>");
	assert_refused(text, "too many levels");
	memset(text, 'a', 200);
	(void)memcpy(text, "<", 1);
	(void)snprintf(text + 200, 10, "/>");
	assert_refused(text, "too long");
	(void)snprintf(text, 200000, "<a>%0*d</a>", (int)XML_TEXT_MAX, 0);
	assert_reads_at_all(text);
	(void)snprintf(text, 200000, "<a>%0*d</a>", (int)XML_TEXT_MAX + 1, 0);
	assert_refused(text, "too much text");
	free(text);
}

/* Cut anywhere, it is refused and nothing is read behind its end (sanitizers watch). */
static void
a_cut_text_is_refused_wherever_it_is_cut(void **state)
{
	static const char whole[] = "<?xml version=\"1.0\"?><a x=\"1\"><b>&#x41;&amp;</b><!-- c --><![CDATA[d]]></a>";
	struct buf out CLEANUP(buf_release);
	struct err e;

	(void)state;
	buf_init(&out, 1000);
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		char *copy = malloc(n + 1);

		assert_non_null(copy);
		memcpy(copy, whole, n);
		assert_int_equal(xml_read(copy, n, note, &out, &e), ERR_CORRUPT);
		free(copy);
	}
	assert_int_equal(xml_read(whole, sizeof whole - 1, note, &out, &e), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_told_at_their_end_with_their_text),
		cmocka_unit_test(the_five_entities_and_numbers_are_characters),
		cmocka_unit_test(what_can_grow_or_fetch_is_refused),
		cmocka_unit_test(what_is_not_well_formed_is_refused),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(depth_names_and_text_have_their_bounds),
		cmocka_unit_test(a_cut_text_is_refused_wherever_it_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
