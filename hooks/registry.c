/* registry.c - the clients of the Schema Registry of one operation (operation.h): one for each of its servers. */
#include <string.h>

#include "core/registry/rest_configs.h"
#include "core/registry/rest_schemas.h"
#include "hooks/operation.h"

static const struct registry_rest by_rest = {
	.schema = &rest_schemas_ops, .config = &rest_configs_ops, .count = registry_rest_count,
};

static int
open_url(struct operation *o, const char *url, struct http_options *options, struct err *e)
{
	struct registry *r = &o->way.registry;
	int rc;

	options->url = url;
	rc = http_open(&o->loop, options, &r->http[r->http_count], e);
	r->http_count += rc == 0;
	return rc;
}

int
operation_open_registry(struct operation *o, struct err *e)
{
	const struct config *c = o->config;
	CLEANUP(secret_free) struct secret *password = NULL;
	CLEANUP(secret_free) struct secret *token = NULL;
	struct http_options options = {
		.ca_file = c->registry.ca_file, .certificate_file = c->registry.certificate_file,
		.key_file = c->registry.key_file, .user = c->registry.user,
	};
	size_t i;
	int rc;

	o->way.rest = &by_rest;
	o->way.registry = (struct registry){ .loop = &o->loop, .kafka = o->kafka, .topic = c->registry.topic };
	if (!c->registry.given)
		return 0;
	rc = config_read_optional_secret(&c->registry.password, "registry.password", &password, e);
	if (rc == 0)
		rc = config_read_optional_secret(&c->registry.token, "registry.token", &token, e);
	options.password = password;
	options.token = token;
	if (rc == 0)
		rc = open_url(o, c->registry.url, &options, e);
	for (i = 0; i < c->registry.urls.count && rc == 0; i++)
		rc = open_url(o, c->registry.urls.items[i], &options, e);
	return rc;
}

void
operation_close_registry(struct operation *o)
{
	size_t i;

	for (i = 0; i < o->way.registry.http_count; i++)
		http_close(o->way.registry.http[i]);
	registry_release(&o->way.registry);
}
