/* sign.c - see sign.h */
#include <string.h>

#include "core/seal/sign.h"

static void
begin(crypto_sign_state *state, const char *context, const void *bytes, size_t len)
{
	(void)crypto_sign_init(state); /* these three cannot fail */
	(void)crypto_sign_update(state, (const unsigned char *)context, strlen(context) + 1);
	(void)crypto_sign_update(state, bytes, len);
}

int
sign_make(const char *context, const void *bytes, size_t len, const struct secret *signing,
          unsigned char ret[SIGNATURE_BYTES], struct err *e)
{
	crypto_sign_state state;

	if (signing == NULL)
		return err_set(e, ERR_CONFIG,
		               "keys.signing_key: missing, so nothing can be signed; name the "
		               "file signing that kcb keygen made");
	begin(&state, context, bytes, len);
	(void)crypto_sign_final_create(&state, ret, NULL, signing->bytes); /* cannot fail */
	return 0;
}

bool
sign_verifies(const char *context, const void *bytes, size_t len,
              const unsigned char signature[SIGNATURE_BYTES],
              const unsigned char signer[KEY_BYTES])
{
	unsigned char copy[SIGNATURE_BYTES]; /* final_verify takes no const */
	crypto_sign_state state;

	memcpy(copy, signature, sizeof copy);
	begin(&state, context, bytes, len);
	return crypto_sign_final_verify(&state, copy, signer) == 0;
}

const char *
sign_stranger(const unsigned char signer[KEY_BYTES], const struct keys *keys,
              char room[KEY_TEXT_SIZE])
{
	for (size_t i = 0; i < keys->signer_count; i++)
		if (memcmp(keys->signers[i], signer, KEY_BYTES) == 0)
			return NULL;
	keys_signer_text(signer, room);
	return room;
}
