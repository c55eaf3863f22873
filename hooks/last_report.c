/* last_report.c - see last_report.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "hooks/last_report.h"
#include "hooks/operation.h"

#define LAST_REPORT "last-report.json"
#define LAST_REPORT_MAX ((size_t)16 << 20)

static int
replace(const char *state_dir, const char *bytes, size_t len)
{
	char path[4096], temporary[4096];
	int fd, rc;

	if ((size_t)snprintf(path, sizeof path, "%s/" LAST_REPORT, state_dir) >= sizeof path ||
	    (size_t)snprintf(temporary, sizeof temporary, "%s/." LAST_REPORT, state_dir) >=
	        sizeof temporary)
		return -1;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -1;
	rc = file_write_all(fd, bytes, len);
	if (close(fd) != 0 || rc != 0 || rename(temporary, path) != 0) {
		(void)unlink(temporary); /* the old one stays */
		return -1;
	}
	return 0;
}

void
last_report_write(struct operation *o)
{
	const char *dir = o->request.state_dir, *text;
	struct buf json;

	if (dir == NULL || o->request.hook == HOOK_COMMAND || o->request.hook == HOOK_CHECK ||
	    o->request.dry_run)
		return;
	text = report_json(&o->report, o->config->service, &json);
	if (text == NULL || replace(dir, text, json.len) != 0)
		log_say(o->loop.log, LOG_LEVEL_WARNING, "%s: cannot keep the report in %s: %s",
		        o->config->service, dir, strerror(errno));
	buf_release(&json);
}

/* It becomes a part of another report: nothing but JSON may. */
static int
check_report(const char *path, struct buf *out, struct err *e)
{
	struct json_object *report = NULL;
	int rc = json_parse(out->data, out->len, JSON_DEPTH_MAX, &report, e);

	(void)json_object_put(report);
	if (rc == 0)
		return 0;
	buf_clear(out);
	return err_set(e, ERR_FAILED, "%s: is no report any more: delete it, the next one comes by itself",
	               path);
}

int
last_report_read(const char *state_dir, struct buf *out, struct err *e)
{
	char path[4096], chunk[8192];
	ssize_t n;
	int fd;

	if (state_dir == NULL ||
	    (size_t)snprintf(path, sizeof path, "%s/" LAST_REPORT, state_dir) >= sizeof path)
		return err_set(e, ERR_UNSUPPORTED, "the host gave no state directory");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_MISSING : ERR_FAILED, "%s: %s", path,
		               errno == ENOENT ? "there is no report yet" : strerror(errno));
	buf_init(out, LAST_REPORT_MAX);
	while ((n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			(void)buf_add(out, chunk, (size_t)n);
	(void)close(fd); /* only read from */
	if (n == 0 && !out->failed)
		return check_report(path, out, e);
	buf_clear(out);
	return err_set(e, ERR_FAILED, "%s: cannot be read", path);
}
