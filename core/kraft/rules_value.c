/* rules_value.c - does a config's value fit? see rules_table.h; each type as Kafka reads it */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/kraft/rules_table.h"

struct text {
	const char *p, *end;
};

/* Java's trim(): what is not above a blank goes. */
static struct text
trimmed(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p <= ' ')
		p++;
	while (p < end && (unsigned char)end[-1] <= ' ')
		end--;
	return (struct text){ p, end };
}

static size_t
length(struct text t)
{
	return (size_t)(t.end - t.p);
}

static bool
is(struct text t, const char *word)
{
	return length(t) == strlen(word) && memcmp(t.p, word, length(t)) == 0;
}

static bool
is_in_any_case(struct text t, const char *word)
{
	return length(t) == strlen(word) && strncasecmp(t.p, word, length(t)) == 0;
}

/* Is t one of words, with blanks between them? */
static bool
is_one_of(struct text t, const char *words)
{
	const char *end;

	for (; *words != '\0'; words = *end == '\0' ? end : end + 1) {
		end = strchrnul(words, ' ');
		if (length(t) == (size_t)(end - words) && memcmp(t.p, words, length(t)) == 0)
			return true;
	}
	return false;
}

/* The first of a text's parts between commas, trimmed; *rest is NULL behind the last. */
static struct text
next_part(struct text *rest)
{
	const char *comma = memchr(rest->p, ',', length(*rest));
	struct text part = trimmed(rest->p, comma == NULL ? rest->end : comma);

	rest->p = comma == NULL ? NULL : comma + 1;
	return part;
}

/* ---- numbers ---- */

static bool
whole(struct text t, int64_t *ret)
{
	bool negative = t.p < t.end && *t.p == '-';
	uint64_t n = 0, most = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;

	if (t.p < t.end && (*t.p == '-' || *t.p == '+'))
		t.p++;
	if (t.p == t.end)
		return false;
	for (; t.p < t.end; t.p++) {
		if (*t.p < '0' || *t.p > '9' || n > (most - (uint64_t)(*t.p - '0')) / 10)
			return false;
		n = n * 10 + (uint64_t)(*t.p - '0');
	}
	*ret = negative ? (int64_t)-n : (int64_t)n;
	return true;
}

bool
config_number(const char *value, size_t len, int64_t *ret)
{
	return whole(trimmed(value, value + len), ret);
}

struct decimal {
	bool negative, zero, more_than_one;
};

static const char *
digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* An exponent's value, or 0 without one; false: it is none.  Far beyond a double's it is cut. */
static bool
exponent(struct text t, int *ret)
{
	bool negative;
	const char *p = t.p;

	*ret = 0;
	if (p == t.end)
		return true;
	if (*p != 'e' && *p != 'E')
		return false;
	p++;
	negative = p < t.end && *p == '-';
	if (p < t.end && (*p == '-' || *p == '+'))
		p++;
	if (p == t.end)
		return false;
	for (; p < t.end && *p >= '0' && *p <= '9'; p++)
		*ret = *ret > 9999 ? *ret : *ret * 10 + (*p - '0');
	*ret = negative ? -*ret : *ret;
	return p == t.end;
}

/* Is 0.DIGITS times 10 to the power more than 1?  DIGITS (with a point among them) begin with no 0. */
static bool
more_than_one(const char *p, const char *end, int power)
{
	if (power != 1)
		return power > 1;
	if (*p != '1')
		return true;
	for (p++; p < end; p++)
		if (*p != '0' && *p != '.')
			return true;
	return false;
}

/*
 * As Double.parseDouble(), but for hexadecimal ones, by hand: strtod() wants the point of the host's
 * locale.
 */
static bool
decimal(struct text t, struct decimal *ret)
{
	const char *first, *point, *end, *p;
	int power;

	*ret = (struct decimal){ .negative = t.p < t.end && *t.p == '-' };
	if (t.p < t.end && (*t.p == '-' || *t.p == '+'))
		t.p++;
	if (is(t, "NaN") || is(t, "Infinity")) {
		ret->more_than_one = is(t, "Infinity");
		return true;
	}
	if (t.p < t.end && strchr("fFdD", t.end[-1]) != NULL)
		t.end--;
	point = digits(t.p, t.end);
	end = point < t.end && *point == '.' ? digits(point + 1, t.end) : point;
	if (end == t.p || (end == t.p + 1 && *t.p == '.') || !exponent((struct text){ end, t.end }, &power))
		return false;
	for (first = t.p; first < end && (*first == '0' || *first == '.'); first++)
		;
	ret->zero = first == end;
	p = first < point ? first : first - 1; /* behind the point, the zeros before it count */
	ret->more_than_one = !ret->zero && more_than_one(first, end, power + (int)(point - p));
	return true;
}

