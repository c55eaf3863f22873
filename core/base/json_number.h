/* json_number.h - which numbers can be held; for json_parse.c alone. */
#ifndef JSON_NUMBER_H
#define JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* Do len digits fit an int64, with a minus before them, or else a uint64? */
bool json_integer_fits(const char *text, size_t len, bool negative);

/* Is a JSON number (its sign left out) a double: not beyond the largest, nor too near to zero? */
bool json_double_fits(const char *text, size_t len);

#endif
