/*
 * err.h - what went wrong, said once, in words that a person can use.
 *
 * Functions that can fail return 0 or one of the negative codes below and fill a
 * struct err that the caller owns.  The code says who has to act; the text says what was
 * attempted, on which object, what came back, and what can be done: lower case, no full stop.
 * No text ever holds a secret or a byte of a payload (R8).
 */
#ifndef ERR_H
#define ERR_H

enum {
	ERR_FAILED      = -1,  /* nothing else fits; a report of it is a bug report or a broken disk */
	ERR_AGAIN       = -2,  /* something could not be reached or was busy; worth a retry */
	ERR_CONFIG      = -3,  /* the configuration or a key file must be changed */
	ERR_OPERATOR    = -4,  /* a person must decide */
	ERR_UNSUPPORTED = -5,  /* unknown hook, flag, parameter or version */
	ERR_CANCELLED   = -6,
	ERR_DEADLINE    = -7,
	ERR_MISSING     = -8,  /* the object that was asked for does not exist */
	ERR_CORRUPT     = -9,  /* what was read fails its verification */
	ERR_DENIED      = -10, /* the server knows us and says no */
	ERR_EXISTS      = -11, /* the object is there already */
};

#define ERR_TEXT_SIZE 1024u

struct err {
	int  code;                /* 0 or ERR_* */
	char text[ERR_TEXT_SIZE]; /* always terminated; "" while code is 0; cut, never overrun */
};

/* Fill e and return code.  Bytes below blank become '?': a hostile name cannot break a line. */
int err_set(struct err *e, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put a text in front of e's, with ": " between; returns e's code. */
int err_prefix(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Set e to "out of memory while ..." and return ERR_FAILED. */
int err_memory(struct err *e, const char *doing);

/* The name of a code, for reports: "FAILED", "AGAIN", ...; "OK" for 0. */
const char *err_name(int code);

#endif
