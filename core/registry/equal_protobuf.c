/* equal_protobuf.c - see equal.h: two Protobuf files word by word, without blanks and comments. */
#include <ctype.h>
#include <string.h>

#include "core/registry/equal.h"

struct words {
	const char *at, *end;
};

static bool
is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool
begins(const struct words *w, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(w->end - w->at) >= n && memcmp(w->at, what, n) == 0;
}

static void
skip_until(struct words *w, const char *what)
{
	while (w->at < w->end && !begins(w, what))
		w->at++;
	if (w->at < w->end)
		w->at += strlen(what);
}

static void
skip_nothings(struct words *w)
{
	for (;;) {
		while (w->at < w->end && isspace((unsigned char)*w->at))
			w->at++;
		if (begins(w, "//")) {
			skip_until(w, "\n");
		} else if (begins(w, "/*")) {
			w->at += 2;
			skip_until(w, "*/");
		} else {
			return;
		}
	}
}

/* The next word, text in quotes or sign; its length, 0 at the end.  Quotes of both sorts mean the same. */
static size_t
next_word(struct words *w, const char **word, bool *quoted)
{
	char quote;

	skip_nothings(w);
	*quoted = w->at < w->end && (*w->at == '"' || *w->at == '\'');
	if (*quoted) {
		quote = *w->at++;
		*word = w->at;
		while (w->at < w->end && *w->at != quote)
			w->at += *w->at == '\\' && w->at + 1 < w->end ? 2 : 1;
		*quoted = w->at < w->end; /* else it never ends */
		w->at += *quoted;
		return (size_t)(w->at - *word);
	}
	*word = w->at;
	if (w->at < w->end && !is_word_byte(*w->at))
		w->at++;
	else
		while (w->at < w->end && is_word_byte(*w->at))
			w->at++;
	return (size_t)(w->at - *word);
}

bool
protobuf_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct words x = { a, a + a_len }, y = { b, b + b_len };
	const char *p, *q;
	bool p_quoted, q_quoted;
	size_t n, m;

	do {
		n = next_word(&x, &p, &p_quoted);
		m = next_word(&y, &q, &q_quoted);
		if (n != m || p_quoted != q_quoted)
			return false;
		/* of what is in quotes, the last byte is the quote */
		if (n > 0 && memcmp(p, q, p_quoted ? n - 1 : n) != 0)
			return false;
	} while (n > 0);
	return true;
}
