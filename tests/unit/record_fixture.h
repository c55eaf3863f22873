/* record_fixture.h - a record, its object and the means to forge it, for the tests of record.c. */
#ifndef RECORD_FIXTURE_H
#define RECORD_FIXTURE_H

#include "core/seal/record.h"

#define ID_A "AAAAAAAAAAAAAAAAAAAAAA"
#define ID_B "QUFBQUFBQUFBQUFBQUFBQQ"

struct record_scene {
	struct keys keys;
	struct record record;
	struct buf object;
	struct arena arena;
	char name[RECORD_NAME_SIZE];
	struct err e;
};

void record_scene_begin(struct record_scene *s, enum record_type type);
void record_scene_end(struct record_scene *s);

/* Seal the record as it is now. */
void record_scene_seal(struct record_scene *s);

int record_scene_open(struct record_scene *s, struct record *ret);
int record_scene_open_bytes(struct record_scene *s, const void *bytes, size_t len,
                            struct record *ret);

/* The object is refused, and the text begins with its name and says this. */
void record_scene_refused(struct record_scene *s, int code, const char *said);

/* An object with this text, rightly signed. */
void record_scene_forge(struct record_scene *s, const char *text);

/* Replace the first `from` in the sealed text by `to`, and sign again. */
void record_scene_change(struct record_scene *s, const char *from, const char *to);

#endif
