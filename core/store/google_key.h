/*
 * google_key.h - the key of one of Google's service accounts, as its console gives it: a JSON file.
 *
 * Tokens are got for it by a claim that the account signs (RS256): RFC 7523.  Any thread.
 */
#ifndef STORE_GOOGLE_KEY_H
#define STORE_GOOGLE_KEY_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/secret.h"

struct google_key {
	char          *email, *id, *token_uri;
	struct secret *pem;
};

/* ERR_CONFIG: the text is no such key; what it says is never repeated.  ret is the caller's to release. */
int  google_key_read(const struct secret *text, struct google_key *ret, struct err *e);
void google_key_release(struct google_key *k);

/*
 * Append a signed claim to `out`: for an hour from now_s (of the server's clock), for a token that may
 * read and write objects, to be shown to `audience`.  ERR_CONFIG: the private key is not an RSA one.
 */
int google_key_claim(const struct google_key *k, const char *audience, int64_t now_s, struct buf *out,
                     struct err *e);

#endif
