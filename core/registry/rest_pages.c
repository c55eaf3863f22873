/* rest_pages.c - see rest_pages.h */
#include <string.h>

#include "core/base/limits.h"
#include "core/registry/rest_pages.h"

static int ask(struct rest_pages *p, struct err *e);

static void
end(struct rest_pages *p, int rc, const struct err *e)
{
	buf_release(&p->first);
	p->done(p, rc, e);
}

/* Does it begin as the page before?  Then the server takes no notice of the offset. */
static bool
is_repeated(struct rest_pages *p, struct json_object *entry)
{
	struct buf text;
	struct json j;
	bool same;

	buf_init(&text, LINE_MAX_BYTES);
	json_init(&j, &text);
	json_value(&j, entry);
	same = p->first.len > 0 && text.len == p->first.len && memcmp(text.data, p->first.data, text.len) == 0;
	buf_release(&p->first);
	p->first = text;
	return same;
}

static int
take_page(struct rest_pages *p, struct json_object *list, bool *ended, struct err *e)
{
	size_t n = json_object_array_length(list), i;
	int rc = 0;

	*ended = n == 0 || is_repeated(p, json_object_array_get_idx(list, 0));
	for (i = 0; i < n && !*ended && rc == 0; i++)
		rc = p->take(p, json_object_array_get_idx(list, i), e);
	if (!*ended)
		p->taken += n;
	if (rc == 0 && p->taken > REGISTRY_ENTRIES_MAX)
		rc = err_set(e, ERR_CORRUPT, "%s: the list has more than %u entries, or does not end", p->path,
		             REGISTRY_ENTRIES_MAX);
	return rc;
}

static void
page_read(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct rest_pages *p = arg;
	struct err err = *e;
	bool ended = true;

	if (rc == 0 && p->taken == 0 && (answer->status == 404 || answer->status == 405)) {
		p->missing = true;
		end(p, 0, &err);
		return;
	}
	if (rc == 0 && answer->why.code != 0) {
		err = answer->why;
		rc = err.code;
	} else if (rc == 0 && answer->value != NULL) { /* null is an empty list */
		if (json_object_is_type(answer->value, json_type_array))
			rc = take_page(p, answer->value, &ended, &err);
		else
			rc = err_set(&err, ERR_CORRUPT, "%s: the answer is no list", answer->request);
	}
	if (rc == 0 && !ended)
		rc = ask(p, &err);
	else
		ended = true;
	if (rc != 0 || ended)
		end(p, rc, &err);
}

static int
ask(struct rest_pages *p, struct err *e)
{
	struct buf path;
	int rc;

	buf_init(&path, 16 * KEY_MAX_BYTES);
	(void)buf_add_text(&path, p->path);
	if (p->taken > 0)
		(void)buf_print(&path, "%coffset=%zu", strchr(p->path, '?') == NULL ? '?' : '&', p->taken);
	rc = rest_send(p->registry, "GET", &path, NULL, page_read, p, e);
	buf_release(&path);
	return rc;
}

int
rest_pages_start(struct rest_pages *p, struct err *e)
{
	p->taken = 0;
	p->missing = false;
	buf_init(&p->first, LINE_MAX_BYTES);
	return ask(p, e);
}
