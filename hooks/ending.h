/* ending.h - the last lines of hooks: what was done, for a person */
#ifndef ENDING_H
#define ENDING_H

#include "hooks/operation.h"

void end_backup(struct job *j);  /* outer steps: behind an inner table that ends with a snapshot */
void end_restore(struct job *j);

#endif
