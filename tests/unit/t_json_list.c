/* t_json_list.c - a list whose elements are given while it is read */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"

#define DEPTH 8

struct given {
	struct buf text; /* of all elements, with a blank behind each */
	unsigned   count, refuse_at;
};

static int
take_element(void *arg, struct json_object *element, struct err *e)
{
	struct given *g = arg;
	struct json j;

	if (++g->count == g->refuse_at)
		return err_set(e, ERR_OPERATOR, "that one not");
	json_init(&j, &g->text);
	json_value(&j, element);
	(void)buf_add_char(&g->text, ' ');
	return 0;
}

static void
the_elements_of_a_list_are_given_one_by_one(void **state)
{
	static const struct {
		const char *text;
		int         rc;
		const char *given;
	} cases[] = {
		{ "[]", 0, "" },
		{ " [ 1 , \"a\\n\" , [2,{\"b\":3}] , null ] ", 0, "1 \"a\\u000a\" [2,{\"b\":3}] null " },
		{ "[1,2", ERR_CORRUPT, "1 2 " },
		{ "[1,]", ERR_CORRUPT, "1 " },
		{ "[1] 2", ERR_CORRUPT, "1 " },
		{ "[1,\"\xff\"]", ERR_CORRUPT, "" },
		{ "{\"a\":1}", ERR_CORRUPT, "" },
		{ "null", ERR_CORRUPT, "" },
		{ "", ERR_CORRUPT, "" },
		{ "[[[[[[[[[1]]]]]]]]]", ERR_CORRUPT, "" }, /* nine deep */
		{ "[[[[[[[[1]]]]]]]]", 0, "[[[[[[[1]]]]]]] " },
		{ "[1,2,3,4]", ERR_OPERATOR, "1 2 " }, /* by whom they are given to */
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct given g = { .refuse_at = cases[i].rc == ERR_OPERATOR ? 3 : 0 };
		size_t len = strlen(cases[i].text);
		struct err e = { 0 };

		buf_init(&g.text, 1000);
		assert_int_equal(json_parse_list(cases[i].text, len, DEPTH, take_element, &g, &e), cases[i].rc);
		assert_string_equal(buf_text(&g.text), cases[i].given);
		assert_int_equal(json_parse_list(cases[i].text, len, 0, take_element, &g, &e), ERR_CORRUPT);
		assert_int_equal(json_begins_list(cases[i].text, len), strchr(cases[i].text, '[') != NULL);
		buf_release(&g.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_elements_of_a_list_are_given_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
