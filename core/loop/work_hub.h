/* work_hub.h - what loop.c needs of work.c */
#ifndef WORK_HUB_H
#define WORK_HUB_H

#include "core/loop/loop.h"

/*
 * Part with the hub when the loop ends: wait for detached work, at most WORK_GRACE_MS; what is
 * still running then ends alone and frees what it holds.
 */
#define WORK_GRACE_MS 1500u
void work_hub_close(struct loop *l);

#endif
