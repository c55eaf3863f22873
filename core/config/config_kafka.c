/*
 * config_kafka.c - the section `kafka`: librdkafka's properties, checked by librdkafka itself.
 *
 * Its own reasons often quote the value, and a value in the wrong place may be a secret: what is
 * said here is only what librdkafka says about a value of ours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <librdkafka/rdkafka.h>

#include "core/base/json.h"
#include "core/config/config_parse.h"
#include "core/config/nearest.h"

/* A value that is no secret; whatever else librdkafka says about it, it quotes it. */
#define ODD_VALUE "-2147483648"

struct properties {
	struct config_parse *p;
	rd_kafka_conf_t     *conf; /* to try on, thrown away */
};

struct rule {
	const char *name, *why;
};

static const struct rule not_allowed[] = {
	{ "plugin.library.paths", "it loads foreign code into the host" },
	{ "debug", "it writes to the host's standard error, secrets included" },
	{ "log.queue", "it is ours to set" },
	{ "enable.metrics.push", "it sends measurements of the host's process to the cluster" },
	{ "sasl.kerberos.kinit.cmd", "it starts processes in the host" },
	{ "ssl.engine.location", "it loads foreign code into the host" },
	{ "ut_handle_ProduceResponse", "it is for librdkafka's own tests" },
};

static const char *
why_not_allowed(const char *name)
{
	size_t i;

	for (i = 0; i < LENGTH(not_allowed); i++)
		if (strcmp(name, not_allowed[i].name) == 0)
			return not_allowed[i].why;
	return NULL;
}

