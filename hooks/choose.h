/* choose.h - o->want: the lines that a restore brings back; a step of inner tables */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "hooks/operation.h"

void step_chosen_by_person(struct job *j); /* o->chosen: what the parameter snapshot names */
void step_choose(struct job *j);

#endif
