/* google_key.c - see google_key.h.  RSA is OpenSSL's: libsodium has none. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/store/google_key.h"

#define SCOPE       "https://www.googleapis.com/auth/devstorage.read_write"
#define LIFETIME_S  3600
#define CLAIM_MAX   8192u
#define RSA_BITS_MIN 2048

CLEANUP_FUNCTION(BIO, BIO_free)
CLEANUP_FUNCTION(EVP_PKEY, EVP_PKEY_free)
CLEANUP_FUNCTION(EVP_MD_CTX, EVP_MD_CTX_free)

/* ---- reading ---- */

void
google_key_release(struct google_key *k)
{
	free(k->email);
	free(k->id);
	free(k->token_uri);
	secret_free(k->pem);
	*k = (struct google_key){ .email = NULL };
}

static const char *
text_of(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(o, key, &value) || !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

static int
take(struct google_key *k, struct json_object *o, struct err *e)
{
	const char *pem = text_of(o, "private_key");

	if (strcmp(text_of(o, "type"), "service_account") != 0 || text_of(o, "client_email")[0] == '\0' ||
	    text_of(o, "token_uri")[0] == '\0' || pem[0] == '\0')
		return err_set(e, ERR_CONFIG, "store.credentials.service_account_key is not the JSON key of a service "
		                              "account: make one in Google's console");
	k->email = strdup(text_of(o, "client_email"));
	k->id = strdup(text_of(o, "private_key_id"));
	k->token_uri = strdup(text_of(o, "token_uri"));
	k->pem = secret_new(pem, strlen(pem));
	sodium_memzero((char *)(uintptr_t)pem, strlen(pem)); /* json-c's copy: it does not wipe */
	return k->email == NULL || k->id == NULL || k->token_uri == NULL || k->pem == NULL
	           ? err_memory(e, "reading a key")
	           : 0;
}

int
google_key_read(const struct secret *text, struct google_key *ret, struct err *e)
{
	struct json_object *o CLEANUP(json_object_put) = NULL;
	int rc = json_parse((const char *)text->bytes, text->len, JSON_DEPTH_MAX, &o, e);

	*ret = (struct google_key){ .email = NULL };
	if (rc == ERR_CORRUPT || (rc == 0 && !json_object_is_type(o, json_type_object)))
		rc = err_set(e, ERR_CONFIG, "store.credentials.service_account_key is not JSON");
	if (rc == 0)
		rc = take(ret, o, e);
	if (rc != 0)
		google_key_release(ret);
	return rc;
}

/* ---- signing ---- */

static int
add_base64(struct buf *out, const void *bytes, size_t len)
{
	size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

	if (buf_reserve(out, size) != 0)
		return -1;
	(void)sodium_bin2base64(out->data + out->len, size, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	out->len += size - 1;
	return 0;
}

static int
add_header(struct buf *out, const struct google_key *k)
{
	struct buf text CLEANUP(buf_release);
	struct json j;

	buf_init(&text, CLAIM_MAX);
	json_init(&j, &text);
	json_begin_object(&j);
	json_key_string(&j, "alg", "RS256");
	json_key_string(&j, "kid", k->id);
	json_key_string(&j, "typ", "JWT");
	json_end_object(&j);
	return text.failed ? -1 : add_base64(out, text.data, text.len);
}

static int
add_claim(struct buf *out, const struct google_key *k, const char *audience, int64_t now_s)
{
	struct buf text CLEANUP(buf_release);
	struct json j;

	buf_init(&text, CLAIM_MAX);
	json_init(&j, &text);
	json_begin_object(&j);
	json_key_string(&j, "aud", audience);
	json_key(&j, "exp");
	json_integer(&j, now_s + LIFETIME_S);
	json_key(&j, "iat");
	json_integer(&j, now_s);
	json_key_string(&j, "iss", k->email);
	json_key_string(&j, "scope", SCOPE);
	json_end_object(&j);
	return text.failed ? -1 : add_base64(out, text.data, text.len);
}

/* OpenSSL's own would ask whoever sits at the terminal. */
static int
no_password(char *text, int size, int writing, void *arg)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *
open_key(const struct secret *pem)
{
	CLEANUP(BIO_free) BIO *bio = BIO_new_mem_buf(pem->bytes, (int)pem->len);
	EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);

	if (key != NULL && (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) < RSA_BITS_MIN)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

static int
add_signature(struct buf *out, size_t begin, const struct google_key *k, struct err *e)
{
	CLEANUP(EVP_PKEY_free) EVP_PKEY *key = open_key(k->pem);
	CLEANUP(EVP_MD_CTX_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[1024]; /* of 8,192 bits */
	size_t len = sizeof signature;
	int good;

	if (key == NULL)
		good = -1;
	else
		good = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
		       EVP_DigestSign(context, signature, &len, (const unsigned char *)out->data + begin,
		                      out->len - begin) == 1;
	ERR_clear_error(); /* libcurl looks there too */
	if (good < 0)
		return err_set(e, ERR_CONFIG, "the private key in store.credentials.service_account_key is not an RSA "
		                              "key of %d bits or more", RSA_BITS_MIN);
	if (good == 0)
		return err_set(e, ERR_FAILED, "signing for a service account failed");
	(void)buf_add_char(out, '.');
	return add_base64(out, signature, len) != 0 ? err_memory(e, "signing") : 0;
}

int
google_key_claim(const struct google_key *k, const char *audience, int64_t now_s, struct buf *out,
                 struct err *e)
{
	size_t begin = out->len;

	(void)add_header(out, k);
	(void)buf_add_char(out, '.');
	if (add_claim(out, k, audience, now_s) != 0)
		return err_memory(e, "signing");
	return add_signature(out, begin, k, e);
}
