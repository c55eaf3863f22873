/* pre_start.h - what the hook pre_start keeps of the node's disks while it runs */
#ifndef PRE_START_H
#define PRE_START_H

struct seeding;
void seeding_free(struct seeding *s); /* NULL is allowed */

struct seeding_loan; /* a thread works with it */

#endif
