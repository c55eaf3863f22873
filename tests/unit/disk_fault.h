/*
 * disk_fault.h - a disk that fails on order, or on which the process is killed.
 *
 * A test that is linked with --wrap for each of disk_fault.c's calls (disk_fault_ldflags in
 * Makefile.am) has the system calls of core/ go through it.  The test's own go the same way, so
 * nothing is counted or bent but while `on` is set.  One thread at a time.
 */
#ifndef DISK_FAULT_H
#define DISK_FAULT_H

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

struct disk_fault {
	bool        on;
	const char *only;  /* name of the call that is counted; NULL: all */
	unsigned    count; /* of calls so far */
	unsigned    at;    /* the one that fails; 0: none */
	int         error; /* with this errno */
	bool        kill;  /* or is the last we do */
	sem_t      *gate;  /* or waits here, and then goes on */
	const char *hit;   /* name of the call that failed */
	/* A disk with other habits, for all calls. */
	bool        no_tmpfile, no_proc, no_link, no_rename, no_unlink, lost_link;
	size_t      io_max;    /* bytes of one read or write; 0: any */
	bool        cut, flip; /* reads end after the first one; have a bit changed */
	size_t      endless;   /* entries that readdir makes up first */
};

extern struct disk_fault fault;

#endif
