/*
 * kinds.h - the kinds that this build captures and restores: one row each, in the order of
 * restoring
 */
#ifndef KINDS_H
#define KINDS_H

#include "core/config/config.h"
#include "core/snapshot/kind_ops.h"

/*
 * Whom a kind is asked of; of Kafka's own, users are asked of the manager's store where it has one, and of the
 * registry's topic Kafka is, where a registry is configured.
 */
enum kind_place { PLACE_KAFKA, PLACE_REGISTRY_TOPIC, PLACE_REGISTRY, PLACE_CONNECT };

size_t kind_count(void);
const struct kind_ops *kind_at(size_t i);
enum kind_place kind_place_at(size_t i);
bool kind_is_configured(const struct config *config, size_t i);

/* Kafka alone is needed for it: it is back before any service is up. */
bool kind_needs_kafka_alone(size_t i);
bool kind_is_configured(const struct config *config, size_t i);

#endif
