/*
 * record_fields.c - the table of core/kraft/record_table.c as text, to be compared with Kafka's schemas.
 *
 *   TYPE NAME NEWEST read|passed
 *   TYPE FIELD: NAME TYPE SINCE nullable|whole TAG|- PRESET|-
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/kraft/record.h"

static const char *const types[] = {
	[FIELD_INT8] = "int8", [FIELD_INT16] = "int16", [FIELD_INT32] = "int32", [FIELD_FLOAT64] = "float64",
	[FIELD_BOOL] = "bool", [FIELD_UUID] = "uuid", [FIELD_STRING] = "string", [FIELD_BYTES] = "bytes",
	[FIELD_INT32_ARRAY] = "[]int32", [FIELD_UUID_ARRAY] = "[]uuid", [FIELD_STRUCT_ARRAY] = "[]struct",
};

static void
print_fields(unsigned type, const char *within, const struct field *fields)
{
	size_t i;

	for (i = 0; fields[i].name != NULL; i++) {
		const struct field *f = &fields[i];
		bool number = f->type == FIELD_INT8 || f->type == FIELD_INT16 || f->type == FIELD_INT32;

		printf("%u FIELD: %s%s %s %d %s ", type, within, f->name, types[f->type], f->since,
		       f->nullable ? "nullable" : "whole");
		if (f->tagged)
			printf("%u ", f->tag);
		else
			printf("- ");
		if (f->tagged && number)
			printf("%" PRId64 "\n", f->preset);
		else
			printf("-\n");
		if (f->element != NULL)
			print_fields(type, "+", f->element);
	}
}

int
main(void)
{
	unsigned type;

	for (type = 0; type < RECORD_TYPES; type++) {
		const struct record_schema *schema = record_schema(type);

		if (schema == NULL)
			continue;
		printf("%u %s %d %s\n", type, schema->name, schema->newest,
		       schema->fields != NULL ? "read" : "passed");
		if (schema->fields != NULL)
			print_fields(type, "", schema->fields);
	}
	return 0;
}
