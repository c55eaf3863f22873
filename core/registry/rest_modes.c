/* rest_modes.c - see rest_modes.h */
#include <stdio.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/registry/rest_modes.h"

static int ask_next(struct rest_modes *m, struct err *e);
static int back_next(struct rest_modes *m, struct err *e);

void
rest_mode_body(struct buf *body, const char *mode)
{
	struct json j;

	buf_clear(body);
	json_init(&j, body);
	json_begin_object(&j);
	json_key_string(&j, "mode", mode);
	json_end_object(&j);
}

static void
end(struct rest_modes *m, int rc, const struct err *e)
{
	buf_release(&m->path);
	buf_release(&m->body);
	m->done(m, rc, e);
}

static int
send_mode(struct rest_modes *m, const char *method, const char *mode, const char *behind, rest_fn *done,
          struct err *e)
{
	const struct mode_scope *s = &m->scopes[m->at];

	rest_make_path(&m->path, "mode", s->context, s->subject, behind);
	if (mode != NULL)
		rest_mode_body(&m->body, mode);
	return rest_send(m->registry, method, &m->path, mode == NULL ? NULL : &m->body, done, m, e);
}

/* ---- into IMPORT ---- */

static int
refused(const struct rest_answer *answer, struct err *e)
{
	*e = answer->why;
	if (answer->status == 404 || answer->status == 405 || answer->status == 501)
		return err_set(e, ERR_UNSUPPORTED,
		               "%s: the registry knows no mode IMPORT (%d), so schemas would get other ids there",
		               answer->request, answer->status);
	if (answer->status == 422)
		return err_set(e, ERR_OPERATOR,
		               "%s: the registry refuses the mode IMPORT (422, error code %d): is it set up to "
		               "let modes be changed (mode.mutability), and empty?",
		               answer->request, answer->error_code);
	if (e->code == ERR_FAILED)
		e->code = ERR_OPERATOR; /* it answered: no failure of ours */
	return e->code;
}

static void
imported(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct rest_modes *m = arg;
	struct err err = *e;

	if (rc == 0 && answer->why.code != 0) {
		m->scopes[m->at].begun = false;
		rc = refused(answer, &err);
	}
	m->at++;
	if (rc == 0)
		rc = ask_next(m, &err);
	if (rc != 0)
		end(m, rc, &err);
}

static void
mode_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct rest_modes *m = arg;
	struct mode_scope *s = &m->scopes[m->at];
	const char *mode = rc == 0 ? rest_text(answer->value, "mode") : NULL;
	struct err err = *e;

	if (rc == 0 && answer->why.code == ERR_DENIED) {
		err = answer->why;
		rc = err.code;
	}
	(void)snprintf(s->had, sizeof s->had, "%s", mode == NULL ? "" : mode);
	if (rc == 0 && m->leaving) {
		s->begun = strcmp(s->had, "IMPORT") == 0;
		m->at++;
		rc = ask_next(m, &err);
	} else if (rc == 0) {
		s->begun = true;
		rc = send_mode(m, "PUT", "IMPORT", s->force ? "?force=true" : "", imported, &err);
	}
	if (rc != 0)
		end(m, rc, &err);
}

static int
ask_next(struct rest_modes *m, struct err *e)
{
	if (m->at < m->count)
		return send_mode(m, "GET", NULL, "", mode_told, e);
	if (m->leaving)
		return back_next(m, e);
	end(m, 0, &(struct err){ 0 });
	return 0;
}

static void
init(struct rest_modes *m)
{
	buf_init(&m->path, 16 * KEY_MAX_BYTES);
	buf_init(&m->body, 256);
}

int
rest_modes_import(struct rest_modes *m, struct err *e)
{
	init(m);
	m->at = 0;
	m->leaving = false;
	return ask_next(m, e);
}

int
rest_modes_leave(struct rest_modes *m, struct err *e)
{
	init(m);
	m->at = 0;
	m->leaving = true;
	return ask_next(m, e);
}

/* ---- and back ---- */

static bool
is_global(const struct mode_scope *s)
{
	return s->subject == NULL && strcmp(s->context, REGISTRY_DEFAULT_CONTEXT) == 0;
}

static void
put_back(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct rest_modes *m = arg;
	struct err err = *e;

	if (rc == 0 && answer->status == 405 && !m->instead) { /* it has no DELETE of modes */
		m->instead = true;
		rc = send_mode(m, "PUT", "READWRITE", "", put_back, &err);
		if (rc == 0)
			return;
	} else if (rc == 0 && !rest_is_missing(answer)) {
		err = answer->why;
		rc = err.code;
	}
	if (rc == 0) {
		m->scopes[m->at].begun = false;
		rc = back_next(m, &err);
	}
	if (rc != 0)
		end(m, rc, &err);
}

static int
back_next(struct rest_modes *m, struct err *e)
{
	const struct mode_scope *s;
	bool plain;

	do {
		if (m->at == 0) {
			end(m, 0, &(struct err){ 0 });
			return 0;
		}
		s = &m->scopes[--m->at];
	} while (!s->begun);
	m->instead = false;
	/* IMPORT that was there before is a restore's that was cut short; what was saved is put back later */
	plain = s->had[0] == '\0' || strcmp(s->had, "IMPORT") == 0 || strcmp(s->had, "READWRITE") == 0;
	if (plain && !is_global(s))
		return send_mode(m, "DELETE", NULL, "", put_back, e);
	return send_mode(m, "PUT", plain ? "READWRITE" : s->had, "", put_back, e);
}

int
rest_modes_back(struct rest_modes *m, struct err *e)
{
	init(m);
	m->at = m->count;
	return back_next(m, e);
}
