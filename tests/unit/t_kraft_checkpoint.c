/* t_kraft_checkpoint.c - the starting records of a formatted node: which nodes are taken, and what is written */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/kraft_formatted.h"

static int
open_node(struct kraft_fixture *f, struct checkpoint *c)
{
	const char *dirs[] = { f->dir };
	int rc;

	f->err = (struct err){ 0 };
	rc = checkpoint_open(c, f->dir, dirs, 1, &f->err);
	if (rc == 0)
		return 0;
	assert_int_equal(rc, f->err.code);
	return rc;
}

static void
refuse(struct kraft_fixture *f, int code, const char *why)
{
	struct checkpoint c;

	assert_int_equal(open_node(f, &c), code);
	if (strstr(f->err.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", f->err.text, why);
}

static void
file_in(struct kraft_fixture *f, const char *name)
{
	kraft_file(f, name, "", 0);
}

/* ---- which nodes ---- */

static void
a_node_formatted_by_4_4_has_its_records_in_the_zero_checkpoint(void **state)
{
	struct kraft_fixture *f = *state;
	struct checkpoint c;

	node_format(f, NODE_4_4);
	assert_int_equal(open_node(f, &c), 0);
	assert_true(c.found);
	assert_string_equal(c.node.cluster, NODE_CLUSTER);
	assert_int_equal(c.node.node, 1);
	assert_non_null(strstr(c.path, "/" METADATA_LOG_FOLDER "/" ZERO_CHECKPOINT));
	assert_int_equal(c.records.count, 2);
	assert_int_equal(c.image.users.count, 1);
	checkpoint_close(&c);
}

static void
the_voters_of_a_dynamic_quorum_are_those_of_the_zero_checkpoint(void **state)
{
	struct kraft_fixture *f = *state;
	struct checkpoint c;

	node_format(f, NODE_DYNAMIC);
	assert_int_equal(open_node(f, &c), 0);
	assert_int_equal(c.voters.count, 1);
	assert_int_equal(c.voters.items[0].node, 1);
	assert_string_equal(c.voters.items[0].host, "127.0.0.1");
	assert_int_equal(c.voters.items[0].port, 23243);
	checkpoint_close(&c);
}

static void
one_formatted_by_an_older_version_has_bootstrap_checkpoint(void **state)
{
	struct kraft_fixture *f = *state;
	struct checkpoint c;

	node_format(f, NODE_STATIC); /* without the log's folder, even */
	assert_int_equal(open_node(f, &c), 0);
	assert_non_null(strstr(c.path, "/bootstrap.checkpoint"));
	assert_int_equal(c.records.count, 2);
	checkpoint_close(&c);
}

static void
a_zero_checkpoint_of_control_records_alone_is_passed_over(void **state)
{
	struct kraft_fixture *f = *state;
	struct checkpoint c;

	node_format(f, NODE_DYNAMIC); /* as 4.3.1 makes it: the bytes are Kafka's */
	assert_int_equal(open_node(f, &c), 0);
	assert_non_null(strstr(c.path, "/bootstrap.checkpoint"));
	assert_int_equal(c.records.count, 2);
	checkpoint_close(&c);
	assert_int_equal(unlink(kraft_path(f, "bootstrap.checkpoint")), 0);
	refuse(f, ERR_UNSUPPORTED, "this version of Kafka is not known");
}

static void
a_node_without_a_controllers_role_has_none(void **state)
{
	struct kraft_fixture *f = *state;
	struct checkpoint c;

	kraft_properties(f, "", NODE_CLUSTER, 7);
	assert_int_equal(open_node(f, &c), 0);
	assert_false(c.found);
	assert_int_equal(c.node.node, 7);
	checkpoint_close(&c);
}

static void
a_node_that_was_started_is_refused(void **state)
{
	static const char *const files[] = { METADATA_LOG_FOLDER "/00000000000000000000.log",
		                             METADATA_LOG_FOLDER "/quorum-state",
		                             METADATA_LOG_FOLDER "/00000000000000000009-0000000001.checkpoint",
		                             "recovery-point-offset-checkpoint", ".kafka_cleanshutdown",
		                             "replication-offset-checkpoint", "orders-0", "a-b-12",
		                             "orders-0.0123456789abcdef0123456789abcdef-delete",
		                             "orders-0.0123456789abcdef0123456789abcdef-future",
		                             "orders-0.0123456789abcdef0123456789abcdef-stray" };
	struct kraft_fixture *f = *state;
	struct checkpoint c;
	size_t i;

	node_format(f, NODE_4_4);
	for (i = 0; i < LENGTH(files); i++) {
		file_in(f, files[i]);
		refuse(f, ERR_OPERATOR, "no freshly formatted node");
		assert_int_equal(unlink(kraft_path(f, files[i])), 0);
	}
	file_in(f, "lost+found"); /* and what else may be there is no ground */
	file_in(f, ".lock");
	file_in(f, "notes-of-a-person");
	assert_int_equal(open_node(f, &c), 0);
	checkpoint_close(&c);
}

static void
each_log_dir_is_of_this_cluster_and_untouched(void **state)
{
	struct kraft_fixture *f = *state;
	struct checkpoint c;
	char data[100];
	const char *dirs[] = { data, f->dir };

	node_format(f, NODE_4_4);
	(void)snprintf(data, sizeof data, "%s/data", f->dir);
	assert_int_equal(checkpoint_open(&c, f->dir, dirs, 2, &f->err), ERR_MISSING);
	assert_int_equal(mkdir(data, 0755), 0);
	assert_int_equal(checkpoint_open(&c, f->dir, dirs, 2, &f->err), ERR_MISSING);
	kraft_properties(f, "data", "of-another", 1);
	assert_int_equal(checkpoint_open(&c, f->dir, dirs, 2, &f->err), ERR_OPERATOR);
	assert_non_null(strstr(f->err.text, "of-another"));
	kraft_properties(f, "data", NODE_CLUSTER, 1);
	assert_int_equal(checkpoint_open(&c, f->dir, dirs, 2, &f->err), 0);
	checkpoint_close(&c);
	file_in(f, "data/orders-0");
	assert_int_equal(checkpoint_open(&c, f->dir, dirs, 2, &f->err), ERR_OPERATOR);
	assert_non_null(strstr(f->err.text, "orders-0 is in it"));
}

static void
symbolic_links_are_refused(void **state)
{
	struct kraft_fixture *f = *state;
	struct checkpoint c;
	char elsewhere[80];
	const char *dirs[] = { elsewhere };

	node_format(f, NODE_4_4);
	(void)snprintf(elsewhere, sizeof elsewhere, "%s.link", f->dir);
	assert_int_equal(symlink(f->dir, elsewhere), 0);
	assert_int_equal(checkpoint_open(&c, elsewhere, dirs, 0, &f->err), ERR_OPERATOR);
	assert_non_null(strstr(f->err.text, "symbolic link"));
	assert_int_equal(checkpoint_open(&c, f->dir, dirs, 1, &f->err), ERR_OPERATOR);
	assert_int_equal(unlink(elsewhere), 0);
	assert_int_equal(rename(kraft_path(f, METADATA_LOG_FOLDER "/" ZERO_CHECKPOINT), kraft_path(f, "x")), 0);
	assert_int_equal(symlink("../x", kraft_path(f, METADATA_LOG_FOLDER "/" ZERO_CHECKPOINT)), 0);
	assert_true(open_node(f, &c) != 0);
	assert_int_equal(rename(kraft_path(f, METADATA_LOG_FOLDER), kraft_path(f, "y")), 0);
	assert_int_equal(symlink("y", kraft_path(f, METADATA_LOG_FOLDER)), 0);
	assert_true(open_node(f, &c) != 0);
	assert_int_equal(unlink(kraft_path(f, METADATA_LOG_FOLDER)), 0);
	assert_int_equal(symlink("/etc/hostname", kraft_path(f, "bootstrap.checkpoint")), 0);
	assert_true(open_node(f, &c) != 0);
}

/* ---- meta.properties ---- */

static void
properties_are(struct kraft_fixture *f, const char *text, int code)
{
	struct node_properties node;

	kraft_file(f, "meta.properties", text, strlen(text));
	assert_int_equal(node_properties_read(f->dir, &node, &f->err), code);
	if (code == 0)
		assert_int_equal(node.node, 12);
}

static void
meta_properties_are_those_of_kraft(void **state)
{
	struct kraft_fixture *f = *state;
	struct node_properties node;

	assert_int_equal(node_properties_read(f->dir, &node, &f->err), ERR_MISSING);
	properties_are(f, "node.id=12\nversion=1\ncluster.id=abc\n", 0);
	properties_are(f, "#\nversion=1\r\ncluster.id=abc\r\nnode.id=12\r\n", 0);
	properties_are(f, "cluster.id=abc\nversion=1\nnode.id=12", 0);
	properties_are(f, "cluster.id=abc\nversion=0\nbroker.id=12\n", ERR_CORRUPT); /* ZooKeeper's */
	properties_are(f, "cluster.id=abc\nversion=2\nnode.id=12\n", ERR_CORRUPT);
	properties_are(f, "cluster.id=\nversion=1\nnode.id=12\n", ERR_CORRUPT);
	properties_are(f, "cluster.id=abc\nversion=1\nnode.id=-12\n", ERR_CORRUPT);
	properties_are(f, "cluster.id=abc\nversion=1\nnode.id=99999999999999999999\n", ERR_CORRUPT);
	properties_are(f, "cluster.id=abc\nversion=1\nnode.id=2147483648\n", ERR_CORRUPT);
	properties_are(f, "xcluster.id=abc\nversion=1\nnode.id=12\n", ERR_CORRUPT);
	properties_are(f, "", ERR_CORRUPT);
	assert_int_equal(unlink(kraft_path(f, "meta.properties")), 0);
	assert_int_equal(symlink("/etc/hostname", kraft_path(f, "meta.properties")), 0);
	assert_int_equal(node_properties_read(f->dir, &node, &f->err), ERR_OPERATOR);
}

/* ---- a file that is none ---- */

static void
a_checkpoint_that_is_cut_anywhere_is_refused(void **state)
{
	struct kraft_fixture *f = *state;
	struct buf whole;
	struct checkpoint c;
	size_t len;

	node_format(f, NODE_4_4);
	whole = kraft_read_file(kraft_path(f, METADATA_LOG_FOLDER "/" ZERO_CHECKPOINT));
	for (len = 0; len < whole.len; len++) {
		struct buf part = { .data = whole.data, .len = len };

		kraft_log_file(f, ZERO_CHECKPOINT, &part);
		assert_int_equal(open_node(f, &c), ERR_CORRUPT);
	}
	buf_release(&whole);
}

static void
a_flipped_bit_is_refused_or_told(void **state)
{
	struct kraft_fixture *f = *state;
	struct buf whole;
	struct checkpoint c;
	size_t i;

	node_format(f, NODE_4_4);
	whole = kraft_read_file(kraft_path(f, METADATA_LOG_FOLDER "/" ZERO_CHECKPOINT));
	for (i = 0; i < whole.len * 8; i++) {
		whole.data[i / 8] = (char)(whole.data[i / 8] ^ 1 << i % 8);
		kraft_log_file(f, ZERO_CHECKPOINT, &whole);
		whole.data[i / 8] = (char)(whole.data[i / 8] ^ 1 << i % 8);
		if (open_node(f, &c) == 0) { /* a leader epoch, which the checksum does not cover */
			assert_int_equal(c.records.count, 2);
			checkpoint_close(&c);
		} else {
			assert_int_equal(f->err.code, ERR_CORRUPT);
		}
	}
	buf_release(&whole);
}

static void
records_that_are_not_understood_are_no_ground_to_add_to(void **state)
{
	struct kraft_fixture *f = *state;

	kraft_properties(f, "", NODE_CLUSTER, 1);
	make_feature(&f->records, "metadata.version", 25);
	make_raw(&f->records, 99, 0, "", 0);
	kraft_checkpoint(f, 0, 0);
	refuse(f, ERR_UNSUPPORTED, "type 99");
	make_user(&f->records, "admin", 1, 1);
	kraft_checkpoint(f, 0, 0);
	refuse(f, ERR_CORRUPT, "has no metadata.version");
}

static void
control_records_between_the_records_are_refused(void **state)
{
	struct kraft_fixture *f = *state;
	int64_t next;

	kraft_properties(f, "", NODE_CLUSTER, 1);
	next = control_batch_of(&f->bytes, 0, 0, CONTROL_SNAPSHOT_HEADER);
	make_feature(&f->records, "metadata.version", 25);
	next = kraft_batch(f, next, 0);
	next = control_batch_of(&f->bytes, next, 0, CONTROL_KRAFT_VERSION);
	next = control_batch_of(&f->bytes, next, 0, CONTROL_SNAPSHOT_FOOTER);
	kraft_log_file(f, ZERO_CHECKPOINT, &f->bytes);
	refuse(f, ERR_UNSUPPORTED, "control records stand between");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, kraft_setup, kraft_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(a_node_formatted_by_4_4_has_its_records_in_the_zero_checkpoint),
		CASE(one_formatted_by_an_older_version_has_bootstrap_checkpoint),
		CASE(the_voters_of_a_dynamic_quorum_are_those_of_the_zero_checkpoint),
		CASE(a_zero_checkpoint_of_control_records_alone_is_passed_over),
		CASE(a_node_without_a_controllers_role_has_none),
		CASE(a_node_that_was_started_is_refused),
		CASE(each_log_dir_is_of_this_cluster_and_untouched),
		CASE(symbolic_links_are_refused),
		CASE(meta_properties_are_those_of_kraft),
		CASE(a_checkpoint_that_is_cut_anywhere_is_refused),
		CASE(a_flipped_bit_is_refused_or_told),
		CASE(records_that_are_not_understood_are_no_ground_to_add_to),
		CASE(control_records_between_the_records_are_refused),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
