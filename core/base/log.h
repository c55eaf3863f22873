/*
 * log.h - the host's log.  core/ says nothing above LOG_LEVEL_DEBUG; plugin/ says each failure
 * once.  Any thread.  Levels are syslog's.  No secret and no payload byte is ever passed (R8).
 */
#ifndef LOG_H
#define LOG_H

enum { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

struct log {
	void (*write)(void *ctx, int level, const char *message); /* NULL: nobody listens */
	void *ctx;
};

void log_say(const struct log *log, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
