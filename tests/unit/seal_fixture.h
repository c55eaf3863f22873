/* seal_fixture.h - keys, headers and documents for the tests of core/seal, always the same. */
#ifndef SEAL_FIXTURE_H
#define SEAL_FIXTURE_H

#include "core/seal/header.h"

/* A whole set of keys, its own recipient and signer; `seed` tells sets apart. */
void fixture_keys(struct keys *k, unsigned char seed);

/* One more recipient, nobody's in particular. */
void fixture_stranger(struct keys *k, unsigned char seed);

void fixture_header(struct seal_header *h);

/* A body of len bytes that is no zstd frame, which only seal_open()'s last two checks mind. */
void fixture_bytes(struct document *d, size_t len);

/* A real document of a few lines. */
void fixture_document(struct document *d);

/* Seal into out (initialised here); h gets the id, name the name. */
void fixture_seal(struct seal_header *h, const struct document *d, const struct keys *k,
                  struct buf *out, char name[SEAL_OBJECT_NAME_SIZE]);

/* Make both signatures again after bytes were changed: what only a holder of the key can do. */
void fixture_sign_again(unsigned char *object, size_t len, const struct keys *k);

/* Keys, and one object of a real document that is theirs. */
struct scene {
	struct keys keys;
	struct seal_header header;
	struct document document;
	struct buf object;
	unsigned char *bytes;
	size_t len;
	char name[SEAL_OBJECT_NAME_SIZE];
	struct err e;
};
void scene_begin(struct scene *s);
void scene_end(struct scene *s);

/* Throw the object away and seal the (changed) document anew. */
void scene_seal_anew(struct scene *s);

/* Open the object; what it is refused for, and s->e. */
enum seal_refusal scene_refusal(struct scene *s);
enum seal_refusal scene_refusal_as(struct scene *s, const char *service, const char *name,
                                   const struct keys *keys);

#endif
