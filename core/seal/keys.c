/* keys.c - see keys.h.  Decoded secrets live in struct secret alone, never on the stack. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "core/base/file.h"
#include "core/seal/keys.h"

#define BASE64_CHARS 43 /* of 32 bytes, without padding */
#define BASE64_FORM  sodium_base64_VARIANT_URLSAFE_NO_PADDING

enum form { FORM_RECIPIENT, FORM_SIGNER, FORM_IDENTITY, FORM_SIGNING, FORMS };

static const struct {
	const char *prefix;
	const char *what;
	const char *file; /* the name that keygen gives it */
} forms[FORMS] = {
	[FORM_RECIPIENT] = { "x25519:", "a recipient's public key", "identity.pub" },
	[FORM_SIGNER] = { "ed25519:", "a signer's public key", "signing.pub" },
	[FORM_IDENTITY] = { "x25519-secret:", "an identity's secret key", "identity" },
	[FORM_SIGNING] = { "ed25519-secret:", "a secret signing key", "signing" },
};

void
keys_release(struct keys *k)
{
	secret_free(k->signing);
	secret_free(k->identity);
	*k = (struct keys){ 0 };
}

static bool
begins_with(const char *text, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && memcmp(text, prefix, n) == 0;
}

static bool
is_secret(enum form form)
{
	return form == FORM_IDENTITY || form == FORM_SIGNING;
}

/* The text has another form than the one wanted: say which, and what to do; never show it. */
static int
refuse_form(enum form want, const char *where, const char *text, size_t len, struct err *e)
{
	for (int i = 0; i < FORMS; i++) {
		if (!begins_with(text, len, forms[i].prefix))
			continue;
		if (is_secret((enum form)i) && !is_secret(want))
			return err_set(e, ERR_CONFIG,
			               "%s: holds %s where %s belongs; put %s there, and make new "
			               "keys if others may have read the secret", where,
			               forms[i].what, forms[want].what, forms[want].file);
		return err_set(e, ERR_CONFIG,
		               "%s: holds %s where %s belongs; kcb keygen names that %s", where,
		               forms[i].what, forms[want].what, forms[want].file);
	}
	return err_set(e, ERR_CONFIG,
	               "%s: is no key; %s is one line, \"%s\" and 43 URL-safe base64 characters, "
	               "as kcb keygen writes it to %s", where, forms[want].what, forms[want].prefix,
	               forms[want].file);
}

/* ret has KEY_BYTES. */
static int
decode(enum form form, const char *where, const char *text, size_t len, unsigned char *ret,
       struct err *e)
{
	size_t prefix = strlen(forms[form].prefix), got = 0;

	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (!begins_with(text, len, forms[form].prefix))
		return refuse_form(form, where, text, len, e);
	if (len != prefix + BASE64_CHARS)
		return err_set(e, ERR_CONFIG,
		               "%s: %zu characters behind \"%s\", expected 43; take the line from "
		               "the file %s again", where, len - prefix, forms[form].prefix,
		               forms[form].file);
	if (sodium_base642bin(ret, KEY_BYTES, text + prefix, BASE64_CHARS, NULL, &got, NULL,
	                      BASE64_FORM) != 0 || got != KEY_BYTES)
		return err_set(e, ERR_CONFIG,
		               "%s: not URL-safe base64 of 32 bytes behind \"%s\"; take the line "
		               "from the file %s again", where, forms[form].prefix,
		               forms[form].file);
	return 0;
}

static void
public_text(enum form form, const unsigned char key[KEY_BYTES], char ret[KEY_TEXT_SIZE])
{
	size_t n = strlen(forms[form].prefix);

	memcpy(ret, forms[form].prefix, n);
	(void)sodium_bin2base64(ret + n, KEY_TEXT_SIZE - n, key, KEY_BYTES, BASE64_FORM);
}

void
keys_recipient_text(const unsigned char key[KEY_BYTES], char ret[KEY_TEXT_SIZE])
{
	public_text(FORM_RECIPIENT, key, ret);
}