static bool
is_one_of(const char *name, const char *const *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* By name where the words do not tell; by word, so that a later librdkafka's are covered too. */
static bool
is_secret(const char *name)
{
	static const char *const names[] = { "ssl_key", "sasl.oauthbearer.config", "sasl.jaas.config" };
	static const char *const words[] = { "password", "passphrase", "secret", "key.pem" };
	size_t i;

	for (i = 0; i < LENGTH(words); i++)
		if (strstr(name, words[i]) != NULL)
			return true;
	return is_one_of(name, names, LENGTH(names));
}

/* librdkafka treats these as sensitive; they may be read like a secret, or stand here. */
static bool
may_be_secret(const char *name)
{
	static const char *const names[] = { "sasl.username", "ssl.ca.pem", "ssl.certificate.pem" };

	return is_one_of(name, names, LENGTH(names));
}

#define PATH_SIZE 128

static const char *
path_of(const char *name, char path[PATH_SIZE])
{
	(void)snprintf(path, PATH_SIZE, "kafka.%s", name); /* cut is fine */
	return path;
}

static int
refuse(struct properties *s, const char *name, const char *what, const char *more)
{
	char path[PATH_SIZE];

	return config_refuse(s->p, path_of(name, path), "%s%s", what, more);
}

/* librdkafka's own table of its properties, as text; NULL: no memory.  The caller frees it. */
static char *
known_properties(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		return NULL;
	rd_kafka_conf_properties_show(f);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

/* Cut the next line of the table into its name and its range, which is "" where there is none. */
static bool
next_property(char **at, char **ret_name, char **ret_range)
{
	char *line, *scope, *end;

	while (**at != '\0') {
		line = *at;
		*at += strcspn(line, "\n");
		if (**at != '\0')
			*(*at)++ = '\0';
		scope = strstr(line, " | ");
		*ret_range = scope != NULL ? strstr(scope + 1, " | ") : NULL;
		end = *ret_range != NULL ? strstr(*ret_range + 1, " | ") : NULL;
		if (end == NULL)
			continue;
		*ret_range += strspn(*ret_range, " |");
		while (end > *ret_range && end[-1] == ' ')
			end--;
		*(end > *ret_range ? end : *ret_range) = '\0';
		line[strcspn(line, " ")] = '\0';
		*ret_name = line;
		return true;
	}
	return false;
}

static int
refuse_unknown(struct properties *s, const char *name)
{
	char *table CLEANUP(free) = known_properties();
	char *at = table, *known, *range;
	struct nearest nearest;

	if (table == NULL)
		return err_memory(s->p->e, "reading a configuration");
	nearest_init(&nearest, name);
	while (next_property(&at, &known, &range))
		(void)nearest_offer(&nearest, known);
	if (nearest.word != NULL)
		return refuse(s, name, "librdkafka has no such property; did you mean ", nearest.word);
	return refuse(s, name, "librdkafka has no such property; see its CONFIGURATION.md", "");
}

/* Say what values librdkafka takes, as far as its table knows. */
static int
refuse_value(struct properties *s, const char *name)
{
	char *table CLEANUP(free) = known_properties();
	char *at = table, *known, *range;

	if (table == NULL)
		return err_memory(s->p->e, "reading a configuration");
	while (next_property(&at, &known, &range))
		if (strcmp(known, name) == 0 && range[0] != '\0')
			return refuse(s, name, "librdkafka expects ", range);
	return refuse(s, name, "librdkafka does not take this value; see its CONFIGURATION.md", "");
}

/*
 * librdkafka did not take a value, which may not be shown.  Where it takes none at all, what it
 * says about a value of ours tells why.
 */
static int
explain(struct properties *s, const char *name)
{
	char why[512] = "";

	if (rd_kafka_conf_set(s->conf, name, ODD_VALUE, why, sizeof why) == RD_KAFKA_CONF_OK ||
	    strstr(why, ODD_VALUE) != NULL || strstr(why, "nvalid value") != NULL ||
	    strstr(why, "Expected bool") != NULL)
		return refuse_value(s, name);
	return refuse(s, name, "librdkafka refuses it: ", why);
}

static int
try_on(struct properties *s, const char *name, const char *value)
{
	char why[512]; /* never shown: it may quote the value */

	switch (rd_kafka_conf_set(s->conf, name, value, why, sizeof why)) {
	case RD_KAFKA_CONF_OK:
		return 0;
	case RD_KAFKA_CONF_UNKNOWN:
		return refuse_unknown(s, name);
	default:
		return explain(s, name);
	}
}

/* The value as librdkafka wants it, in the arena. */
static int
value_text(struct properties *s, const char *name, struct json_object *value, const char **ret)
{
	struct buf out CLEANUP(buf_release);
	struct json json;
	const char *text;

	buf_init(&out, 64);
	switch (json_object_get_type(value)) {
	case json_type_string:
		text = json_object_get_string(value);
		break;
	case json_type_boolean:
	case json_type_int:
	case json_type_double:
		json_init(&json, &out);
		json_value(&json, value);
		text = buf_text(&out);
		break;
	default:
		return refuse(s, name, "expected a string, a number, true or false", "");
	}
	if (text == NULL)
		return err_memory(s->p->e, "reading a configuration");
	*ret = config_copy(s->p, text);
	return *ret != NULL ? 0 : s->p->e->code;
}

static int
set_secret(struct properties *s, struct config_property *property, struct json_object *value)
{
	char path[PATH_SIZE];
	int rc = try_on(s, property->name, ODD_VALUE); /* the name at least */

	if (rc != 0)
		return rc;
	return config_set_secret(s->p, path_of(property->name, path), property->name, value,
	                         &property->secret);
}

static int
set_plain(struct properties *s, struct config_property *property, struct json_object *value)
{
	int rc = value_text(s, property->name, value, &property->value);

	if (rc == 0 && strstr(property->value, "PRIVATE KEY-----") != NULL)
		return refuse(s, property->name, "a private key must not stand in this file; write it to a "
		              "file of mode 0600 and name that in ssl.key.location", "");
	return rc == 0 ? try_on(s, property->name, property->value) : rc;
}

static int
set_property(struct properties *s, const char *name, struct json_object *value)
{
	struct config_property *property = &s->p->c->kafka.items[s->p->c->kafka.count];
	const char *why = why_not_allowed(name);
	bool object = json_object_is_type(value, json_type_object);

	if (why != NULL)
		return refuse(s, name, "not allowed: ", why);
	property->name = config_copy(s->p, name);
	if (property->name == NULL)
		return s->p->e->code;
	s->p->c->kafka.count++;
	return is_secret(name) || (object && may_be_secret(name)) ? set_secret(s, property, value)
	                                                          : set_plain(s, property, value);
}

int
config_set_properties(struct config_parse *p, struct json_object *object)
{
	struct json_object_iterator at = json_object_iter_begin(object);
	struct json_object_iterator end = json_object_iter_end(object);
	size_t n = (size_t)json_object_object_length(object);
	struct properties s = { .p = p };
	int rc = 0;

	p->c->kafka.items = arena_alloc(&p->c->arena, n * sizeof *p->c->kafka.items);
	if (p->c->kafka.items == NULL)
		return err_memory(p->e, "reading a configuration");
	s.conf = rd_kafka_conf_new();
	for (; rc == 0 && !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
		rc = set_property(&s, json_object_iter_peek_name(&at), json_object_iter_peek_value(&at));
	rd_kafka_conf_destroy(s.conf);
	return rc;
}

/* The literal value of a property, or NULL. */
static const char *
value_of(const struct config_parse *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->c->kafka.count; i++)
		if (strcmp(p->c->kafka.items[i].name, name) == 0)
			return p->c->kafka.items[i].value;
	return NULL;
}

/* librdkafka's own default is GSSAPI, for which it runs kinit through a shell (R11: no fork). */
static int
require_mechanism(struct config_parse *p)
{
	const char *protocol = value_of(p, "security.protocol");
	const char *mechanism = value_of(p, "sasl.mechanism");

	if (mechanism == NULL)
		mechanism = value_of(p, "sasl.mechanisms");
	if (protocol == NULL || strncasecmp(protocol, "sasl", 4) != 0)
		return 0;
	if (mechanism != NULL && strcmp(mechanism, "GSSAPI") != 0)
		return 0;
	return config_refuse(p, "kafka.sasl.mechanism",
	                     "%s; expected SCRAM-SHA-512, SCRAM-SHA-256, PLAIN or OAUTHBEARER",
	                     mechanism == NULL ? "is missing"
	                                       : "GSSAPI starts processes in the host");
}

int
config_require_servers(struct config_parse *p)
{
	if (value_of(p, "bootstrap.servers") == NULL)
		return config_refuse(
		    p, "kafka.bootstrap.servers",
		    "is missing; expected HOST:PORT of some brokers, with commas between");
	return require_mechanism(p);
}
