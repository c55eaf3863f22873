/*
 * kcb_run.h - kcb run, the daemon.
 */
#ifndef KCB_RUN_H
#define KCB_RUN_H

#include "plugin/kcb_options.h"

/*
 * power-on until it has succeeded, then the periodic hook, until a signal; returns the exit code.
 */
int kcb_run_main(const struct kcb_options *options);

#endif
