/* json_number.c - numbers to text and back, whatever the host's locale takes for a point */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/json.h"
#include "core/base/json_number.h"

/* The most digits that a double needs to read back equal. */
#define DOUBLE_DIGITS 17

/* Enough digits of a number to know whether a double holds it. */
#define NUMBER_DIGITS 20u
#define EXPONENT_MAX  9999 /* far beyond what a double holds */

/*
 * The fewest digits (no point among them, no zero behind) that read back as value, and the
 * exponent of the first.  The text between is of the host's locale, so only digits are taken of it.
 */
static size_t
shortest_digits(double value, char digits[DOUBLE_DIGITS], int *exponent)
{
	char text[64];
	size_t n = 0;
	char *p;
	int i;

	for (i = 0; i < DOUBLE_DIGITS; i++) {
		(void)snprintf(text, sizeof text, "%.*e", i, value);
		if (strtod(text, NULL) == value)
			break;
	}
	for (p = text; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9' && n < DOUBLE_DIGITS)
			digits[n++] = *p;
	*exponent = 0;
	for (i = p[1] == '-' ? -1 : 1, p += 2; *p >= '0' && *p <= '9'; p++)
		*exponent = *exponent * 10 + (*p - '0');
	*exponent *= i;
	return n;
}

/* As Python's repr does it, but "1" for 1.0 and "1e-7" for 1e-07. */
static void
add_double(struct buf *out, const char *digits, size_t n, int exponent)
{
	bool plain = exponent >= -4 && exponent < 16;
	size_t whole = plain && exponent >= 0 ? (size_t)exponent + 1 : 1;

	if (plain && exponent < 0) {
		(void)buf_add(out, "0.000", (size_t)(1 - exponent));
		(void)buf_add(out, digits, n);
		return;
	}
	(void)buf_add(out, digits, n < whole ? n : whole);
	for (; n < whole; whole--)
		(void)buf_add_char(out, '0');
	if (n > whole) {
		(void)buf_add_char(out, '.');
		(void)buf_add(out, digits + whole, n - whole);
	}
	if (!plain)
		(void)buf_print(out, "e%d", exponent);
}

void
json_double(struct json *j, double value)
{
	char digits[DOUBLE_DIGITS];
	int exponent = 0;
	size_t n;

	if (!isfinite(value)) {
		j->out->failed = true; /* JSON has no text for it */
		return;
	}
	json_raw(j, "-", signbit(value) && value != 0 ? 1 : 0); /* with the comma before it */
	n = shortest_digits(fabs(value), digits, &exponent);
	add_double(j->out, digits, n, exponent);
}

bool
json_integer_fits(const char *text, size_t len, bool negative)
{
	uint64_t number = 0, max = negative ? (uint64_t)1 << 63 : UINT64_MAX;
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned digit = (unsigned)(text[i] - '0');

		if (number > (max - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	return true;
}

/* The number is written anew without a point: strtod() knows only that of the host's locale. */
bool
json_double_fits(const char *text, size_t len)
{
	char copy[NUMBER_DIGITS + 16];
	size_t n = 0, i;
	int64_t exponent = 0, shift = 0;
	bool point = false, negative;
	double number;

	for (i = 0; i < len && (text[i] | 0x20) != 'e'; i++) {
		if (text[i] == '.')
			point = true;
		if (text[i] < '0' || text[i] > '9')
			continue;
		shift -= point;
		if (n == NUMBER_DIGITS)
			shift++;
		else if (n > 0 || text[i] != '0')
			copy[n++] = text[i];
	}
	negative = i + 1 < len && text[i + 1] == '-';
	for (; i < len; i++)
		if (text[i] >= '0' && text[i] <= '9' && exponent < INT32_MAX)
			exponent = exponent * 10 + (text[i] - '0');
	if (n == 0)
		return true;
	exponent = shift + (negative ? -exponent : exponent);
	exponent = exponent > EXPONENT_MAX ? EXPONENT_MAX : exponent;
	exponent = exponent < -EXPONENT_MAX ? -EXPONENT_MAX : exponent;
	(void)snprintf(copy + n, sizeof copy - n, "e%d", (int)exponent);
	number = strtod(copy, NULL);
	return number > 0 && isfinite(number);
}
