/*
 * keys.h - the keys of a service: who may read its snapshots, and who may have written them.
 *
 * Files and strings hold one line: `x25519:`, `ed25519:`, `x25519-secret:` or `ed25519-secret:` and
 * 43 URL-safe base64 characters (32 bytes without padding; for ed25519-secret the seed), then at
 * most a newline.  Anything else is ERR_CONFIG.
 */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/limits.h"
#include "core/base/secret.h"

#define KEY_BYTES     32
#define KEY_TEXT_SIZE 64 /* of a public key's text with its NUL */

struct keys {
	unsigned char  recipients[RECIPIENTS_MAX][KEY_BYTES]; /* X25519 public, no duplicates */
	size_t         recipient_count;                       /* 1..16 once loaded for writing */
	unsigned char  signers[SIGNERS_MAX][KEY_BYTES];       /* Ed25519 public, trusted */
	size_t         signer_count;
	unsigned char  signing_public[KEY_BYTES];
	struct secret *signing;  /* 64 bytes, libsodium's form; NULL: cannot write */
	struct secret *identity; /* 32 bytes, X25519 secret; NULL: cannot read */
	unsigned char  identity_public[KEY_BYTES];
};

/* Wipe and free the content; the struct may be half filled. */
void keys_release(struct keys *k);

/*
 * Add what the configuration says in the clear; `where` is the key's path for the error
 * ("keys.recipients[0]").
 */
int keys_add_recipient(struct keys *k, const char *where, const char *text, struct err *e);
int keys_add_signer(struct keys *k, const char *where, const char *text, struct err *e);

/* Take the secret's text (it stays the caller's).  The text of the error never shows it. */
int keys_set_signing(struct keys *k, const char *where, const struct secret *text,
                     struct err *e);
int keys_set_identity(struct keys *k, const char *where, const struct secret *text,
                      struct err *e);

/* The text of a public key ("x25519:...", "ed25519:..."), for people. */
void keys_recipient_text(const unsigned char key[KEY_BYTES], char ret[KEY_TEXT_SIZE]);
void keys_signer_text(const unsigned char key[KEY_BYTES], char ret[KEY_TEXT_SIZE]);

/*
 * Prove before anything is written anywhere (DESIGN 4): the signing key is one of the trusted
 * signers; the identity opens what is sealed to one of the recipients; a signature verifies.  Both
 * secrets must be there.  ERR_CONFIG says which key is wrong and what to do.
 */
int keys_prove(const struct keys *k, struct err *e);

/*
 * kcb keygen: make an identity and a signing key in a directory: files identity, identity.pub,
 * signing, signing.pub (secrets 0600, public 0644), created exclusively: nothing is ever
 * overwritten (ERR_EXISTS), and on failure what was made is removed again.  The directory is made
 * (0700) when it does not exist.
 */
int keys_generate(const char *directory, struct err *e);

#endif
