/*
 * kcb_operation.h - one operation as the command line asks for it: its parameters, its anchor,
 * its report.
 */
#ifndef KCB_OPERATION_H
#define KCB_OPERATION_H

#include "plugin/kcb_files.h"
#include "plugin/kcb_host.h"
#include "plugin/kcb_options.h"

/* A host with the service's instance, as the command line says; what is wrong is in e. */
struct kcb_operation {
	const struct kcb_options *options;
	struct kcb_service        service;
	struct kcb_host          *host;
};

lcp_status kcb_operation_open(struct kcb_operation *o, const struct kcb_options *options,
                              struct err *e);
void       kcb_operation_close(struct kcb_operation *o);

/*
 * Run hook with what the command line says of it.  The anchor goes with it, and is written anew
 * after a success, but never to an older position.  As kcb_host_run().
 */
lcp_status kcb_operation_run(struct kcb_operation *o, uint32_t hook, struct kcb_host_result *ret,
                             struct err *e);

/* kcb COMMAND for everything but run and keygen: prints the answer, returns the exit code. */
int kcb_operation_main(const struct kcb_options *options);

/*
 * Say on standard error that nothing could be done, and with --json the same as a document; returns
 * the exit code.
 */
int kcb_operation_fail(const struct kcb_options *options, lcp_status status, const struct err *e);

#endif
