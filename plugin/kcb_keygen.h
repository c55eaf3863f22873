/*
 * kcb_keygen.h - kcb keygen DIRECTORY.
 */
#ifndef KCB_KEYGEN_H
#define KCB_KEYGEN_H

#include "plugin/kcb_options.h"

/* Make the keys, say what to do with them; returns the exit code. */
int kcb_keygen_main(const struct kcb_options *options);

#endif
