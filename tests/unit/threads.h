/* threads.h - the threads of this process: what an operation leaves behind must come to its end. */
#ifndef TEST_THREADS_H
#define TEST_THREADS_H

/* How many there are; one that has told its end is gone a moment later. */
unsigned threads_count(void);

/* Wait until there are no more than these.  The runner's time limit is the only one. */
void threads_await(unsigned count);

#endif
