/* t_kraft_seed_rules.c - which lines are seeded at all: what was formatted stays, what makes no sense adds nothing */
#include <stdio.h>
#include <string.h>

#include "core/kraft/seed.h"
#include "tests/unit/kraft_fixture.h"

#define USER_VALUE                                                                                 \
	"{\"SCRAM-SHA-256\":{\"iterations\":4096,\"salt\":\"BAQE\","                               \
	"\"server_key\":\"BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=\","                         \
	"\"stored_key\":\"BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=\"}}"
#define OTHER_VALUE                                                                                \
	"{\"SCRAM-SHA-256\":{\"iterations\":8192,\"salt\":\"BQUF\","                               \
	"\"server_key\":\"BQQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=\","                         \
	"\"stored_key\":\"BQQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=\"}}"
#define ACL_KEY "[\"TOPIC\",\"LITERAL\",\"t\",\"User:a\",\"*\",\"READ\",\"ALLOW\"]"

struct lines {
	struct line_set none, formatted;
	struct seed     seed;
};

static const int32_t brokers[] = { 1, 2 };

static void
begin(struct lines *l)
{
	struct err e;

	line_set_init(&l->none, 1 << 20);
	assert_int_equal(line_set_sort(&l->none, &e), 0);
	assert_int_equal(line_set_sort(&l->formatted, &e), 0);
	l->seed = (struct seed){ .brokers = brokers, .broker_count = 2, .identities = &l->none,
		                 .formatted = &l->formatted, .metadata_version = 33 };
	assert_int_equal(seed_begin(&l->seed, &e), 0);
}

static struct line
line_of(enum kind kind, const char *key, const char *value)
{
	return (struct line){ .kind = kind, .key = key, .key_len = strlen(key), .value = value,
		              .value_len = strlen(value) };
}

static void
formatted(struct lines *l, enum kind kind, const char *key, const char *value)
{
	struct line line = line_of(kind, key, value);
	struct err e;

	assert_int_equal(line_set_add(&l->formatted, &line, &e), 0);
}

static int
seed(struct lines *l, enum kind kind, const char *key, const char *value, struct err *e)
{
	struct line line = line_of(kind, key, value);

	*e = (struct err){ 0 };
	return seed_line(&l->seed, &line, e);
}

static size_t
records(const struct lines *l)
{
	size_t i, n = 0;

	for (i = 0; i < SEED_SECTIONS; i++)
		n += l->seed.sections[i].count;
	return n;
}

static void
end(struct lines *l)
{
	seed_release(&l->seed);
	line_set_release(&l->none);
	line_set_release(&l->formatted);
}

static void
users_and_acls_that_were_formatted_are_not_written_again(void **state)
{
	struct lines l;
	struct err e;

	(void)state;
	line_set_init(&l.formatted, 1 << 20);
	formatted(&l, KIND_USER, "admin", USER_VALUE);
	formatted(&l, KIND_ACL, ACL_KEY, "{}");
	begin(&l);
	assert_int_equal(seed(&l, KIND_USER, "admin", OTHER_VALUE, &e), 0); /* the manager's new password stays */
	assert_int_equal(seed(&l, KIND_ACL, ACL_KEY, "{}", &e), 0);
	assert_int_equal(records(&l), 0);
	assert_int_equal(l.seed.there, 2);
	assert_int_equal(seed(&l, KIND_USER, "alice", OTHER_VALUE, &e), 0);
	assert_int_equal(records(&l), 1);
	assert_int_equal(l.seed.added, 1);
	end(&l);
}

#define INSYNC(n) "{\"configs\":{\"min.insync.replicas\":\"" n "\"}}"

static void
configs_of_the_snapshot_win_over_those_of_format(void **state)
{
	struct lines l;
	struct err e;

	(void)state;
	line_set_init(&l.formatted, 1 << 20);
	formatted(&l, KIND_CLUSTER_CONFIG, "default", INSYNC("1"));
	begin(&l);
	assert_int_equal(seed(&l, KIND_CLUSTER_CONFIG, "default", INSYNC("1"), &e), 0);
	assert_int_equal(records(&l), 0);
	assert_int_equal(seed(&l, KIND_CLUSTER_CONFIG, "default", INSYNC("2"), &e), 0);
	assert_int_equal(records(&l), 1);
	end(&l);
}

static void
the_same_acl_has_the_same_id_on_every_controller(void **state)
{
	struct lines one, two;
	struct err e;

	(void)state;
	line_set_init(&one.formatted, 1 << 20);
	line_set_init(&two.formatted, 1 << 20);
	begin(&one);
	begin(&two);
	assert_int_equal(seed(&one, KIND_ACL, ACL_KEY, "{}", &e), 0);
	assert_int_equal(seed(&two, KIND_ACL, ACL_KEY, "{}", &e), 0);
	assert_int_equal(one.seed.sections[SEED_ACLS].bytes.len, two.seed.sections[SEED_ACLS].bytes.len);
	assert_memory_equal(one.seed.sections[SEED_ACLS].bytes.data, two.seed.sections[SEED_ACLS].bytes.data,
	                    one.seed.sections[SEED_ACLS].bytes.len);
	end(&one);
	end(&two);
}

