/* schema_text.h - the schemas that registry*.c make records and versions of: Avro, of 1 KiB, no two alike. */
#ifndef SCHEMA_TEXT_H
#define SCHEMA_TEXT_H

#define SCHEMA_TEXT_SIZE 1280u

/* The same number gives the same text. */
void schema_text(char ret[SCHEMA_TEXT_SIZE], unsigned number);

#endif