static bool
ratio(struct text t)
{
	struct decimal d;

	return decimal(t, &d) && !d.more_than_one && (!d.negative || d.zero);
}

static bool
number_fits(const struct config_rule *rule, struct text t)
{
	int64_t n;

	return whole(t, &n) && n >= rule->min && n <= rule->max;
}

static bool
gzip_level(struct text t)
{
	int64_t n;

	return whole(t, &n) && n <= 9 && (n >= 1 || n == -1);
}

/* ---- lists ---- */

/* Is the part one of those in the text before it? */
static bool
is_repeated(struct text all, struct text part)
{
	struct text other;

	do {
		other = next_part(&all);
		if (other.p == part.p)
			return false;
	} while (length(other) != length(part) || memcmp(other.p, part.p, length(part)) != 0);
	return true;
}

static bool
list_fits(const struct config_rule *rule, int level, struct text t)
{
	bool distinct = rule->distinct && level >= KAFKA_LISTS_DISTINCT;
	struct text rest = t, part;

	if (t.p == t.end)
		return true;
	while (rest.p != NULL) {
		part = next_part(&rest);
		if ((level >= KAFKA_LISTS_CHECKED && part.p == part.end) || (distinct && is_repeated(t, part)))
			return false;
		if (rule->words != NULL && !is_one_of(part, rule->words))
			return false;
	}
	return true;
}

/* Utils.validHostPattern(). */
static bool
host_name(struct text t)
{
	for (; t.p < t.end; t.p++)
		if (!isalnum((unsigned char)*t.p) && strchr("-%._:", *t.p) == NULL)
			return false;
	return true;
}

/* Commas at the end say nothing. */
static bool
number_by_host(struct text t)
{
	const char *colon;
	struct text rest, part;
	int64_t n;

	while (t.p < t.end && t.end[-1] == ',')
		t = trimmed(t.p, t.end - 1);
	rest = t;
	while (t.p < t.end && rest.p != NULL) {
		part = next_part(&rest);
		colon = memrchr(part.p, ':', length(part));
		if (colon == NULL || !host_name((struct text){ part.p, colon }) ||
		    !whole((struct text){ colon + 1, part.end }, &n) || n < INT32_MIN || n > INT32_MAX)
			return false;
	}
	return true;
}

/* NAME://[HOST]:PORT each; whether the node has those addresses only its own start can tell. */
static bool
listeners(struct text t)
{
	const char *slashes, *colon;
	struct text rest = t, part;
	int64_t port;

	while (rest.p != NULL) {
		part = next_part(&rest);
		slashes = memmem(part.p, length(part), "://", 3);
		colon = memrchr(part.p, ':', length(part));
		if (slashes == NULL || slashes == part.p || colon < slashes + 3 ||
		    !whole((struct text){ colon + 1, part.end }, &port) || port < -1)
			return false;
	}
	return true;
}

/* ---- texts of a form ---- */

/* A version, or one that begins with it: "2.8", "2.8-IV1", "2.8.1". */
static bool
format_version(const struct config_rule *rule, struct text t)
{
	unsigned points = length(t) > 1 && memcmp(t.p, "0.", 2) == 0 ? 3 : 2;
	const char *p, *word = rule->words;
	size_t n;

	for (p = t.p; p < t.end && (*p != '.' || --points > 0); p++)
		;
	n = (size_t)(p - t.p);
	for (; word != NULL && *word != '\0'; word = strchr(word, ' '), word += word != NULL)
		if (n > 0 && strncmp(word, t.p, n) == 0 && (word[n] == ' ' || word[n] == '\0' || word[n] == '-'))
			return true;
	return false;
}

/* Numbers with the letters after them, in their order, each at most once; at least one. */
static const char *
amounts(const char *p, const char *end, const char *letters)
{
	const char *after, *fraction, *letter, *from = p;

	for (; p < end; p = after + 1) {
		after = digits(p, end);
		fraction = after > p && after < end && *after == '.' ? digits(after + 1, end) : after;
		if (fraction < end && toupper((unsigned char)*fraction) == 'S') /* of seconds alone */
			after = fraction;
		letter = after > p && after < end ? strchr(letters, toupper((unsigned char)*after)) : NULL;
		if (letter == NULL)
			break;
		letters = letter + 1;
	}
	return p > from ? p : NULL;
}

