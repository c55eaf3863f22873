/* checkpoint.c - reading, see checkpoint.h; checkpoint_write.c writes */
#include "core/kraft/checkpoint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/kraft/batch_file.h"
#include "core/kraft/log_folder.h"
#include "core/kraft/metadata_log.h"

#define BOOTSTRAP "bootstrap.checkpoint"
#define ZERO      "00000000000000000000-0000000000.checkpoint"

/* ---- is it fresh? ---- */

static int
used(const char *dir, const char *what, struct err *e)
{
	return err_set(e, ERR_OPERATOR,
	               "%s is no freshly formatted node: %s; records are only written between "
	               "kafka-storage format and the first start",
	               dir, what);
}

static int
check_directory(const char *dir, struct err *e)
{
	struct stat st;

	if (lstat(dir, &st) != 0)
		return err_set(e, errno == ENOENT ? ERR_MISSING : errno == EACCES ? ERR_DENIED : ERR_FAILED,
		               "%s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return used(dir, S_ISLNK(st.st_mode) ? "it is a symbolic link" : "it is no directory", e);
	return 0;
}

/*
 * TOPIC-NUMBER, as Kafka names the directories of partitions, or TOPIC-NUMBER.ID-delete, -future, -stray
 * (LogFileUtils, UnifiedLog); the metadata log is one too.
 */
static bool
is_partition(const char *name)
{
	const char *dash = strrchr(name, '-');

	if (dash != NULL && (strcmp(dash, "-delete") == 0 || strcmp(dash, "-future") == 0 ||
	                     strcmp(dash, "-stray") == 0))
		return true;
	return dash != NULL && dash != name && dash[1] != '\0' &&
	       dash[1 + strspn(dash + 1, "0123456789")] == '\0' && strcmp(name, METADATA_LOG_FOLDER) != 0;
}

/* Files that the first start makes. */
static bool
is_of_start(const char *name)
{
	static const char *const names[] = { "cleaner-offset-checkpoint", "log-start-offset-checkpoint",
		                             "recovery-point-offset-checkpoint",
		                             "replication-offset-checkpoint", ".kafka_cleanshutdown" };
	size_t i;

	for (i = 0; i < LENGTH(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return is_partition(name);
}

static int
check_untouched(const char *dir, struct err *e)
{
	const struct dirent *entry;
	char what[400];
	DIR *stream;
	int rc = check_directory(dir, e);

	if (rc != 0)
		return rc;
	stream = opendir(dir);
	if (stream == NULL)
		return err_set(e, errno == EACCES ? ERR_DENIED : ERR_FAILED, "%s: %s", dir, strerror(errno));
	for (errno = 0; rc == 0 && (entry = readdir(stream)) != NULL; errno = 0) {
		if (!is_of_start(entry->d_name))
			continue;
		(void)snprintf(what, sizeof what, "%.300s is in it", entry->d_name);
		rc = used(dir, what, e);
	}
	if (rc == 0 && errno != 0)
		rc = err_set(e, ERR_FAILED, "%s: %s", dir, strerror(errno));
	(void)closedir(stream);
	return rc;
}

static int
check_log_dirs(const struct checkpoint *c, const char *const *dirs, size_t count, struct err *e)
{
	struct node_properties node;
	size_t i;
	int rc = 0;

	for (i = 0; i < count && rc == 0; i++) {
		rc = check_untouched(dirs[i], e);
		if (rc == 0)
			rc = node_properties_read(dirs[i], &node, e);
		if (rc == 0 && strcmp(node.cluster, c->node.cluster) != 0)
			rc = err_set(e, ERR_OPERATOR,
			             "%s was formatted for the cluster %s, and the metadata log's directory for %s",
			             dirs[i], node.cluster, c->node.cluster);
	}
	return rc;
}

/* The folder of the log: absent, or with checkpoints of offset 0 alone. */
static int
check_log(const struct log_folder *f, const char *dir, struct err *e)
{
	if (f->segment_count > 0 || faccessat(f->fd, "quorum-state", F_OK, 0) == 0)
		return used(dir, "its metadata log was begun", e);
	if (f->checkpoint_count > 1 || (f->checkpoint_count == 1 && f->checkpoints[0].offset > 0))
		return used(dir, "its metadata log has a checkpoint of a running node", e);
	return 0;
}

/* ---- the records ---- */

static int
keep_control(struct checkpoint *c, const struct batch *b, const unsigned char *bytes, size_t size,
             bool footer, struct err *e)
{
	struct buf *to = footer ? &c->foot : &c->head;

	if (!footer && c->records.count > 0)
		return err_set(e, ERR_UNSUPPORTED, "control records stand between the records");
	if (c->foot.len > 0)
		return err_set(e, ERR_CORRUPT, "batches stand behind its end");
	if (!footer)
		c->head_records += b->count;
	return buf_add(to, bytes, size) == 0 ? 0 : err_memory(e, "reading a checkpoint");
}

/* Records that do nothing stand between large ones, see checkpoint_write.c: they are put there anew. */
static bool
is_filler(const struct batch_record *record)
{
	struct err e;
	unsigned type, version;

	return record_peek(record->value, record->value_len, &type, &version, &e) == 0 &&
	       type == RECORD_NO_OP;
}

static int
take_batch(struct checkpoint *c, struct batch *b, const unsigned char *bytes, size_t size, struct err *e)
{
	struct batch_record record;
	bool footer = false;
	uint32_t read = 0;
	int rc;

	while ((rc = batch_next(b, &read, &record, e)) > 0) {
		footer = footer || (b->control && record.control == CONTROL_SNAPSHOT_FOOTER);
		if (b->control && record.control == CONTROL_KRAFT_VOTERS)
			rc = voters_read(record.value, record.value_len, &c->voters, e);
		else if (b->control || is_filler(&record))
			rc = 0;
		else {
			frames_add(&c->records, record.value, record.value_len);
			rc = image_apply(&c->image, record.value, record.value_len, record.offset, e);
		}
		if (rc != 0)
			return rc;
	}
	c->timestamp = b->timestamp;
	if (rc == 0 && b->control)
		rc = keep_control(c, b, bytes, size, footer, e);
	return rc;
}

static void
forget(struct checkpoint *c)
{
	image_release(&c->image);
	frames_release(&c->records);
	buf_release(&c->head);
	buf_release(&c->foot);
	c->head_records = 0;
}

/* Read the whole file; its offsets go from 0 without a gap. */
static int
read_file(struct checkpoint *c, int directory, const char *name, struct err *e)
{
	CLEANUP(batch_file_close) struct batch_file f;
	int64_t expected = 0;
	struct batch b;
	struct stat st;
	int rc;

	forget(c);
	rc = batch_file_open(&f, directory, name, e);
	if (rc != 0)
		return rc;
	if (fstat(f.fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_OPERATOR, "%s is no regular file", name);
	c->mode = st.st_mode & 07777;
	c->owner = st.st_uid;
	c->group = st.st_gid;
	while ((rc = batch_file_next(&f, &b, e)) > 0) {
		size_t size = BATCH_HEADER + cursor_left(&b.records);

		if (b.base_offset != expected)
			return err_set(e, ERR_CORRUPT, "%s: offset %lld where %lld should be", name,
			               (long long)b.base_offset, (long long)expected);
		expected = b.last_offset + 1;
		rc = take_batch(c, &b, b.records.end - size, size, e);
		if (rc != 0)
			return err_prefix(e, "%s", name);
	}
	if (rc == 0 && (f.cut || c->head.len == 0 || c->foot.len == 0))
		rc = err_set(e, ERR_CORRUPT, "%s has no end, or no beginning: it is cut off", name);
	return rc;
}

/* A kind that nobody can tell from these records is no ground to add to. */
static int
check_understood(const struct checkpoint *c, struct err *e)
{
	struct table_item level;
	unsigned i;

	for (i = 0; i < KIND_TABLE; i++)
		if (c->image.why[i].code != 0)
			return err_set(e, ERR_UNSUPPORTED, "%s: %s", c->path, c->image.why[i].text);
	if (!table_find(&c->image.features, "metadata.version", 16, &level))
		return err_set(e, ERR_CORRUPT, "%s has no metadata.version", c->path);
	return 0;
}

/* May a file be put in the place of this one, and be made like it? */
static int
check_ours(const struct checkpoint *c, struct err *e)
{
	if (faccessat(c->directory, ".", W_OK | X_OK, AT_EACCESS) != 0 ||
	    (geteuid() != 0 && geteuid() != c->owner))
		return err_set(e, ERR_DENIED,
		               "%s is of user %u, and this process, of user %u, may not replace it: run it as "
		               "root or as Kafka's own user",
		               c->path, (unsigned)c->owner, (unsigned)geteuid());
	return 0;
}

static int
choose(struct checkpoint *c, int directory, const char *dir, const char *folder, const char *name,
       struct err *e)
{
	c->directory = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	c->name = name;
	c->found = true;
	if (snprintf(c->path, sizeof c->path, "%s%s/%s", dir, folder, name) >= (int)sizeof c->path)
		return err_set(e, ERR_CONFIG, "a path of more than %zu bytes", sizeof c->path - 1);
	if (c->directory < 0)
		return err_set(e, ERR_FAILED, "%s: %s", c->path, strerror(errno));
	return check_understood(c, e) != 0 ? e->code : check_ours(c, e);
}

/* The zero checkpoint, if it holds a record of data; else bootstrap.checkpoint. */
static int
find(struct checkpoint *c, int parent, const struct log_folder *log, const char *dir, struct err *e)
{
	bool zero = log->fd >= 0 && log->checkpoint_count == 1;
	struct err missing;
	int rc = 0;

	if (zero)
		rc = read_file(c, log->fd, ZERO, e);
	if (rc != 0)
		return err_prefix(e, "%s", dir);
	if (zero && c->records.count > 0)
		return choose(c, log->fd, dir, "/" METADATA_LOG_FOLDER, ZERO, e);
	rc = read_file(c, parent, BOOTSTRAP, &missing);
	if (rc == 0)
		return choose(c, parent, dir, "", BOOTSTRAP, e);
	if (rc != ERR_MISSING) {
		*e = missing;
		return err_prefix(e, "%s", dir);
	}
	if (zero)
		return err_set(e, ERR_UNSUPPORTED,
		               "%s: the checkpoint of offset 0 holds no records, and there is no %s: this "
		               "version of Kafka is not known",
		               dir, BOOTSTRAP);
	forget(c);
	c->found = false; /* of 4.4 and later, formatted without the role of a controller */
	return 0;
}

static int
open_in(struct checkpoint *c, const char *dir, struct err *e)
{
	CLEANUP(log_folder_close) struct log_folder log = { .fd = -1 };
	struct err missing;
	int parent = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), rc;

	if (parent < 0)
		return err_set(e, errno == EACCES ? ERR_DENIED : ERR_FAILED, "%s: %s", dir, strerror(errno));
	rc = log_folder_open(&log, dir, METADATA_LOG_FOLDER, &missing);
	if (rc == 0)
		rc = check_log(&log, dir, e);
	else if (rc == ERR_MISSING)
		rc = 0;
	else
		*e = missing;
	if (rc == 0)
		rc = find(c, parent, &log, dir, e);
	(void)close(parent);
	return rc;
}

int
checkpoint_open(struct checkpoint *c, const char *dir, const char *const *log_dirs, size_t count,
                struct err *e)
{
	int rc;

	*c = (struct checkpoint){ .directory = -1 };
	frames_init(&c->records);
	buf_init(&c->head, BATCH_READ_MAX);
	buf_init(&c->foot, BATCH_READ_MAX);
	rc = check_untouched(dir, e);
	if (rc == 0)
		rc = node_properties_read(dir, &c->node, e);
	if (rc == 0)
		rc = check_log_dirs(c, log_dirs, count, e);
	if (rc == 0)
		rc = open_in(c, dir, e);
	if (rc != 0)
		checkpoint_close(c);
	return rc;
}

void
checkpoint_close(struct checkpoint *c)
{
	forget(c);
	if (c->directory >= 0)
		(void)close(c->directory);
	c->directory = -1;
}
