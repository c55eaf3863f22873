/* kcb_files.c - see kcb_files.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "plugin/kcb_files.h"

#define DEFAULT_CONFIG "/etc/kafka-config-backup/service.json"
#define DEFAULT_STATE  "/var/lib/kafka-config-backup"
#define ANCHOR_MAX     4096u
#define REPORT_DEPTH   (JSON_DEPTH_MAX + 8) /* a report holds documents' values */

/* ---- reading ---- */

static int
read_all(int fd, struct buf *out)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof chunk)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (buf_add(out, chunk, (size_t)n) != 0) {
			errno = EFBIG;
			return -1;
		}
	}
	return 0;
}

/* 0, or errno's value. */
static int
read_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return errno;
	if (read_all(fd, out) != 0)
		error = errno;
	(void)close(fd); /* only read from */
	return error;
}

/* ---- the service's file ---- */

static bool
is_service_id(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= SERVICE_ID_MAX && text[0] != '.' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

/* What is wrong with the text is for the plugin to say: it knows the whole of it. */
static void
find_id(struct kcb_service *s)
{
	struct json_object *object CLEANUP(json_object_put) = NULL, *value;
	struct err e = { 0 };

	if (json_parse(s->text.data, s->text.len - 1, CONFIG_DEPTH_MAX, &object, &e) == 0 &&
	    json_object_is_type(object, json_type_object) &&
	    json_object_object_get_ex(object, "service", &value) &&
	    json_object_is_type(value, json_type_string) &&
	    is_service_id(json_object_get_string(value)))
		(void)snprintf(s->id, sizeof s->id, "%s", json_object_get_string(value));
}

int
kcb_files_service(struct kcb_service *ret, const char *path, struct err *e)
{
	const char *named = secure_getenv("KCB_CONFIG");
	int error;

	*ret = (struct kcb_service){ 0 };
	if (path == NULL)
		path = named != NULL && named[0] != '\0' ? named : DEFAULT_CONFIG;
	ret->path = path;
	buf_init(&ret->text, CONFIG_TEXT_MAX + 1);
	error = read_file(path, &ret->text);
	if (error == EFBIG)
		return err_set(e, ERR_CONFIG, "%s: longer than %u bytes", path, CONFIG_TEXT_MAX);
	if (error != 0)
		return err_set(e, ERR_CONFIG, "%s: cannot be read: %s; name the service's file with -c", path,
		               strerror(error));
	if (ret->text.len > 0 && memchr(ret->text.data, '\0', ret->text.len) != NULL)
		return err_set(e, ERR_CONFIG, "%s: holds a NUL byte, so it is no JSON", path);
	if (buf_add_char(&ret->text, '\0') != 0)
		return err_set(e, ERR_CONFIG, "%s: longer than %u bytes", path, CONFIG_TEXT_MAX);
	find_id(ret);
	return 0;
}

void
kcb_files_service_release(struct kcb_service *s)
{
	buf_release(&s->text);
}

/* ---- the folder for state ---- */

static int
check_folder(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return err_set(e, ERR_FAILED, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_FAILED, "%s: is no directory", path);
	if (st.st_uid != geteuid() || (st.st_mode & 022) != 0)
		return err_set(e, ERR_FAILED, "%s: must belong to this user and be writable by nobody else",
		               path);
	return 0;
}

int
kcb_files_state_dir(struct kcb_service *s, const char *dir, struct err *e)
{
	int n;

	if (dir == NULL && s->id[0] == '\0')
		return 0;
	if (dir != NULL)
		n = snprintf(s->state_dir, sizeof s->state_dir, "%s", dir);
	else
		n = snprintf(s->state_dir, sizeof s->state_dir, DEFAULT_STATE "/%s", s->id);
	if (n < 0 || (size_t)n >= sizeof s->state_dir) {
		s->state_dir[0] = '\0';
		return err_set(e, ERR_FAILED, "the name of the state directory is too long");
	}
	if (dir == NULL)
		(void)mkdir(DEFAULT_STATE, 0755); /* the next one says what is wrong */
	if ((mkdir(s->state_dir, 0700) == 0 || errno == EEXIST) && check_folder(s->state_dir, e) == 0)
		return 0;
	if (e->code == 0)
		(void)err_set(e, ERR_FAILED, "%s: cannot be made: %s", s->state_dir, strerror(errno));
	s->state_dir[0] = '\0';
	return e->code;
}

/* ---- the anchor ---- */

static bool
take_number(struct json_object *object, const char *key, uint64_t *ret)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return false;
	*ret = json_object_get_uint64(value);
	return true;
}

