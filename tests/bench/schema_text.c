/* schema_text.c - see schema_text.h */
#include <stdio.h>

#include "schema_text.h"

#define FIELDS 16u

void
schema_text(char ret[SCHEMA_TEXT_SIZE], unsigned number)
{
	size_t n = 0;
	unsigned i;

	n += (size_t)snprintf(ret, SCHEMA_TEXT_SIZE,
	                      "{\"type\":\"record\",\"name\":\"R%u\",\"namespace\":\"bench\",\"fields\":[", number);
	for (i = 0; i < FIELDS; i++)
		n += (size_t)snprintf(ret + n, SCHEMA_TEXT_SIZE - n,
		                      "%s{\"name\":\"field_%02u\",\"type\":[\"null\",\"string\"],\"default\":null}",
		                      i > 0 ? "," : "", i);
	(void)snprintf(ret + n, SCHEMA_TEXT_SIZE - n, "]}");
}
