/* anybody.h - does a node of this cluster run already?  A step of pre_start. */
#ifndef ANYBODY_H
#define ANYBODY_H

#include "core/loop/job.h"

/*
 * After the disks were read (o->seeding).  ERR_OPERATOR: brokers that answer with the id of o->cluster, or a
 * controller that accepts connections: those of the disk's record of voters, but for this node, and of
 * kraft.voters.  Over at once where every address refuses, and after two seconds where nobody answers.
 */
void step_nobody_answers(struct job *j);

#endif
