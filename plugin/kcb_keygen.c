/* kcb_keygen.c - see kcb_keygen.h: no plugin is needed */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/base/json.h"
#include "core/seal/keys.h"
#include "plugin/kcb_keygen.h"
#include "plugin/kcb_operation.h"
#include "plugin/kcb_text.h"

struct made {
	char directory[PATH_MAX]; /* absolute: it goes into the service's file */
	char recipient[KEY_TEXT_SIZE], signer[KEY_TEXT_SIZE];
};

static int
read_public(const char *directory, const char *name, char ret[KEY_TEXT_SIZE], struct err *e)
{
	char path[PATH_MAX + 16];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "re");
	if (file == NULL || fgets(ret, KEY_TEXT_SIZE, file) == NULL)
		(void)err_set(e, ERR_FAILED, "%s: cannot be read again", path);
	else
		ret[strcspn(ret, "\n")] = '\0';
	if (file != NULL)
		(void)fclose(file); /* only read from */
	return e->code;
}

static int
make(const char *directory, struct made *ret, struct err *e)
{
	if (sodium_init() < 0)
		return err_set(e, ERR_FAILED, "libsodium cannot be initialised");
	if (keys_generate(directory, e) != 0)
		return e->code;
	if (realpath(directory, ret->directory) == NULL)
		return err_set(e, ERR_FAILED, "%s: cannot be found again", directory);
	if (read_public(directory, "identity.pub", ret->recipient, e) != 0)
		return e->code;
	return read_public(directory, "signing.pub", ret->signer, e);
}

/* The section `keys` of the service's file. */
static struct json_object *
section(const struct made *made)
{
	static const char *const files[][2] = { { "identity", "identity" },
		                                { "signing_key", "signing" } };
	struct json_object *keys = json_object_new_object(), *list, *file;
	char path[PATH_MAX + 16];
	size_t i;

	for (i = 0; i < LENGTH(files); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", made->directory, files[i][1]);
		file = json_object_new_object();
		(void)json_object_object_add(file, "file", json_object_new_string(path));
		(void)json_object_object_add(keys, files[i][0], file);
	}
	list = json_object_new_array();
	(void)json_object_array_add(list, json_object_new_string(made->recipient));
	(void)json_object_object_add(keys, "recipients", list);
	list = json_object_new_array();
	(void)json_object_array_add(list, json_object_new_string(made->signer));
	(void)json_object_object_add(keys, "trusted_signers", list);
	return keys;
}

static void
say(const struct kcb_options *options, const struct made *made)
{
	struct json_object *keys CLEANUP(json_object_put) = section(made);

	if (options->json) {
		kcb_text_json(stdout, keys);
		return;
	}
	if (options->quiet)
		return;
	kcb_text_print(stdout, "made in %s:\n", made->directory);
	(void)puts("  identity      opens the snapshots; keep a copy away from the service\n"
	           "  signing       signs them");
	kcb_text_print(stdout, "  identity.pub  %s\n", made->recipient);
	kcb_text_print(stdout, "  signing.pub   %s\n", made->signer);
	(void)puts("\nin the service's file, as \"keys\":");
	kcb_text_json(stdout, keys);
}

int
kcb_keygen_main(const struct kcb_options *options)
{
	struct made made;
	struct err e = { 0 };

	if (make(options->directory, &made, &e) != 0)
		return kcb_operation_fail(options, LCP_FAILED, &e);
	say(options, &made);
	return 0;
}