void
keys_signer_text(const unsigned char key[KEY_BYTES], char ret[KEY_TEXT_SIZE])
{
	public_text(FORM_SIGNER, key, ret);
}

static bool
contains(const unsigned char (*list)[KEY_BYTES], size_t count, const unsigned char *key)
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(list[i], key, KEY_BYTES) == 0)
			return true;
	return false;
}

static int
add(unsigned char (*list)[KEY_BYTES], size_t *count, size_t max, const char *where,
    const unsigned char *key, struct err *e)
{
	if (contains((const unsigned char(*)[KEY_BYTES])list, *count, key))
		return err_set(e, ERR_CONFIG,
		               "%s: the same key stands in the list before; remove one", where);
	if (*count >= max)
		return err_set(e, ERR_CONFIG, "%s: more than %zu keys; remove some", where, max);
	memcpy(list[*count], key, KEY_BYTES);
	(*count)++;
	return 0;
}

/* A key whose shared secrets do not depend on ours would seal to everybody. */
static bool
usable_recipient(const unsigned char key[KEY_BYTES])
{
	unsigned char any[KEY_BYTES] = { 8 }, shared[KEY_BYTES];

	return (key[KEY_BYTES - 1] & 0x80) == 0 && crypto_scalarmult(shared, any, key) == 0;
}

int
keys_add_recipient(struct keys *k, const char *where, const char *text, struct err *e)
{
	unsigned char key[KEY_BYTES];
	int rc = decode(FORM_RECIPIENT, where, text, strlen(text), key, e);

	if (rc != 0)
		return rc;
	if (!usable_recipient(key))
		return err_set(e, ERR_CONFIG,
		               "%s: no usable X25519 key (nothing sealed to it would be secret); "
		               "take the line from the file identity.pub again", where);
	return add(k->recipients, &k->recipient_count, RECIPIENTS_MAX, where, key, e);
}

int
keys_add_signer(struct keys *k, const char *where, const char *text, struct err *e)
{
	unsigned char key[KEY_BYTES];
	int rc = decode(FORM_SIGNER, where, text, strlen(text), key, e);

	if (rc != 0)
		return rc;
	if (crypto_core_ed25519_is_valid_point(key) != 1)
		return err_set(e, ERR_CONFIG,
		               "%s: no usable Ed25519 key (anybody could sign for it); take the "
		               "line from the file signing.pub again", where);
	return add(k->signers, &k->signer_count, SIGNERS_MAX, where, key, e);
}

static int
decode_secret(enum form form, const char *where, const struct secret *text, struct secret **ret,
              struct err *e)
{
	static const unsigned char zeros[KEY_BYTES];
	struct secret *key = secret_new(zeros, sizeof zeros);
	int rc;

	if (key == NULL)
		return err_memory(e, "reading a key");
	rc = decode(form, where, (const char *)text->bytes, text->len, key->bytes, e);
	if (rc != 0)
		secret_free(key);
	else
		*ret = key;
	return rc;
}

int
keys_set_signing(struct keys *k, const char *where, const struct secret *text, struct err *e)
{
	static const unsigned char zeros[crypto_sign_SECRETKEYBYTES];
	struct secret *seed CLEANUP(secret_free) = NULL;
	struct secret *key;
	int rc = decode_secret(FORM_SIGNING, where, text, &seed, e);

	if (rc != 0)
		return rc;
	key = secret_new(zeros, sizeof zeros);
	if (key == NULL)
		return err_memory(e, "reading a key");
	/* cannot fail */
	(void)crypto_sign_seed_keypair(k->signing_public, key->bytes, seed->bytes);
	secret_free(k->signing);
	k->signing = key;
	return 0;
}

int
keys_set_identity(struct keys *k, const char *where, const struct secret *text, struct err *e)
{
	struct secret *key = NULL;
	int rc = decode_secret(FORM_IDENTITY, where, text, &key, e);

	if (rc != 0)
		return rc;
	(void)crypto_scalarmult_base(k->identity_public, key->bytes); /* cannot fail */
	secret_free(k->identity);
	k->identity = key;
	return 0;
}

