/* config_fixture.h - what the tests of the configuration share. */
#ifndef CONFIG_FIXTURE_H
#define CONFIG_FIXTURE_H

#include "core/base/limits.h"
#include "core/config/config.h"
#include "core/config/options.h"
#include "core/config/options_text.h"

#define FILE_NAME "orders.json"
#define SECRET    "hunter2secret"
#define PUBLIC    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

#define SERVICE "\"service\":\"orders-prod\""
#define KAFKA   "\"kafka\":{\"bootstrap.servers\":\"b1:9093\"}"
#define STORE   "\"store\":{\"type\":\"fs\",\"path\":\"/var/backups\"}"
#define KEYS                                                                                       \
	"\"keys\":{\"recipients\":[\"x25519:" PUBLIC "\"],\"trusted_signers\":[\"ed25519:" PUBLIC      \
	"\"],\"signing_key\":{\"file\":\"/k/signing\"},\"identity\":{\"credential\":\"identity\"}}"
#define NO_KAFKA SERVICE "," STORE "," KEYS
#define ALL      NO_KAFKA "," KAFKA

int parse_text(const char *text, struct config **ret, struct err *e);

/* Fails the test when it is refused. */
struct config *accepted(const char *text);
void           accept_text(const char *text);

/* Refused, with the file's name at the start, and `words` in the message. */
void refuse_text(const char *text, const char *words);

/* {"kafka":{...property...}, and all else that is needed} */
void refuse_property(const char *property, const char *words);

/* The option alone, with this value, in a service that is not enabled: {"a":{"b":VALUE},...}. */
void option_text(const struct option *o, const char *value, char *text, size_t size);
void refuse_option(const struct option *o, const char *value, const char *words);
void accept_option(const struct option *o, const char *value);

/* Fails the test when there is none. */
const struct option *option_at(const char *path);

#endif
