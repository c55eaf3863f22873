/* t_kraft_voters.c - the record of a dynamic quorum's voters: whose endpoints it names, and what is none */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/kraft/voters.h"
#include "core/kraft/wire.h"

static void
text_of(struct buf *out, const char *text)
{
	wire_varlong(out, strlen(text) + 1);
	(void)buf_add(out, text, strlen(text));
}

static void
endpoint_of(struct buf *out, const char *host, unsigned port)
{
	text_of(out, "CONTROLLER");
	text_of(out, host);
	wire_number(out, port, 2);
	wire_varlong(out, 0);
}

static void
voter_begin(struct buf *out, int32_t node, size_t endpoints)
{
	wire_number(out, (uint32_t)node, 4);
	wire_number(out, 1, 8); /* the directory's id */
	wire_number(out, 2, 8);
	wire_varlong(out, endpoints + 1);
}

static void
voter_end(struct buf *out)
{
	wire_number(out, 1, 4); /* kraft.version 0 to 1 */
	wire_varlong(out, 0);
	wire_varlong(out, 0);
}

static void
record_begin(struct buf *out, unsigned version, size_t voters)
{
	buf_init(out, (size_t)1 << 20);
	wire_number(out, version, 2);
	wire_varlong(out, voters + 1);
}

/* Voters 1 to count, each with one endpoint. */
static void
record_of(struct buf *out, size_t count, const char *host, unsigned port)
{
	size_t i;

	record_begin(out, 0, count);
	for (i = 0; i < count; i++) {
		voter_begin(out, (int32_t)i + 1, 1);
		endpoint_of(out, host, port);
		voter_end(out);
	}
	wire_varlong(out, 0);
}

/* From memory of its own, so that a sanitizer sees its end. */
static int
read_bytes(const struct buf *b, size_t len, struct voters *v, struct err *e)
{
	unsigned char *bytes = malloc(len + 1);
	int rc;

	assert_non_null(bytes);
	assert_false(b->failed);
	memcpy(bytes + 1, b->data, len);
	rc = voters_read(bytes + 1, len, v, e);
	free(bytes);
	assert_true(rc == 0 || v->count == 0);
	return rc;
}

