/*
 * voters.h - where the controllers of a dynamic quorum listen, from the record of voters (KIP-853;
 * raft/src/main/resources/common/message/VotersRecord.json).
 *
 * Pure.
 */
#ifndef KRAFT_VOTERS_H
#define KRAFT_VOTERS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define VOTER_ENDPOINTS_MAX 64u /* Kafka has no limit; quorums have three or five voters, with one each */
#define VOTER_HOST_MAX      255u /* the longest name of DNS */

struct voter_endpoint {
	int32_t  node;
	char     host[VOTER_HOST_MAX + 1]; /* letters, digits, '.', '_', '-'; with ':' where it is IPv6 */
	uint16_t port;
};

struct voters {
	struct voter_endpoint items[VOTER_ENDPOINTS_MAX];
	size_t                count;
};

/*
 * The endpoints of a record's value, whatever ret held.  ERR_CORRUPT: no such record, or a host that is
 * none; ERR_UNSUPPORTED: a version that is not known, or more than VOTER_ENDPOINTS_MAX.  ret is empty then.
 */
int voters_read(const void *value, size_t len, struct voters *ret, struct err *e);

#endif
