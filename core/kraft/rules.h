/*
 * rules.h - what may be written into a node's starting records.
 *
 * Such records pass no controller's checks, and a broker that meets a bad one at its start drops the
 * rest, or does not start at all.  So the checks are here: by metadata.version, what the controllers of
 * that line of Kafka refuse (ControllerConfigurationValidator, DynamicBrokerConfig.validate, Topic,
 * AclControlManager, ScramControlManager, ClientQuotaControlManager), and what only makes sense where
 * it was (throttled replicas).  A metadata.version newer than the tables is taken for their newest; the
 * version of the software, which may be newer than its format, cannot be seen on a disk that was only
 * formatted.
 *
 * Left to Kafka, since server.properties decides: the limits of groups (group.consumer.min. ... ), and
 * whether a broker has the listeners, directories and classes that a config of its own names.  Whether
 * brokers have tiered storage cannot be seen either: without it none starts that meets a topic with
 * remote.storage.enable=true, so that is never written.
 */
#ifndef KRAFT_RULES_H
#define KRAFT_RULES_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/kraft/record.h"
#include "core/snapshot/line.h"

struct rules {
	int level; /* metadata.version of the formatted node */
};

struct rules_answer {
	bool       refused; /* nothing of the line may be written */
	struct buf reason;  /* what may not, and why: "NAME: WHY; NAME: WHY"; empty: it fits as it is */
	struct buf value;   /* of a line that fits in part: its value without the rest; canonical */
};

/*
 * Judge a line of Kafka's kinds.  A config, a quota or a credential that does not fit is left out, and
 * the others stay; a topic without any config is still one.  No value is in a reason.  *ret is the
 * caller's to release.  ERR_CORRUPT: the value is not as FORMAT.md says; ERR_FAILED: no memory.  Pure.
 */
int  rules_judge(const struct rules *r, const struct line *line, struct rules_answer *ret, struct err *e);
void rules_answer_release(struct rules_answer *a); /* overwrites it first: a value may hold secrets */

/* The newest version of a record type that nodes of a level read; -1: they do not know the type. */
int rules_record_version(unsigned type, int level);

CLEANUP_RELEASE(struct rules_answer, rules_answer_release)

#endif
