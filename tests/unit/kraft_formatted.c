/* kraft_formatted.c - see kraft_formatted.h */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/kraft/batch_file.h"
#include "tests/unit/kraft_formatted.h"
#include "tests/unit/kraft_real.h"

void
node_format(struct kraft_fixture *f, enum node_format format)
{
	kraft_properties(f, "", NODE_CLUSTER, 1);
	make_feature(&f->records, "metadata.version", 25);
	make_user(&f->records, "admin", 1, 1);
	if (format == NODE_4_4) {
		kraft_checkpoint(f, 0, 0);
		return;
	}
	checkpoint_of(&f->bytes, &f->records);
	frames_release(&f->records);
	kraft_file(f, "bootstrap.checkpoint", f->bytes.data, f->bytes.len);
	buf_clear(&f->bytes);
	if (format == NODE_DYNAMIC)
		kraft_file(f, METADATA_LOG_FOLDER "/" ZERO_CHECKPOINT, kafkas_checkpoint, sizeof kafkas_checkpoint);
	else
		assert_int_equal(rmdir(kraft_path(f, METADATA_LOG_FOLDER)), 0);
}

const char *
node_file(const struct kraft_fixture *f, enum node_format format)
{
	return kraft_path(f, format == NODE_4_4 ? METADATA_LOG_FOLDER "/" ZERO_CHECKPOINT : "bootstrap.checkpoint");
}

int
node_extend(const char *dir, const struct frames *records, struct err *e)
{
	const char *dirs[] = { dir };
	struct checkpoint c;
	int rc = checkpoint_open(&c, dir, dirs, 1, e);

	if (rc != 0)
		return rc;
	rc = checkpoint_extend(&c, records, e);
	checkpoint_close(&c);
	return rc;
}

void
node_records(struct kraft_fixture *f, enum node_format format)
{
	CLEANUP(batch_file_close) struct batch_file file;
	struct batch_record record;
	int64_t next = 0;
	struct batch b;
	int rc;

	frames_release(&f->records);
	assert_int_equal(batch_file_open(&file, AT_FDCWD, node_file(f, format), &f->err), 0);
	while ((rc = batch_file_next(&file, &b, &f->err)) > 0) {
		uint32_t read = 0;

		assert_int_equal(b.base_offset, next);
		assert_true(BATCH_HEADER + cursor_left(&b.records) <= BATCH_WRITE_MAX);
		assert_true(b.count <= BATCH_RECORDS_MAX);
		next = b.last_offset + 1;
		while ((rc = batch_next(&b, &read, &record, &f->err)) > 0)
			if (!b.control)
				frames_add(&f->records, record.value, record.value_len);
		assert_int_equal(rc, 0);
	}
	assert_int_equal(rc, 0);
	assert_false(file.cut);
}
