/* formats.c - see formats.h */
#include <string.h>

#include "core/config/formats.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

/* As buckets are named: what AWS allows, and the '_' of older ones. */
static bool
fits_bucket(const char *text)
{
	size_t len = strlen(text);

	return len >= 3 && len <= 255 && strspn(text, LETTERS DIGITS "._-") == len && text[0] != '.' &&
	       text[0] != '-';
}

/* Parts with slashes between them, none of them hidden or empty. */
static bool
fits_prefix(const char *text)
{
	size_t len = strlen(text), i;

	if (len == 0 || len > 512 || strspn(text, LETTERS DIGITS "._/-") < len || text[len - 1] == '/')
		return false;
	for (i = 0; i < len; i++)
		if ((i == 0 || text[i - 1] == '/') && (text[i] == '/' || text[i] == '.'))
			return false;
	return true;
}

/* A word in a header or a host's name. */
static bool
fits_word(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= 64 && strspn(text, LETTERS DIGITS "_-") == len;
}

/* What a header or a form can hold. */
static bool
fits_plain(const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f)
			return false;
	return i > 0 && i <= 2048;
}

static bool
fits_key_id(const char *text)
{
	return fits_plain(text) && strlen(text) <= 128 && strpbrk(text, "/,") == NULL;
}

static bool
fits_account(const char *text)
{
	return strlen(text) == 12 && strspn(text, DIGITS) == 12;
}

static bool
fits_azure_account(const char *text)
{
	size_t len = strlen(text);

	return len >= 3 && len <= 24 && strspn(text, "abcdefghijklmnopqrstuvwxyz" DIGITS) == len;
}

static bool
fits_container(const char *text)
{
	size_t len = strlen(text);

	return len >= 3 && len <= 63 && strspn(text, "abcdefghijklmnopqrstuvwxyz" DIGITS "-") == len &&
	       text[0] != '-' && text[len - 1] != '-' && strstr(text, "--") == NULL;
}

static bool
fits_encryption(const char *text)
{
	return strcmp(text, "AES256") == 0 || strcmp(text, "aws:kms") == 0 || strcmp(text, "aws:kms:dsse") == 0;
}

static bool
fits_lock(const char *text)
{
	return strcmp(text, "GOVERNANCE") == 0 || strcmp(text, "COMPLIANCE") == 0;
}

const struct option_format format_bucket = {
	"a bucket's name, 3 to 255 characters of A-Z a-z 0-9 . _ -", fits_bucket
};
const struct option_format format_prefix = {
	"parts of A-Z a-z 0-9 . _ - with / between them, such as \"backups/kafka\"; no part begins with a dot",
	fits_prefix
};
const struct option_format format_word = { "a word of A-Z a-z 0-9 _ -", fits_word };
const struct option_format format_plain = { "text without blanks", fits_plain };
const struct option_format format_key_id = { "the id of an access key", fits_key_id };
const struct option_format format_account = { "an account's number, 12 digits", fits_account };
const struct option_format format_azure_account = {
	"a storage account's name, 3 to 24 characters of a-z 0-9", fits_azure_account
};
const struct option_format format_container = {
	"a container's name, 3 to 63 characters of a-z 0-9 and single - between them", fits_container
};
const struct option_format format_encryption = {
	"\"AES256\", \"aws:kms\" or \"aws:kms:dsse\"", fits_encryption
};
const struct option_format format_lock = { "\"GOVERNANCE\" or \"COMPLIANCE\"", fits_lock };
