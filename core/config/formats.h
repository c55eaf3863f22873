/* formats.h - what the texts of a store in a bucket must look like; for options.c alone. */
#ifndef PLUGIN_FORMATS_H
#define PLUGIN_FORMATS_H

#include "core/config/options.h"

extern const struct option_format format_bucket, format_prefix, format_word, format_plain, format_key_id,
    format_account, format_encryption, format_lock, format_azure_account, format_container;

#endif
