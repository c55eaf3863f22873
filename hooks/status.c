/* status.c - see status.h */
#include "core/base/cleanup.h"
#include "core/base/err.h"
#include "hooks/status.h"

const char *
hook_name(enum hook hook)
{
	switch (hook) {
	case HOOK_CHECK:
		return "check";
	case HOOK_PERIODIC:
		return "periodic";
	case HOOK_PRE_POWEROFF:
		return "pre_poweroff";
	case HOOK_POST_POWERON:
		return "post_poweron";
	case HOOK_PRE_START:
		return "pre_start";
	case HOOK_COMMAND:
		return "command";
	}
	return "unknown";
}

const char *
status_name(enum status status)
{
	static const char *const names[] = {
		"OK", "PARTIAL", "VETO", "AGAIN", "CANCELLED", "DEADLINE", "CONFIG", "UNSUPPORTED",
		"FAILED", "NEEDS_OPERATOR",
	};

	return (unsigned)status < LENGTH(names) ? names[status] : "FAILED";
}

enum status
status_of_error(int code)
{
	switch (code) {
	case 0:
		return STATUS_OK;
	case ERR_AGAIN:
		return STATUS_AGAIN;
	case ERR_CONFIG:
	case ERR_DENIED: /* a person must grant something, or correct a password */
		return STATUS_CONFIG;
	case ERR_OPERATOR:
	case ERR_CORRUPT:
		return STATUS_NEEDS_OPERATOR;
	case ERR_UNSUPPORTED:
		return STATUS_UNSUPPORTED;
	case ERR_CANCELLED:
		return STATUS_CANCELLED;
	case ERR_DEADLINE:
		return STATUS_DEADLINE;
	default:
		return STATUS_FAILED;
	}
}