static int
prove_signing(const struct keys *k, struct err *e)
{
	static const unsigned char message[] = "a message that proves a key";
	unsigned char signature[crypto_sign_BYTES];
	char text[KEY_TEXT_SIZE];

	if (k->signing == NULL)
		return err_set(e, ERR_CONFIG,
		               "keys.signing_key: missing, so nothing could be signed; name the "
		               "file signing that kcb keygen made");
	if (k->signer_count == 0)
		return err_set(e, ERR_CONFIG,
		               "keys.trusted_signers: empty, so no snapshot would be believed; "
		               "put the line of signing.pub there");
	keys_signer_text(k->signing_public, text);
	if (!contains(k->signers, k->signer_count, k->signing_public))
		return err_set(e, ERR_CONFIG,
		               "keys.signing_key: its public key %s is not among "
		               "keys.trusted_signers, so what it signs would be refused; add it "
		               "there", text);
	/* signing itself cannot fail */
	(void)crypto_sign_detached(signature, NULL, message, sizeof message, k->signing->bytes);
	if (crypto_sign_verify_detached(signature, message, sizeof message, k->signing_public) != 0)
		return err_set(e, ERR_CONFIG,
		               "keys.signing_key: a signature made with it does not verify with "
		               "%s; make new keys with kcb keygen", text);
	return 0;
}

/* Seal to the identity's public key, open with its secret one. */
static bool
identity_opens(const struct keys *k)
{
	static const unsigned char message[] = "a message that proves a key";
	unsigned char sealed[sizeof message + crypto_box_SEALBYTES], opened[sizeof message];

	return crypto_box_seal(sealed, message, sizeof message, k->identity_public) == 0 &&
	       crypto_box_seal_open(opened, sealed, sizeof sealed, k->identity_public,
	                            k->identity->bytes) == 0 &&
	       memcmp(opened, message, sizeof message) == 0;
}

static int
prove_identity(const struct keys *k, struct err *e)
{
	char text[KEY_TEXT_SIZE];

	if (k->identity == NULL)
		return err_set(e, ERR_CONFIG,
		               "keys.identity: missing, so nothing could be restored; name the "
		               "file identity that kcb keygen made");
	if (k->recipient_count == 0)
		return err_set(e, ERR_CONFIG,
		               "keys.recipients: empty, so nobody could read a snapshot; put the "
		               "line of identity.pub there");
	keys_recipient_text(k->identity_public, text);
	if (!contains(k->recipients, k->recipient_count, k->identity_public))
		return err_set(e, ERR_CONFIG,
		               "keys.identity: its public key %s is not among keys.recipients, so "
		               "it could not open what is sealed; add it there", text);
	if (!identity_opens(k))
		return err_set(e, ERR_CONFIG,
		               "keys.identity: does not open what is sealed to %s; make new keys "
		               "with kcb keygen", text);
	return 0;
}

int
keys_prove(const struct keys *k, struct err *e)
{
	int rc = prove_signing(k, e);

	return rc != 0 ? rc : prove_identity(k, e);
}

/* What keygen has made so far, to take it back. */
struct generation {
	const char *directory;
	int         fd;             /* of the directory */
	bool        made_directory;
	bool        made[FORMS];
};

static int
write_key_file(struct generation *g, enum form form, const char *line, size_t len, struct err *e)
{
	mode_t mode = is_secret(form) ? 0600 : 0644;
	int fd = openat(g->fd, forms[form].file,
	                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	bool bad;

	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_EXISTS,
		               "making keys: %s/%s is there already and keys are never "
		               "overwritten; give another directory, or move the old keys away",
		               g->directory, forms[form].file);
	if (fd < 0)
		return err_set(e, ERR_FAILED, "making keys: %s/%s cannot be made: %s", g->directory,
		               forms[form].file, strerror(errno));
	g->made[form] = true;
	/* fchmod, since the process's umask is not ours to know */
	bad = fchmod(fd, mode) != 0 || file_write_all(fd, line, len) != 0 || fsync(fd) != 0;
	if (bad)
		(void)err_set(e, ERR_FAILED, "making keys: %s/%s cannot be written: %s",
		              g->directory, forms[form].file, strerror(errno));
	if (close(fd) != 0 && !bad) {
		bad = true;
		(void)err_set(e, ERR_FAILED, "making keys: %s/%s cannot be closed: %s",
		              g->directory, forms[form].file, strerror(errno));
	}
	return bad ? ERR_FAILED : 0;
}

