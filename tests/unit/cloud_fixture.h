/*
 * cloud_fixture.h - tests/fake/clouds.py, and a store in it, for the calls of store_fixture.h.
 *
 * The clocks are the machine's; cloud_fixture_ahead() turns the wall clock of the next store.
 */
#ifndef CLOUD_FIXTURE_H
#define CLOUD_FIXTURE_H

#include "tests/unit/fake_program.h"
#include "tests/unit/store_fixture.h"

struct cloud_fake {
	struct fake_program program;
	unsigned            port;
	char                url[64]; /* "http://127.0.0.1:port" */
	char                azure_url[80]; /* "http://127.0.0.1:port/account" */
};

/* The program, once for a group of tests; *state is a struct cloud_fake. */
int cloud_fake_start(void **state);
int cloud_fake_stop(void **state);

/* One line of JSON to it; the line that it answers. */
const char *cloud_fake_do(struct cloud_fake *w, const char *order);
/* Good again, empty, and nothing seen; then to tell these lies: members of an object, or "". */
void cloud_fake_be(struct cloud_fake *w, const char *lies);
void cloud_fake_now(struct cloud_fake *w, const char *lies); /* the same without forgetting */
const char *cloud_fake_seen(struct cloud_fake *w);
unsigned    cloud_fake_count(struct cloud_fake *w, const char *method); /* of requests seen; forgets them */

/* The options of a store in it; the caller changes them.  Its secrets live until cloud_fixture_close(). */
struct store_s3_options cloud_options(struct cloud_fake *w, bool google);
/* Open, into a fixture of store_fixture.h. */
void cloud_fixture_open(struct fixture *f, const struct store_s3_options *o);
/* The same in Azure's dialect, by the account's key, and in Google's JSON, by its metadata server. */
#define CLOUD_SAS "sv=2020&sp=racwdl&sig=SASSECRET%2B"
struct store_azure_options cloud_azure_options(struct cloud_fake *w);
void cloud_fixture_open_azure(struct fixture *f, const struct store_azure_options *o);
struct store_gcs_options cloud_gcs_options(struct cloud_fake *w);
void cloud_fixture_open_gcs(struct fixture *f, const struct store_gcs_options *o);
void cloud_fixture_close(struct fixture *f);
int64_t *cloud_fixture_ahead(struct fixture *f); /* milliseconds; 0 at first */

/* A whole visit: the fake told these lies, and a store in it by these options (NULL: as they are). */
struct fixture *cloud_visit(struct cloud_fake *w, const char *lies, const struct store_s3_options *o);
void            cloud_leave(struct fixture *f);
/* What the last call said: this code, these words, and neither a secret nor a word of the server's body. */
void            cloud_says(const struct fixture *f, int code, const char *words);
/*
 * Puts of 32 bytes are whole in the end, wherever in the request's body the connection was cut: one
 * put for every `step` bytes of it, up to `most`.
 */
void            cloud_puts_are_cut(struct cloud_fake *w, struct fixture *f, unsigned most, unsigned step);
/* An object by another's hand. */
void            cloud_fake_put(struct cloud_fake *w, const char *key);

#endif
