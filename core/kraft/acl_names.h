/* acl_names.h - Kafka's names of the numbers in an ACL (ResourceType.java, PatternType.java, AclOperation.java,
 * AclPermissionType.java) */
#ifndef KRAFT_ACL_NAMES_H
#define KRAFT_ACL_NAMES_H

#include <stdbool.h>

enum acl_part { ACL_PART_RESOURCE, ACL_PART_PATTERN, ACL_PART_OPERATION, ACL_PART_PERMISSION };

/* "TOPIC", "LITERAL", "READ", "ALLOW"; the number itself, as text in room, for one without a name. */
const char *acl_number_name(enum acl_part part, int number, char room[12]);

/* The other way; false: neither a name nor a number of 8 bits, which is what records hold. */
bool acl_name_number(enum acl_part part, const char *name, int *ret);

#endif
