/*
 * client.c - the live tests' clients by librdkafka: one that logs in, one that stays up.
 *
 *   client produce BOOTSTRAP USER PASSWORD 256|512 TOPIC   one record by SCRAM; says how it ended
 *   client steady BOOTSTRAP TOPIC    never ends: a producer and a consumer; after each change a line
 *                                    "ACKNOWLEDGED CONSUMED"
 *
 * Exit of produce: 0 the broker has it, 1 not, with the error's name on standard output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#define LOGIN_MS           20000
#define UNACKNOWLEDGED_MAX 10 /* records that no broker has acknowledged yet */

struct delivery {
	rd_kafka_resp_err_t fatal; /* of the client: a wrong password, say */
	rd_kafka_resp_err_t err;   /* of the last record */
	unsigned long       acknowledged, failed;
};

static void
delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
	struct delivery *d = opaque;

	(void)rk;
	d->err = message->err;
	if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
		d->acknowledged++;
	else
		d->failed++;
}

static void
failed(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
	struct delivery *d = opaque;

	(void)rk;
	(void)reason;
	if (err == RD_KAFKA_RESP_ERR__AUTHENTICATION)
		d->fatal = (rd_kafka_resp_err_t)err;
}

static void
set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char text[256];

	if (rd_kafka_conf_set(conf, name, value, text, sizeof text) == RD_KAFKA_CONF_OK)
		return;
	fprintf(stderr, "client: %s\n", text);
	exit(2);
}

static rd_kafka_t *
client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
	char text[256];
	rd_kafka_t *rk = rd_kafka_new(type, conf, text, sizeof text);

	if (rk != NULL)
		return rk;
	fprintf(stderr, "client: %s\n", text);
	exit(2);
}

static rd_kafka_conf_t *
settings(const char *servers, struct delivery *d)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	set(conf, "bootstrap.servers", servers);
	set(conf, "log_level", "0");
	rd_kafka_conf_set_opaque(conf, d);
	rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	rd_kafka_conf_set_error_cb(conf, failed);
	return conf;
}

static void
send_one(rd_kafka_t *rk, const char *topic)
{
	static char payload[] = "steady";

	(void)rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_KEY("k", 1),
	                        RD_KAFKA_V_VALUE(payload, sizeof payload - 1),
	                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
}

static int
produce(char **argv)
{
	struct delivery d = { .err = RD_KAFKA_RESP_ERR__TIMED_OUT };
	rd_kafka_conf_t *conf = settings(argv[0], &d);
	char mechanism[32];
	rd_kafka_t *rk;
	int waited;

	(void)snprintf(mechanism, sizeof mechanism, "SCRAM-SHA-%s", argv[3]);
	set(conf, "security.protocol", "sasl_plaintext");
	set(conf, "sasl.mechanism", mechanism);
	set(conf, "sasl.username", argv[1]);
	set(conf, "sasl.password", argv[2]);
	rk = client(RD_KAFKA_PRODUCER, conf);
	send_one(rk, argv[4]);
	for (waited = 0; waited < LOGIN_MS && d.acknowledged + d.failed == 0 && d.fatal == 0; waited += 100)
		(void)rd_kafka_poll(rk, 100);
	printf("%s\n", rd_kafka_err2name(d.fatal != 0 ? d.fatal : d.err));
	(void)fflush(stdout);
	_Exit(d.acknowledged == 1 ? 0 : 1); /* nothing of it is needed any more */
}

static int
steady(char **argv)
{
	struct delivery d = { .acknowledged = 0 }, unused = { .acknowledged = 0 };
	rd_kafka_conf_t *conf = settings(argv[0], &unused);
	rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
	unsigned long consumed = 0, said = 0;
	rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, settings(argv[0], &d)), *consumer;
	rd_kafka_message_t *message;

	set(conf, "group.id", "librdkafka");
	set(conf, "auto.offset.reset", "earliest");
	consumer = client(RD_KAFKA_CONSUMER, conf);
	(void)rd_kafka_poll_set_consumer(consumer);
	(void)rd_kafka_topic_partition_list_add(topics, argv[1], RD_KAFKA_PARTITION_UA);
	if (rd_kafka_subscribe(consumer, topics) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return 2;
	for (;;) {
		if (rd_kafka_outq_len(producer) < UNACKNOWLEDGED_MAX)
			send_one(producer, argv[1]);
		(void)rd_kafka_poll(producer, 0);
		message = rd_kafka_consumer_poll(consumer, 50);
		consumed += message != NULL && message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
		if (message != NULL)
			rd_kafka_message_destroy(message);
		if (d.acknowledged + consumed == said)
			continue;
		said = d.acknowledged + consumed;
		printf("%lu %lu\n", d.acknowledged, consumed);
		(void)fflush(stdout);
	}
}

int
main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "produce") == 0)
		return produce(argv + 2);
	if (argc == 4 && strcmp(argv[1], "steady") == 0)
		return steady(argv + 2);
	fprintf(stderr, "usage: client produce BOOTSTRAP USER PASSWORD 256|512 TOPIC | steady BOOTSTRAP TOPIC\n");
	return 2;
}
