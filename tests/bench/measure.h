/* measure.h - time and memory, for the programs of the benchmark. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>

double   now_ms(void);         /* monotonic */
uint64_t clock_ms(void *ctx);  /* the same, as struct loop wants it */
int64_t  wall_ms(void *ctx);
void     print_peak(void);     /* "hwm KIB": this process's peak of resident memory, by its own account */

/* Say what failed, and end the program. */
void failed(const char *what, const char *why) __attribute__((noreturn));

#endif
