/* azure.h - what azure.c and azure_answer.c share: a store in a container of Azure.  For these two alone. */
#ifndef STORE_AZURE_H
#define STORE_AZURE_H

#include "core/store/cloud.h"

/* As in struct cloud_verbs. */
int  azure_listed(const struct http_response *answer, struct cloud_page *page, struct err *e);
bool azure_hidden(const struct http_response *answer);
extern const struct cloud_errors azure_errors;

#endif
