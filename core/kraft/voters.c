/*
 * voters.c - see voters.h
 *
 *   version 2 | voters: count + 1 as varint, each:
 *     id 4 | directory id 16
 *     endpoints: count + 1 as varint, each: name, host as compact strings | port 2 | tags
 *     kraft.version's range 2, 2 | its tags | tags
 *   | tags
 */
#include "core/kraft/voters.h"

#include <string.h>

#include "core/kraft/wire.h"

#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:"
#define DIRECTORY_ID    16u
#define RANGE           4u /* the lowest and the highest kraft.version */

/* Every element is a byte at least: a count of more than the bytes that are left is none. */
static uint32_t
read_count(struct cursor *c)
{
	uint32_t n = cursor_varint(c);

	if (n == 0 || n - 1 > cursor_left(c))
		c->failed = true;
	return c->failed ? 0 : n - 1;
}

static void
read_host(struct cursor *c, char *to)
{
	uint32_t len = read_count(c), i;
	const unsigned char *text = cursor_bytes(c, len);

	if (text == NULL || len == 0 || len > VOTER_HOST_MAX) {
		c->failed = true;
		return;
	}
	for (i = 0; i < len; i++) {
		c->failed = c->failed || text[i] == '\0' || strchr(HOST_CHARACTERS, text[i]) == NULL;
		to[i] = (char)text[i];
	}
	to[len] = '\0';
}

static int
read_endpoint(struct cursor *c, int32_t node, struct voters *ret, struct err *e)
{
	struct voter_endpoint *to = &ret->items[ret->count];

	if (ret->count == VOTER_ENDPOINTS_MAX)
		return err_set(e, ERR_UNSUPPORTED, "the record of voters names more than %u endpoints",
		               VOTER_ENDPOINTS_MAX);
	to->node = node;
	(void)cursor_bytes(c, read_count(c)); /* the listener's name */
	read_host(c, to->host);
	to->port = (uint16_t)cursor_number(c, 2);
	c->failed = c->failed || to->port == 0;
	cursor_pass_tags(c);
	if (!c->failed)
		ret->count++;
	return 0;
}

static int
read_voter(struct cursor *c, struct voters *ret, struct err *e)
{
	int32_t node = (int32_t)cursor_number(c, 4);
	uint32_t n, i;
	int rc = 0;

	(void)cursor_bytes(c, DIRECTORY_ID);
	n = read_count(c);
	for (i = 0; i < n && rc == 0 && !c->failed; i++)
		rc = read_endpoint(c, node, ret, e);
	(void)cursor_bytes(c, RANGE);
	cursor_pass_tags(c);
	cursor_pass_tags(c);
	return rc;
}

static int
read_all(struct cursor *c, struct voters *ret, struct err *e)
{
	uint64_t version = cursor_number(c, 2);
	uint32_t n, i;
	int rc = 0;

	if (!c->failed && version != 0)
		return err_set(e, ERR_UNSUPPORTED, "the record of voters is of version %u; 0 is known",
		               (unsigned)version);
	n = read_count(c);
	for (i = 0; i < n && rc == 0 && !c->failed; i++)
		rc = read_voter(c, ret, e);
	cursor_pass_tags(c);
	if (rc == 0 && (c->failed || cursor_left(c) > 0))
		rc = err_set(e, ERR_CORRUPT, "the record of voters makes no sense");
	return rc;
}

int
voters_read(const void *value, size_t len, struct voters *ret, struct err *e)
{
	struct cursor c = cursor_of(value, len);
	int rc;

	ret->count = 0;
	rc = read_all(&c, ret, e);
	if (rc != 0)
		ret->count = 0;
	return rc;
}
