/*
 * options.h - the one table of everything that may stand in a service's file.  Parsing, checks, the
 * example file, the manual page and the reference are all made from it.
 */
#ifndef PLUGIN_OPTIONS_H
#define PLUGIN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

/* What a value is, and what lies at its offset in struct config. */
enum option_type {
	OPTION_SECTION,    /* an object with keys of this table; bool: it is given */
	OPTION_PROPERTIES, /* an object with librdkafka's properties; c->kafka */
	OPTION_BOOL,       /* bool */
	OPTION_NUMBER,     /* min..max; uint32_t */
	OPTION_CHOICE,     /* one of `choices`; int, its place among them */
	OPTION_TEXT,       /* what `format` fits; const char * */
	OPTION_TEXTS,      /* min..max different ones; struct config_texts */
	OPTION_NUMBERS,    /* min..max different ones, 0..INT32_MAX; struct config_numbers */
	OPTION_SECRET,     /* struct secret_ref */
};

struct option_format {
	const char *expected; /* "an absolute path" */
	bool (*fits)(const char *text);
};

struct option {
	const char       *path; /* "store.path"; a parent stands before its children */
	enum option_type  type;
	bool              required; /* where its section is given, if the service is enabled */
	size_t            offset;
	uint32_t          min, max;
	unsigned          stores;   /* bits 1 << enum config_store: only with these; 0: with all */
	const char *const *choices; /* NULL behind the last */
	const struct option_format *format;
	const char       *preset;  /* JSON: what holds when the key is absent; NULL: nothing */
	const char       *meaning; /* sentences */
	const char       *example; /* JSON, for the first configuration; NULL: not in it */
};

#define OPTIONS_MAX 96

extern const struct option options[];
extern const size_t option_count;

/* The last part of its path, and how long the part before that is (0: top level). */
const char *option_key(const struct option *o);
size_t      option_parent_len(const struct option *o);
bool        option_is_child(const struct option *o, const char *parent); /* parent "": top level */

/* The child of `parent` that has this key, or NULL. */
const struct option *option_find(const char *parent, const char *key);

/* May it stand beside a store of this type (enum config_store)? */
bool option_fits_store(const struct option *o, int type);

/* Append the types of store that it is for: "s3 or gcs".  Nothing where it is for all. */
void option_stores(const struct option *o, struct buf *out);

/* Append what is expected: "a number from 1 to 10080", for errors and for the manual. */
void option_expected(const struct option *o, struct buf *out);

/* The same for one item of a list. */
const char *option_item_expected(const struct option *o);

#endif
