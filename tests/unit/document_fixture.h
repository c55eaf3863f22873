/* document_fixture.h - documents and lines for the tests of core/snapshot. */
#ifndef DOCUMENT_FIXTURE_H
#define DOCUMENT_FIXTURE_H

#include "core/snapshot/document.h"

#define TOPIC_A "{\"key\":\"a\",\"kind\":\"topic\",\"value\":{\"partitions\":1}}\n"
#define TOPIC_B "{\"key\":\"b\",\"kind\":\"topic\",\"value\":{}}\n"
#define SUMMARY_OF(kinds) \
	"{\"key\":\"\",\"kind\":\"summary\",\"value\":{\"about\":{},\"kinds\":{" kinds "}}}\n"
#define TWO_TOPICS "\"topic\":{\"count\":2,\"state\":\"captured\",\"suspect\":false}"
#define SUMMARY    SUMMARY_OF(TWO_TOPICS)
#define TEXT       TOPIC_A TOPIC_B SUMMARY

/* A line of two texts, which it points to. */
struct line line_of(enum kind kind, const char *key, const char *value);

/* The document that TEXT is, by our own writer. */
void document_of_two_topics(struct document *d);

/* A document of any text, as a signer who is not us could make it, said to be of two topics. */
void document_forge(const char *text, struct document *d);
void document_forge_bytes(const char *text, size_t len, struct document *d);

/* It must be refused as corrupt, with `why` in the message. */
void assert_document_corrupt(const struct document *d, const char *why);
void assert_text_corrupt(const char *text, const char *why);

/* The same numbers for the same seed, which must not be 0. */
uint64_t random_bits(uint64_t *seed);

/* A line of many kinds of keys, unless the set has one of its key; then all of it, written. */
void line_set_add_random(struct line_set *set, uint64_t *seed);
void document_of_set(struct line_set *set, struct document *d);

#endif
