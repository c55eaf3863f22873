/*
 * anybody.c - see anybody.h
 *
 * Who accepts a connection is asked of all at once.  For a controller that is the answer: one that has no quorum
 * yet tells its cluster to nobody (DescribeCluster ends UNSUPPORTED_VERSION without an id, Metadata it does not
 * have), and that is the one that matters.  Behind a broker's address may be a balancer that accepts for nobody:
 * who accepts there is asked for the cluster's id, and nobody else, since librdkafka tries one address a second.
 */
#include "hooks/anybody.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/loop/knock.h"
#include "hooks/operation.h"
#include "hooks/seeding.h"

/* How long a node that should not run has to accept, and then to answer. */
#define ANYBODY_TIMEOUT_MS 2000u
#define ADDRESSES_MAX      512u
#define BROKERS_TEXT_MAX   (ADDRESSES_MAX * (KNOCK_ADDRESS_MAX + 1))
#define SHOWN_MAX          300u /* bytes of addresses in a message */
#define DEFAULT_PORT       ":9092" /* librdkafka's */

struct anybody {
	struct operation   *o;
	struct knock_target targets[ADDRESSES_MAX]; /* the voters, then the brokers */
	char                addresses[ADDRESSES_MAX][KNOCK_ADDRESS_MAX + 1];
	size_t              voters, count;
	bool                others; /* brokers whose addresses only librdkafka understands, or too many */
};

/* ---- whom to ask ---- */

static bool
add(struct anybody *a, const char *address)
{
	size_t i;

	if (!knock_is_address(address))
		return false;
	for (i = 0; i < a->count; i++)
		if (strcmp(a->addresses[i], address) == 0)
			return true;
	if (a->count == ADDRESSES_MAX)
		return false;
	(void)snprintf(a->addresses[a->count], sizeof a->addresses[0], "%s", address); /* fits: it is one */
	a->targets[a->count].address = a->addresses[a->count];
	a->count++;
	return true;
}

static void
add_voters(struct anybody *a)
{
	const struct config_texts *given = &a->o->config->kraft.voters;
	const struct seeding *s = a->o->seeding;
	char address[VOTER_HOST_MAX + 16];
	size_t i;

	for (i = 0; i < s->voters.count; i++) {
		const struct voter_endpoint *v = &s->voters.items[i];

		if (v->node == s->node.node)
			continue;
		(void)snprintf(address, sizeof address, strchr(v->host, ':') == NULL ? "%s:%u" : "[%s]:%u", v->host,
		               (unsigned)v->port);
		(void)add(a, address); /* fits: fewer than ADDRESSES_MAX, and such a host is no address of anybody */
	}
	for (i = 0; i < given->count; i++)
		(void)add(a, given->items[i]);
	a->voters = a->count;
}

/* One of bootstrap.servers, as librdkafka reads it: [PROTOCOL://]HOST[:PORT]. */
static void
add_broker(struct anybody *a, const char *text, size_t len)
{
	char address[KNOCK_ADDRESS_MAX + sizeof DEFAULT_PORT];
	const char *scheme = memmem(text, len, "://", 3), *host = scheme == NULL ? text : scheme + 3;
	size_t n = len - (size_t)(host - text);
	const char *port = memrchr(host, ':', n);
	bool bare = port == NULL || (n > 0 && host[n - 1] == ']');

	if (n > KNOCK_ADDRESS_MAX) {
		a->others = true;
		return;
	}
	(void)snprintf(address, sizeof address, "%.*s%s", (int)n, host, bare ? DEFAULT_PORT : "");
	if (!add(a, address))
		a->others = true;
}

static void
add_brokers(struct anybody *a)
{
	const char *text = operation_servers(a->o);
	size_t len;

	for (; *text != '\0'; text += len) {
		text += strspn(text, ", \t\r\n");
		len = strcspn(text, ", \t\r\n");
		if (len > 0)
			add_broker(a, text, len);
	}
}

/* The addresses from..to that accepted, with `between` them. */
static void
join_open(const struct anybody *a, size_t from, size_t to, const char *between, struct buf *out)
{
	size_t i, n = 0;

	for (i = from; i < to; i++)
		if (a->targets[i].open)
			(void)buf_print(out, "%s%s", n++ > 0 ? between : "", a->addresses[i]);
}

/* ---- what they say ---- */

static void
end(struct anybody *a, int rc, const struct err *e)
{
	struct operation *o = a->o;

	free(a);
	job_next(&o->job, rc, e);
}

static void
judge_voters(struct anybody *a)
{
	struct buf open CLEANUP(buf_release);
	struct err e = { 0 };
	const char *text;

	buf_init(&open, BROKERS_TEXT_MAX);
	join_open(a, 0, a->voters, ", ", &open);
	text = buf_text(&open);
	if (text == NULL)
		(void)err_memory(&e, "asking the cluster's controllers");
	else if (text[0] != '\0')
		(void)err_set(&e, ERR_OPERATOR,
		              "connections are accepted where controllers of this cluster listen, at %.*s: one was "
		              "started already, and only a cluster of which no node has started may be written to "
		              "(a controller does not tell a client of brokers which cluster it is of); stop it, or "
		              "correct kraft.voters or what this node was formatted with, and run this again; where "
		              "the cluster was restored already, this node may start as it is and follow it",
		              (int)SHOWN_MAX, text);
	end(a, e.code, &e);
}

static void
brokers_answered(void *arg, int rc, const char *id, const struct err *e)
{
	struct anybody *a = arg;
	struct err err = { 0 };

	if (rc == ERR_CANCELLED || rc == ERR_DEADLINE)
		end(a, rc, e);
	else if (rc == 0 && strcmp(id, a->o->cluster.id) == 0)
		end(a,
		    err_set(&err, ERR_OPERATOR,
		            "brokers of this very cluster, %s, answer: it was started already, and only a cluster of "
		            "which no node has started may be written to",
		            id),
		    &err);
	else
		judge_voters(a);
}

static void
ask_brokers(struct anybody *a)
{
	struct buf open CLEANUP(buf_release);
	struct err e = { 0 };
	const char *text;
	int rc = 0;

	buf_init(&open, BROKERS_TEXT_MAX);
	join_open(a, a->voters, a->count, ",", &open);
	text = buf_text(&open);
	if (text == NULL)
		rc = err_memory(&e, "asking the cluster's brokers");
	else if (text[0] == '\0' && !a->others) {
		judge_voters(a);
		return;
	}
	if (rc == 0)
		rc = operation_open_kafka(a->o, a->others ? NULL : text, &e);
	if (rc == 0)
		rc = client_cluster_id(a->o->kafka, ANYBODY_TIMEOUT_MS, brokers_answered, a, &e);
	if (rc != 0)
		end(a, rc, &e);
}

static void
knocked(void *arg, int rc, const struct err *e)
{
	if (rc != 0)
		end(arg, rc, e);
	else
		ask_brokers(arg);
}

void
step_nobody_answers(struct job *j)
{
	struct operation *o = OPERATION(j);
	struct anybody *a = calloc(1, sizeof *a);
	int rc;

	if (a == NULL) {
		job_next(j, err_memory(&j->err, "asking whether anybody answers"), NULL);
		return;
	}
	a->o = o;
	add_voters(a);
	add_brokers(a);
	rc = knock(&o->loop, a->targets, a->count, ANYBODY_TIMEOUT_MS, knocked, a, &j->err);
	if (rc == 0)
		return;
	free(a);
	job_next(j, rc, NULL);
}
