/* err.c - see err.h */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"

static void
clean(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

int
err_set(struct err *e, int code, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(e->text, sizeof e->text, format, ap); /* cut is fine */
	va_end(ap);
	clean(e->text);
	e->code = code;
	return code;
}

int
err_prefix(struct err *e, const char *format, ...)
{
	char old[ERR_TEXT_SIZE];
	va_list ap;
	size_t n;

	memcpy(old, e->text, sizeof old);
	va_start(ap, format);
	(void)vsnprintf(e->text, sizeof e->text, format, ap);
	va_end(ap);
	n = strlen(e->text);
	(void)snprintf(e->text + n, sizeof e->text - n, ": %s", old);
	clean(e->text);
	return e->code;
}

int
err_memory(struct err *e, const char *doing)
{
	return err_set(e, ERR_FAILED, "out of memory while %s", doing);
}

const char *
err_name(int code)
{
	static const char *const names[] = {
		"OK", "FAILED", "AGAIN", "CONFIG", "NEEDS_OPERATOR", "UNSUPPORTED", "CANCELLED",
		"DEADLINE", "MISSING", "CORRUPT", "DENIED", "EXISTS",
	};
	unsigned i = code > 0 ? sizeof names : 0u - (unsigned)code;

	return i < sizeof names / sizeof names[0] ? names[i] : "FAILED";
}
