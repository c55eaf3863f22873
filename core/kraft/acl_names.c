/* acl_names.c - see acl_names.h */
#include "core/kraft/acl_names.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ACL_NUMBERS 16
static const char *const acl_names[][ACL_NUMBERS] = {
	[ACL_PART_RESOURCE] = { [2] = "TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID",
	                        "DELEGATION_TOKEN", "USER" },
	[ACL_PART_PATTERN] = { [3] = "LITERAL", "PREFIXED" },
	[ACL_PART_OPERATION] = { [2] = "ALL", "READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE",
	                         "CLUSTER_ACTION", "DESCRIBE_CONFIGS", "ALTER_CONFIGS",
	                         "IDEMPOTENT_WRITE", "CREATE_TOKENS", "DESCRIBE_TOKENS",
	                         "TWO_PHASE_COMMIT" },
	[ACL_PART_PERMISSION] = { [2] = "DENY", "ALLOW" },
};

const char *
acl_number_name(enum acl_part part, int number, char room[12])
{
	if (number >= 0 && number < ACL_NUMBERS && acl_names[part][number] != NULL)
		return acl_names[part][number];
	(void)snprintf(room, 12, "%d", number);
	return room;
}

bool
acl_name_number(enum acl_part part, const char *name, int *ret)
{
	char text[12];
	int i;

	for (i = 0; i < ACL_NUMBERS; i++)
		if (acl_names[part][i] != NULL && strcmp(acl_names[part][i], name) == 0) {
			*ret = i;
			return true;
		}
	for (i = INT8_MIN; i <= INT8_MAX; i++) { /* as records hold it */
		(void)snprintf(text, sizeof text, "%d", i);
		if (strcmp(text, name) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}
