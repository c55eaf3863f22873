/*
 * xml.h - a reader for the small XML of object stores and token services, made for hostile input.
 *
 * It knows elements, text, CDATA, comments, the five named entities and numbers of characters.  It
 * refuses everything that can grow or fetch: DOCTYPE and whatever else begins with "<!", processing
 * instructions but the declaration in front, other entities, more than XML_DEPTH_MAX levels, more
 * than XML_TEXT_MAX bytes of text in an element.  Attributes are passed over, namespace prefixes
 * dropped.
 *
 * Thread: any.
 */
#ifndef STORE_XML_H
#define STORE_XML_H

#include <stddef.h>

#include "core/base/err.h"

#define XML_DEPTH_MAX 12u
#define XML_NAME_MAX  64u
#define XML_TEXT_MAX  (16u << 10) /* a session token is some 2 KiB, a name 1,024 bytes escaped */
#define XML_PATH_SIZE (XML_DEPTH_MAX * (XML_NAME_MAX + 1) + 1)

/*
 * The end of an element: its path ("ListBucketResult/Contents/Key") and its own text, unescaped,
 * NUL-terminated (there is no NUL in it).  Not 0 ends the reading, with e set.
 */
typedef int xml_element_fn(void *arg, const char *path, const char *text, size_t len, struct err *e);

/* ERR_CORRUPT: not well-formed, or refused; what was read until then was told.  ERR_FAILED: no memory. */
int xml_read(const char *text, size_t len, xml_element_fn *fn, void *arg, struct err *e);

#endif
