/* kcb_list.h - kcb list: part after part of what the store has, each printed as it comes. */
#ifndef KCB_LIST_H
#define KCB_LIST_H

#include "plugin/kcb_options.h"

/* Prints the answer, returns the exit code.  No more than one part is held in memory. */
int kcb_list_main(const struct kcb_options *options);

#endif
