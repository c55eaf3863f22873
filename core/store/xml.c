/* xml.c - see xml.h */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/store/xml.h"

struct xml {
	const char *at, *end, *begin;
	char        path[XML_PATH_SIZE];
	size_t      lens[XML_DEPTH_MAX]; /* of the path around each open element */
	size_t      depth;
	bool        seen;               /* the one element of the top */
	struct buf  texts[XML_DEPTH_MAX];
	xml_element_fn *fn;
	void       *arg;
	struct err *e;
};

static int
refuse(const struct xml *x, const char *why)
{
	return err_set(x->e, ERR_CORRUPT, "no such XML as is expected here: %s at byte %zu", why,
	               (size_t)(x->at - x->begin));
}

static bool
begins(const struct xml *x, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(x->end - x->at) >= n && memcmp(x->at, word, n) == 0;
}

/* Behind the next `word`; NULL: there is none. */
static const char *
behind(const struct xml *x, const char *word)
{
	const char *found = memmem(x->at, (size_t)(x->end - x->at), word, strlen(word));

	return found == NULL ? NULL : found + strlen(word);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_name(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == ':' || (unsigned char)c >= 0x80;
}

/* ---- text ---- */

static int
add_text(struct xml *x, const char *bytes, size_t len)
{
	struct buf *text;
	size_t i;

	if (x->depth == 0) {
		for (i = 0; i < len; i++)
			if (!is_blank(bytes[i]))
				return refuse(x, "text outside of the element");
		return 0;
	}
	text = &x->texts[x->depth - 1];
	if (len > XML_TEXT_MAX - text->len)
		return refuse(x, "too much text in one element");
	return buf_add(text, bytes, len) == 0 ? 0 : err_memory(x->e, "reading XML");
}

static int
add_character(struct xml *x, uint32_t c)
{
	char utf8[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;
	static const unsigned char first[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };

	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return refuse(x, "the number of no character");
	for (i = n - 1; i > 0; i--, c >>= 6)
		utf8[i] = (char)(0x80 | (c & 0x3f));
	utf8[0] = (char)(first[n] | c);
	return add_text(x, utf8, n);
}

/* "&#38;" or "&#x26;", behind "&#". */
static int
read_number(struct xml *x, const char *semicolon)
{
	uint32_t c = 0, base = *x->at == 'x' ? 16 : 10, digit;
	const char *at = x->at + (base == 16);

	if (at == semicolon)
		return refuse(x, "an entity without a number");
	for (; at < semicolon; at++) {
		digit = *at >= '0' && *at <= '9'                 ? (uint32_t)(*at - '0')
		        : (*at | 0x20) >= 'a' && (*at | 0x20) <= 'f' ? (uint32_t)((*at | 0x20) - 'a') + 10
		                                                 : 99;
		if (digit >= base || c > 0x10ffff)
			return refuse(x, "the number of no character");
		c = c * base + digit;
	}
	x->at = semicolon + 1;
	return add_character(x, c);
}

static int
read_entity(struct xml *x)
{
	static const struct {
		const char *name;
		char        c;
	} known[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' },
		      { "&apos;", '\'' } };
	size_t near = (size_t)(x->end - x->at) < 12 ? (size_t)(x->end - x->at) : 12;
	const char *semicolon = memchr(x->at, ';', near);

	for (size_t i = 0; i < LENGTH(known); i++)
		if (begins(x, known[i].name)) {
			x->at += strlen(known[i].name);
			return add_text(x, &known[i].c, 1);
		}
	if (semicolon == NULL || !begins(x, "&#"))
		return refuse(x, "an entity that is not one of XML's own");
	x->at += 2;
	return read_number(x, semicolon);
}

static int
read_text(struct xml *x)
{
	const char *from = x->at;

	while (x->at < x->end && *x->at != '<' && *x->at != '&')
		x->at++;
	return add_text(x, from, (size_t)(x->at - from));
}

/* ---- tags ---- */

/* The name at x->at, without a prefix; x->at is behind it. */
static int
read_name(struct xml *x, const char **name, size_t *len)
{
	const char *colon;

	*name = x->at;
	while (x->at < x->end && is_name(*x->at))
		x->at++;
	*len = (size_t)(x->at - *name);
	colon = memchr(*name, ':', *len);
	if (colon != NULL) {
		*len -= (size_t)(colon + 1 - *name);
		*name = colon + 1;
	}
	return *len > 0 && *len <= XML_NAME_MAX ? 0 : refuse(x, "a tag without a name, or too long a one");
}

/* To the '>' of a tag; what is quoted may hold one.  *empty: "/>". */
static int
pass_attributes(struct xml *x, bool *empty)
{
	const char *quote;

	for (; x->at < x->end && *x->at != '>'; x->at++) {
		if (*x->at == '<')
			return refuse(x, "a '<' inside of a tag");
		if (*x->at != '"' && *x->at != '\'')
			continue;
		quote = memchr(x->at + 1, *x->at, (size_t)(x->end - x->at - 1));
		if (quote == NULL)
			return refuse(x, "an attribute without an end");
		x->at = quote;
	}
	if (x->at == x->end)
		return refuse(x, "a tag without an end");
	*empty = x->at[-1] == '/';
	x->at++;
	return 0;
}

static int
close_element(struct xml *x)
{
	struct buf *text = &x->texts[x->depth - 1];
	const char *content = buf_text(text);
	int rc = content == NULL ? err_memory(x->e, "reading XML")
	                         : x->fn(x->arg, x->path, content, text->len, x->e);

	x->depth--;
	x->path[x->lens[x->depth]] = '\0';
	return rc;
}

static int
open_element(struct xml *x)
{
	const char *name;
	bool empty;
	size_t len, n;

	if (x->depth == XML_DEPTH_MAX)
		return refuse(x, "too many levels");
	if (x->depth == 0 && x->seen)
		return refuse(x, "a second element at the top");
	x->seen = true;
	if (read_name(x, &name, &len) != 0 || pass_attributes(x, &empty) != 0)
		return x->e->code;
	n = strlen(x->path);
	x->lens[x->depth] = n;
	if (n > 0)
		x->path[n++] = '/';
	memcpy(x->path + n, name, len); /* fits: so deep, so long; a list of 1,000 names has 9,000 elements */
	x->path[n + len] = '\0';
	buf_clear(&x->texts[x->depth++]);
	return empty ? close_element(x) : 0;
}

static int
end_element(struct xml *x)
{
	const char *name, *open;
	bool empty;
	size_t len;

	if (x->depth == 0)
		return refuse(x, "an end without a beginning");
	if (read_name(x, &name, &len) != 0 || pass_attributes(x, &empty) != 0)
		return x->e->code;
	open = x->path + x->lens[x->depth - 1];
	open += *open == '/';
	if (strlen(open) != len || memcmp(open, name, len) != 0)
		return refuse(x, "the end of another element");
	return close_element(x);
}

static int
read_section(struct xml *x)
{
	const char *from = x->at + strlen("<![CDATA["), *next = behind(x, "]]>");

	if (next == NULL)
		return refuse(x, "a CDATA section without an end");
	x->at = next;
	return add_text(x, from, (size_t)(next - 3 - from));
}

static int
pass_over(struct xml *x, const char *word)
{
	const char *next = behind(x, word);

	if (next == NULL)
		return refuse(x, "a comment or declaration without an end");
	x->at = next;
	return 0;
}

static int
read_tag(struct xml *x)
{
	if (begins(x, "<![CDATA["))
		return read_section(x);
	if (begins(x, "<!--"))
		return pass_over(x, "-->");
	if (begins(x, "<!") || begins(x, "<?"))
		return refuse(x, "a DOCTYPE or a processing instruction, and none is accepted");
	if (begins(x, "</")) {
		x->at += 2;
		return end_element(x);
	}
	x->at++;
	return open_element(x);
}

static int
read_all(struct xml *x)
{
	int rc = 0;

	if (begins(x, "\xef\xbb\xbf"))
		x->at += 3;
	while (x->at < x->end && is_blank(*x->at))
		x->at++;
	if (begins(x, "<?xml"))
		rc = pass_over(x, "?>");
	while (rc == 0 && x->at < x->end)
		rc = *x->at == '<' ? read_tag(x) : *x->at == '&' ? read_entity(x) : read_text(x);
	if (rc == 0 && (x->depth > 0 || !x->seen))
		rc = refuse(x, "its end comes too early");
	return rc;
}

int
xml_read(const char *text, size_t len, xml_element_fn *fn, void *arg, struct err *e)
{
	struct xml x = { .at = text, .begin = text, .end = text + len, .fn = fn, .arg = arg, .e = e };
	size_t i;
	int rc;

	if (memchr(text, 0, len) != NULL || json_utf8_run(text, len) != len)
		return err_set(e, ERR_CORRUPT, "no such XML as is expected here: it is not UTF-8");
	for (i = 0; i < XML_DEPTH_MAX; i++)
		buf_init(&x.texts[i], XML_TEXT_MAX);
	rc = read_all(&x);
	for (i = 0; i < XML_DEPTH_MAX; i++)
		buf_wipe(&x.texts[i]);
	return rc;
}