static void
refused(const struct buf *b, int code, const char *why)
{
	struct voters v;
	struct err e = { 0 };

	assert_int_equal(read_bytes(b, b->len, &v, &e), code);
	if (strstr(e.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", e.text, why);
}

static void
each_endpoint_is_read_with_its_voter(void **state)
{
	CLEANUP(buf_release) struct buf b;
	struct voters v;
	struct err e = { 0 };

	(void)state;
	record_begin(&b, 0, 2);
	voter_begin(&b, 3, 2);
	endpoint_of(&b, "kafka-3.example_net", 9093);
	endpoint_of(&b, "fd00::3", 65535);
	voter_end(&b);
	voter_begin(&b, 7, 0);
	voter_end(&b);
	wire_varlong(&b, 0);
	assert_int_equal(read_bytes(&b, b.len, &v, &e), 0);
	assert_int_equal(v.count, 2);
	assert_int_equal(v.items[0].node, 3);
	assert_string_equal(v.items[0].host, "kafka-3.example_net");
	assert_int_equal(v.items[0].port, 9093);
	assert_int_equal(v.items[1].node, 3);
	assert_string_equal(v.items[1].host, "fd00::3");
	assert_int_equal(v.items[1].port, 65535);
}

static void
tags_of_a_later_kafka_are_passed_over(void **state)
{
	CLEANUP(buf_release) struct buf b;
	struct voters v;
	struct err e = { 0 };

	(void)state;
	record_of(&b, 1, "a", 1);
	b.len--;
	wire_varlong(&b, 2); /* two tags: 0, of three bytes, and 9, of none */
	(void)buf_add(&b, "\0\3abc\11\0", 7);
	assert_int_equal(read_bytes(&b, b.len, &v, &e), 0);
	assert_int_equal(v.count, 1);
}

static void
a_record_that_is_cut_anywhere_is_refused(void **state)
{
	CLEANUP(buf_release) struct buf b;
	struct voters v;
	struct err e;
	size_t len;

	(void)state;
	record_of(&b, 3, "host", 9093);
	for (len = 0; len < b.len; len++)
		assert_int_equal(read_bytes(&b, len, &v, &e), ERR_CORRUPT);
	(void)buf_add_char(&b, 0);
	refused(&b, ERR_CORRUPT, "makes no sense");
}

static void
any_byte_that_is_another_harms_nothing(void **state)
{
	CLEANUP(buf_release) struct buf b;
	struct voters v;
	struct err e;
	size_t i;
	unsigned n;

	(void)state;
	record_of(&b, 3, "host", 9093);
	for (i = 0; i < b.len; i++) {
		char was = b.data[i];

		for (n = 0; n < 256; n++) {
			b.data[i] = (char)n;
			(void)read_bytes(&b, b.len, &v, &e);
			assert_true(v.count <= 3);
		}
		b.data[i] = was;
	}
}

static void
more_endpoints_than_a_quorum_has_are_refused(void **state)
{
	CLEANUP(buf_release) struct buf b;
	struct voters v;
	struct err e = { 0 };

	(void)state;
	record_of(&b, VOTER_ENDPOINTS_MAX, "host", 9093);
	assert_int_equal(read_bytes(&b, b.len, &v, &e), 0);
	assert_int_equal(v.count, VOTER_ENDPOINTS_MAX);
	buf_release(&b);
	record_of(&b, VOTER_ENDPOINTS_MAX + 1, "host", 9093);
	refused(&b, ERR_UNSUPPORTED, "more than 64");
}

static void
a_count_that_lies_ends_with_the_bytes(void **state)
{
	CLEANUP(buf_release) struct buf b;

	(void)state;
	record_begin(&b, 0, UINT32_MAX - 1);
	voter_begin(&b, 1, UINT32_MAX - 1);
	refused(&b, ERR_CORRUPT, "makes no sense");
	buf_release(&b);
	buf_init(&b, 100);
	wire_number(&b, 0, 2);
	wire_varlong(&b, 0); /* null, which the schema does not allow */
	wire_varlong(&b, 0);
	refused(&b, ERR_CORRUPT, "makes no sense");
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const hosts[] = { "", "a b", "user@host", "host/path", "h\nost", "[::1]", "h%C3",
		                             "\xc3\xa4" };
	char long_one[VOTER_HOST_MAX + 2] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(hosts); i++) {
		CLEANUP(buf_release) struct buf b;

		record_of(&b, 1, hosts[i], 9093);
		refused(&b, ERR_CORRUPT, "makes no sense");
	}
	CLEANUP(buf_release) struct buf no_port, too_long;
	record_of(&no_port, 1, "host", 0);
	refused(&no_port, ERR_CORRUPT, "makes no sense");
	memset(long_one, 'h', VOTER_HOST_MAX + 1);
	record_of(&too_long, 1, long_one, 9093);
	refused(&too_long, ERR_CORRUPT, "makes no sense");
}

static void
another_version_is_named(void **state)
{
	CLEANUP(buf_release) struct buf b;

	(void)state;
	record_begin(&b, 1, 0);
	refused(&b, ERR_UNSUPPORTED, "version 1");
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		cmocka_unit_test(each_endpoint_is_read_with_its_voter),
		cmocka_unit_test(tags_of_a_later_kafka_are_passed_over),
		cmocka_unit_test(a_record_that_is_cut_anywhere_is_refused),
		cmocka_unit_test(any_byte_that_is_another_harms_nothing),
		cmocka_unit_test(more_endpoints_than_a_quorum_has_are_refused),
		cmocka_unit_test(a_count_that_lies_ends_with_the_bytes),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(another_version_is_named),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