static void
a_line_that_is_not_as_the_format_says_adds_nothing(void **state)
{
	static const struct {
		enum kind kind;
		const char *key, *value;
	} cases[] = {
		{ KIND_TOPIC, "t", "{\"configs\":{},\"partitions\":0,\"replication_factor\":1}" },
		{ KIND_TOPIC, "t", "{\"configs\":{},\"partitions\":1,\"replication_factor\":3}" },
		{ KIND_TOPIC, "t", "{\"configs\":{},\"partitions\":100001,\"replication_factor\":1}" },
		{ KIND_TOPIC, "t", "{\"configs\":{},\"partitions\":-1,\"replication_factor\":1}" },
		{ KIND_TOPIC, "t", "{\"configs\":{},\"partitions\":\"1\",\"replication_factor\":1}" },
		{ KIND_TOPIC, "t", "{\"partitions\":1,\"replication_factor\":1}" },
		{ KIND_TOPIC, "t", "{\"configs\":{\"a\":\"1\",\"b\":2},\"partitions\":1,\"replication_factor\":1}" },
		{ KIND_CLUSTER_CONFIG, "default", "{\"configs\":[]}" },
		{ KIND_GROUP_CONFIG, "g", "{\"configs\":{\"a\":\"1\",\"b\":null}}" },
		{ KIND_USER, "u", "{\"SCRAM-SHA-1\":{}}" },
		{ KIND_USER, "u", "{\"SCRAM-SHA-256\":{\"iterations\":0}}" },
		{ KIND_USER, "u", "{\"SCRAM-SHA-256\":{\"iterations\":1,\"salt\":\"BAQE\",\"server_key\":\"BAQE\","
		                  "\"stored_key\":\"BAQE\"}}" },
		{ KIND_USER, "u", "{\"SCRAM-SHA-256\":{\"iterations\":1,\"salt\":\"\",\"server_key\":\"\","
		                  "\"stored_key\":\"\"}}" },
		{ KIND_ACL, "not JSON", "{}" },
		{ KIND_ACL, "[\"TOPIC\"]", "{}" },
		{ KIND_ACL, "[\"TOPIC\",\"LITERAL\",\"t\",\"User:a\",\"*\",\"FLY\",\"ALLOW\"]", "{}" },
		{ KIND_ACL, "[\"TOPIC\",\"LITERAL\",\"t\",\"User:a\",\"*\",\"128\",\"ALLOW\"]", "{}" },
		{ KIND_ACL, "[\"TOPIC\",\"LITERAL\",\"t\",\"User:a\",\"*\",3,\"ALLOW\"]", "{}" },
		{ KIND_QUOTA, "{}", "{\"quotas\":{\"k\":1}}" },
		{ KIND_QUOTA, "{\"user\":1}", "{\"quotas\":{\"k\":1}}" },
		{ KIND_QUOTA, "{\"user\":\"a\"}", "{\"quotas\":{\"a\":1,\"k\":\"1\"}}" },
		{ KIND_QUOTA, "{\"user\":\"a\"}", "[]" },
		{ KIND_QUOTA, "{\"user\":\"a\"}", "{" },
	};
	struct lines l;
	struct err e;
	size_t i;

	(void)state;
	line_set_init(&l.formatted, 1 << 20);
	begin(&l);
	for (i = 0; i < LENGTH(cases); i++) {
		if (seed(&l, cases[i].kind, cases[i].key, cases[i].value, &e) != ERR_CORRUPT)
			fail_msg("%s %s was taken", cases[i].key, cases[i].value);
		assert_int_equal(records(&l), 0);
		assert_null(strstr(e.text, "BAQE")); /* no secret in an error */
	}
	assert_int_equal(seed(&l, KIND_CONNECTOR, "c", "{}", &e), ERR_UNSUPPORTED);
	assert_int_equal(l.seed.added, 0);
	assert_int_equal(seed(&l, KIND_USER, "u", USER_VALUE, &e), 0); /* and the next one is */
	assert_int_equal(records(&l), 1);
	end(&l);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
		cmocka_unit_test(users_and_acls_that_were_formatted_are_not_written_again),
		cmocka_unit_test(configs_of_the_snapshot_win_over_those_of_format),
		cmocka_unit_test(the_same_acl_has_the_same_id_on_every_controller),
		cmocka_unit_test(a_line_that_is_not_as_the_format_says_adds_nothing),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