/* java.time.Duration.parse(), without signs: PnDTnHnMnS. */
static bool
duration(struct text t)
{
	const char *p;

	if (length(t) < 3 || toupper((unsigned char)*t.p) != 'P')
		return false;
	t.p++;
	p = amounts(t.p, t.end, "D");
	if (p == NULL)
		p = t.p;
	if (p == t.end)
		return true;
	if (toupper((unsigned char)*p) != 'T')
		return false;
	return amounts(p + 1, t.end, "HMS") == t.end;
}

static bool
offset_reset(struct text t)
{
	static const char by_duration[] = "by_duration:";
	size_t n = sizeof by_duration - 1;

	return is(t, "latest") || is(t, "earliest") ||
	       (length(t) > n && memcmp(t.p, by_duration, n) == 0 &&
	        duration((struct text){ t.p + n, t.end }));
}

/*
 * What java.util.regex surely refuses: brackets that do not match, a backslash at the end, a
 * repetition of nothing.  Whatever stood in a log was compiled by the controller that wrote it.
 */
static bool
pattern(struct text t)
{
	bool atom = false; /* something stands there that may be repeated */
	int open = 0;
	const char *p;

	for (p = t.p; p < t.end; p++) {
		if (*p == '\\' && ++p == t.end)
			return false;
		if (p > t.p && p[-1] == '\\') {
			atom = true;
		} else if (*p == '[') {
			p = memchr(p + 1, ']', (size_t)(t.end - p - 1));
			if (p == NULL)
				return false;
			atom = true;
		} else if (*p == '(' || *p == '|') {
			open += *p == '(';
			atom = false;
		} else if (*p == ')') {
			open--;
			atom = true;
		} else if (*p == '*' || *p == '+' || *p == '?') {
			if (!atom && (p == t.p || p[-1] != '('))
				return false;
		} else {
			atom = true;
		}
		if (open < 0)
			return false;
	}
	return open == 0;
}

/* PARAMETER=PATTERN each. */
static bool
match(int level, struct text t)
{
	static const char parameters[] = "client_instance_id client_id client_software_name "
	                                 "client_software_version client_source_address client_source_port";
	static const struct config_rule any = { .type = CONFIG_LIST };
	struct text rest, part;
	const char *equals;

	if (level < KAFKA_4_0 && t.p == t.end)
		return false;
	while (level < KAFKA_4_0 && t.p < t.end && t.end[-1] == ',') /* then Java's split() forgot those */
		t = trimmed(t.p, t.end - 1);
	if (t.p == t.end)
		return true;
	rest = t;
	while (rest.p != NULL) {
		part = next_part(&rest);
		equals = memchr(part.p, '=', length(part));
		if (equals == NULL || !is_one_of(trimmed(part.p, equals), parameters) || equals + 1 == part.end ||
		    memchr(equals + 1, '=', (size_t)(part.end - equals - 1)) != NULL ||
		    !pattern(trimmed(equals + 1, part.end)))
			return false;
	}
	return list_fits(&any, level, t);
}

/* ---- all ---- */

bool
config_value_fits(const struct config_rule *rule, int level, const char *value, size_t len)
{
	struct text t = trimmed(value, value + len);
	struct decimal d;
	int64_t n;

	switch (rule->type) {
	case CONFIG_BOOLEAN:
	case CONFIG_TIERED:
		return is_in_any_case(t, "true") || is_in_any_case(t, "false");
	case CONFIG_NUMBER:
		return number_fits(rule, t);
	case CONFIG_NOT_ZERO:
		return number_fits(rule, t) && !(whole(t, &n) && n == 0);
	case CONFIG_GZIP_LEVEL:
		return gzip_level(t);
	case CONFIG_DOUBLE:
		return decimal(t, &d);
	case CONFIG_RATIO:
		return ratio(t);
	case CONFIG_TEXT:
		return rule->words == NULL || is_one_of(t, rule->words);
	case CONFIG_CLASS:
		return t.p < t.end;
	case CONFIG_LIST:
		return list_fits(rule, level, t);
	case CONFIG_FORMAT:
		return format_version(rule, t);
	case CONFIG_OFFSET_RESET:
		return offset_reset(t);
	case CONFIG_MATCH:
		return match(level, t);
	case CONFIG_NUMBER_BY_HOST:
		return number_by_host(t);
	case CONFIG_LISTENERS:
		return listeners(t);
	case CONFIG_NOT_INTERNAL:
		return length(t) < 2 || memcmp(t.p, "__", 2) != 0;
	case CONFIG_NEVER:
		return false;
	}
	return false;
}
