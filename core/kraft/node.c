/* node.c - see node.h */
#include "core/kraft/node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"

#define PROPERTIES_MAX 4096u /* Kafka's are some 150 bytes */
#define PATH_ROOM      4200u

static int
read_file(const char *path, char *text, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return file_not_opened(path, e);
	do
		n = read(fd, text, PROPERTIES_MAX);
	while (n < 0 && errno == EINTR);
	(void)close(fd); /* only read */
	if (n < 0)
		return err_set(e, ERR_FAILED, "%s: %s", path, strerror(errno));
	text[n] = '\0';
	return 0;
}

/* A value behind `name=` at the start of a line, without blanks around it. */
static bool
value_of(const char *text, const char *name, char *ret, size_t size)
{
	size_t len = strlen(name), n;

	for (; *text != '\0'; text += strcspn(text, "\n"), text += *text == '\n') {
		if (strncmp(text, name, len) != 0 || text[len] != '=')
			continue;
		n = strcspn(text + len + 1, "\r\n \t");
		if (n == 0 || n >= size)
			return false;
		memcpy(ret, text + len + 1, n);
		ret[n] = '\0';
		return true;
	}
	return false;
}

static bool
number_of(const char *text, const char *name, int64_t *ret)
{
	char value[16];
	const char *p = value;

	if (!value_of(text, name, value, sizeof value))
		return false;
	for (*ret = 0; *p >= '0' && *p <= '9' && *ret <= INT32_MAX; p++)
		*ret = *ret * 10 + (*p - '0');
	return p > value && *p == '\0' && *ret <= INT32_MAX;
}

int
node_properties_read(const char *dir, struct node_properties *ret, struct err *e)
{
	char path[PATH_ROOM], text[PROPERTIES_MAX + 1];
	struct node_properties p = { .version = 0 };
	int64_t node, version;
	int rc;

	if (snprintf(path, sizeof path, "%s/meta.properties", dir) >= (int)sizeof path)
		return err_set(e, ERR_CONFIG, "a path of more than %zu bytes", sizeof path - 1);
	rc = read_file(path, text, e);
	if (rc != 0)
		return rc;
	if (!value_of(text, "cluster.id", p.cluster, sizeof p.cluster) ||
	    !number_of(text, "node.id", &node) || !number_of(text, "version", &version))
		return err_set(e, ERR_CORRUPT, "%s: no cluster.id, node.id and version stand in it", path);
	if (version != 1)
		return err_set(e, ERR_CORRUPT, "%s: version %d; KRaft's is 1", path, (int)version);
	p.node = (int32_t)node;
	p.version = (int)version;
	*ret = p;
	return 0;
}
