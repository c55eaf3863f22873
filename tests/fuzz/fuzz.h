/*
 * fuzz.h - what the fuzzers share.  libFuzzer calls LLVMFuzzerTestOneInput() with bytes that it made up;
 * a fuzzer proves that nothing is read outside of them (sanitizers), that memory and time are bounded (libFuzzer's
 * limits), and what it asserts itself.  tests/fuzz/t_fuzz.sh runs them.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/kraft/image.h"
#include "core/kraft/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define FUZZ_ASSERT(what)                                                                          \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);         \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Lengths and checksums of what may be batches, one after the other, are made right: flips would stop at these. */
void fuzz_mend(unsigned char *bytes, size_t len);

/* A folder of this process, made at the first call and removed at its end. */
const char *fuzz_folder(void);
/* Put a file below it; "a/b" makes a too. */
void fuzz_file(const char *below, const void *bytes, size_t len);
/* Remove all that is in it. */
void fuzz_clear(void);

/* Lines of the image, sorted; then all of them are seeded, and what comes of it must be applied without an error. */
void fuzz_image(struct image *image);

#endif
