/*
 * sign.h - the one way in which the sealed formats are signed: Ed25519ph over a context with its
 * NUL, then the bytes (FORMAT.md, "Signatures").  For the seal layer alone.
 */
#ifndef SIGN_H
#define SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include <sodium.h>

#include "core/seal/keys.h"

#define SIGNATURE_BYTES crypto_sign_BYTES

#define SIGN_HEADER   "kafka-config-backup v1 snapshot header"
#define SIGN_SNAPSHOT "kafka-config-backup v1 snapshot"
#define SIGN_RECORD   "kafka-config-backup v1 record"

int sign_make(const char *context, const void *bytes, size_t len, const struct secret *signing,
              unsigned char ret[SIGNATURE_BYTES], struct err *e);

bool sign_verifies(const char *context, const void *bytes, size_t len,
                   const unsigned char signature[SIGNATURE_BYTES],
                   const unsigned char signer[KEY_BYTES]);

/* NULL: the key is one of keys->signers; else its text is put into room and returned. */
const char *sign_stranger(const unsigned char signer[KEY_BYTES], const struct keys *keys,
                          char room[KEY_TEXT_SIZE]);

#endif
