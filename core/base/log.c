/* log.c - see log.h */
#include <stdarg.h>
#include <stdio.h>

#include "core/base/log.h"

void
log_say(const struct log *log, int level, const char *format, ...)
{
	char message[1024];
	va_list ap;
	char *p;

	if (log == NULL || log->write == NULL)
		return;
	va_start(ap, format);
	(void)vsnprintf(message, sizeof message, format, ap); /* cut is fine */
	va_end(ap);
	for (p = message; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20)
			*p = ' ';
	log->write(log->ctx, level, message);
}
