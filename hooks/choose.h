/* choose.h - o->want: the lines that a restore brings back; a step of inner tables */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "hooks/operation.h"

void step_choose(struct job *j);

#endif
