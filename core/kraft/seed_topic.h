/* seed_topic.h - the topic's part of seed.c */
#ifndef KRAFT_SEED_TOPIC_H
#define KRAFT_SEED_TOPIC_H

#include <json-c/json.h>

#include "core/kraft/seed.h"

/* The brokers that the identities name, and who takes the place of each. */
int seed_map_brokers(struct seed *s, struct err *e);

/* A topic's line; value is its parsed value. */
int seed_topic(struct seed *s, const struct line *line, struct json_object *value, struct err *e);

/* configs: name -> text, as records of a resource. */
int seed_configs(struct seed *s, int type, const char *resource, struct json_object *configs,
                 struct err *e);

#endif