static bool
take_anchor(struct json_object *object, struct kcb_anchor *ret)
{
	struct json_object *hash;
	size_t len;

	*ret = (struct kcb_anchor){ 0 };
	if (!json_object_is_type(object, json_type_object) ||
	    !take_number(object, "epoch", &ret->epoch) ||
	    !take_number(object, "sequence", &ret->sequence) ||
	    !json_object_object_get_ex(object, "hash", &hash) ||
	    !json_object_is_type(hash, json_type_string))
		return false;
	len = strlen(json_object_get_string(hash));
	if (len == 0 || len >= sizeof ret->hash ||
	    strspn(json_object_get_string(hash), "0123456789abcdef") != len)
		return false;
	memcpy(ret->hash, json_object_get_string(hash), len + 1);
	ret->known = true;
	return true;
}

int
kcb_files_anchor_read(const char *path, struct kcb_anchor *ret, struct err *e)
{
	struct json_object *object CLEANUP(json_object_put) = NULL;
	CLEANUP(buf_release) struct buf text;
	int error;

	*ret = (struct kcb_anchor){ 0 };
	buf_init(&text, ANCHOR_MAX);
	error = read_file(path, &text);
	if (error == ENOENT)
		return 0;
	if (error != 0)
		return err_set(e, ERR_CONFIG, "the anchor %s: cannot be read: %s", path, strerror(error));
	if (text.len == 0 || json_parse(text.data, text.len, 2, &object, e) != 0 ||
	    !take_anchor(object, ret))
		return err_set(e, ERR_CONFIG, "the anchor %s: is not what kcb writes there; remove it only if the "
		               "store is known to be the right one", path);
	return 0;
}

void
kcb_files_anchor_take(const char *report, struct kcb_anchor *ret)
{
	struct json_object *object CLEANUP(json_object_put) = NULL, *anchor;
	struct err e = { 0 };

	*ret = (struct kcb_anchor){ 0 };
	if (report != NULL &&
	    json_parse(report, strlen(report), REPORT_DEPTH, &object, &e) == 0 &&
	    json_object_is_type(object, json_type_object) &&
	    json_object_object_get_ex(object, "anchor", &anchor))
		(void)take_anchor(anchor, ret);
}

static int
write_and_sync(int fd, const char *bytes, size_t len)
{
	return file_write_all(fd, bytes, len) != 0 ? -1 : fsync(fd);
}

/* So that the new name outlives a power cut. */
static void
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int fd;

	(void)snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
	               slash == NULL ? "." : path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return; /* the old anchor is a good one too */
	(void)fsync(fd); /* for the same reason */
	(void)close(fd);
}

int
kcb_files_anchor_write(const char *path, const struct kcb_anchor *anchor, struct err *e)
{
	char temporary[PATH_MAX], text[256];
	int fd, n, bad;

	if ((size_t)snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= sizeof temporary)
		return err_set(e, ERR_FAILED, "the anchor %.64s...: its name is too long", path);
	n = snprintf(text, sizeof text, "{\"epoch\":%llu,\"hash\":\"%s\",\"sequence\":%llu}\n",
	             (unsigned long long)anchor->epoch, anchor->hash,
	             (unsigned long long)anchor->sequence);
	fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		return err_set(e, ERR_FAILED, "the anchor %s: cannot be written: %s", path, strerror(errno));
	bad = write_and_sync(fd, text, (size_t)n);
	bad |= close(fd);
	if (bad == 0 && rename(temporary, path) == 0) {
		sync_folder(path);
		return 0;
	}
	(void)err_set(e, ERR_FAILED, "the anchor %s: cannot be written: %s", path, strerror(errno));
	(void)unlink(temporary); /* the old one stays */
	return e->code;
}