static int
write_key(struct generation *g, enum form form, const unsigned char *key, struct err *e)
{
	static const char zeros[KEY_TEXT_SIZE];
	struct secret *line CLEANUP(secret_free) = secret_new(zeros, sizeof zeros);
	size_t prefix = strlen(forms[form].prefix), len = prefix + BASE64_CHARS;
	char *text;

	if (line == NULL)
		return err_memory(e, "making keys");
	text = (char *)line->bytes;
	memcpy(text, forms[form].prefix, prefix);
	(void)sodium_bin2base64(text + prefix, line->len - prefix, key, KEY_BYTES, BASE64_FORM);
	text[len] = '\n'; /* over the NUL */
	return write_key_file(g, form, text, len + 1, e);
}

static int
make_identity(struct generation *g, struct err *e)
{
	static const unsigned char zeros[KEY_BYTES];
	struct secret *key CLEANUP(secret_free) = secret_new(zeros, sizeof zeros);
	unsigned char public[KEY_BYTES];
	int rc;

	if (key == NULL)
		return err_memory(e, "making keys");
	(void)crypto_box_keypair(public, key->bytes); /* cannot fail */
	rc = write_key(g, FORM_IDENTITY, key->bytes, e);
	return rc != 0 ? rc : write_key(g, FORM_RECIPIENT, public, e);
}

static int
make_signing(struct generation *g, struct err *e)
{
	static const unsigned char zeros[crypto_sign_SECRETKEYBYTES];
	struct secret *key CLEANUP(secret_free) = secret_new(zeros, sizeof zeros);
	unsigned char public[KEY_BYTES];
	int rc;

	if (key == NULL)
		return err_memory(e, "making keys");
	(void)crypto_sign_keypair(public, key->bytes); /* cannot fail; the seed comes first in it */
	rc = write_key(g, FORM_SIGNING, key->bytes, e);
	return rc != 0 ? rc : write_key(g, FORM_SIGNER, public, e);
}

static int
open_directory(struct generation *g, struct err *e)
{
	g->made_directory = mkdir(g->directory, 0700) == 0;
	if (!g->made_directory && errno != EEXIST)
		return err_set(e, ERR_FAILED, "making keys: directory %s cannot be made: %s",
		               g->directory, strerror(errno));
	g->fd = open(g->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->fd < 0)
		return err_set(e, ERR_FAILED, "making keys: directory %s cannot be opened: %s",
		               g->directory, strerror(errno));
	return 0;
}

static int
make_files(struct generation *g, struct err *e)
{
	int rc = make_identity(g, e);

	if (rc == 0)
		rc = make_signing(g, e);
	if (rc == 0 && fsync(g->fd) != 0)
		rc = err_set(e, ERR_FAILED, "making keys: directory %s cannot be synced: %s",
		             g->directory, strerror(errno));
	return rc;
}

/* Best effort: the error that led here is the one to be told. */
static void
take_back(const struct generation *g)
{
	for (int i = 0; i < FORMS; i++)
		if (g->made[i])
			(void)unlinkat(g->fd, forms[i].file, 0);
	if (g->made_directory)
		(void)rmdir(g->directory);
}

int
keys_generate(const char *directory, struct err *e)
{
	struct generation g = { .directory = directory, .fd = -1 };
	int rc = open_directory(&g, e);

	if (rc == 0)
		rc = make_files(&g, e);
	if (rc != 0)
		take_back(&g);
	if (g.fd >= 0)
		(void)close(g.fd); /* synced before */
	return rc;
}
