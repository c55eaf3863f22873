/* kcb_commands.c - see kcb_commands.h: the table, as people read it */
#include "core/base/cleanup.h"
#include "plugin/kcb_commands.h"
#include "plugin/kcb_options.h"

#define FIELD(member) offsetof(struct kcb_options, member)
#define COMMON                                                                                     \
	(KCB_CONFIG | KCB_JSON | KCB_ANCHOR | KCB_TIMEOUT | KCB_QUIET | KCB_VERBOSE | KCB_STATE_DIR)

const struct kcb_command kcb_commands[] = {
	{ .name = "check", .role = KCB_HOOK, .hook = LCP_HOOK_CHECK, .options = COMMON,
	  .synopsis = "",
	  .summary = "are the configuration, the keys, Kafka and the store as they must be?",
	  .text = "Reads the service's file and its keys, asks Kafka and the store, says what is wrong and what\n"
	          "would repair it.  Changes nothing.",
	  .exits = "0 all is well; 2 the configuration, a key or a permission must be changed; 3 not everything\n"
	           "would work, see the report;\n"
	           "5 something could not be reached; 6 a person must decide",
	  .example = "kcb -c orders.json check" },
	{ .name = "backup", .role = KCB_HOOK, .hook = LCP_HOOK_PERIODIC, .options = COMMON,
	  .synopsis = "",
	  .summary = "take a backup now",
	  .text = "Captures the service's configuration, seals it, stores it, and reads it back.  Refused for a\n"
	          "cluster that is not this service's; the message says what to do then.",
	  .exits = "0 stored and verified; 3 stored, the report names what is missing; 5 try again later;\n"
	           "6 a person must decide",
	  .example = "kcb backup" },
	{ .name = "power-off", .role = KCB_HOOK, .hook = LCP_HOOK_PRE_POWEROFF,
	  .options = COMMON | KCB_FORCE,
	  .synopsis = "[--force]",
	  .summary = "take the last backup before the service is powered off",
	  .text = "Run this before the disks are given away: 0 and 3 mean that the service may be powered off,\n"
	          "since its last snapshot was read back and verified.  Anything else means: leave it on.",
	  .exits = "0, 3 power off; 4 do not power off, the message says why and what the ways out are",
	  .example = "kcb power-off && poweroff-the-service" },
	{ .name = "pre-start", .role = KCB_HOOK, .hook = LCP_HOOK_PRE_START,
	  .options = COMMON | KCB_DISKS | KCB_SNAPSHOT | KCB_FORCE, .synopsis =
	  "--disks lost|kept|partial [--snapshot ID] [--force]",
	  .summary = "restore into freshly formatted disks, before Kafka's first start",
	  .text = "Between `kafka-storage format` and the first start, on every controller.  Start Kafka only\n"
	          "after 0 or 3.",
	  .exits = "0, 3 start Kafka; 6 a person must decide; 9 no section kraft: power-on restores after the start",
	  .example = "kcb pre-start --disks lost" },
	{ .name = "power-on", .role = KCB_HOOK, .hook = LCP_HOOK_POST_POWERON,
	  .options = COMMON | KCB_PHASE | KCB_SNAPSHOT | KCB_DRY_RUN,
	  .synopsis = "[--phase kafka|services] [--snapshot ID] [--dry-run]",
	  .summary = "restore what is missing after a power cycle, and verify it",
	  .text = "Waits for the brokers; a cluster that lost its disks gets the newest configuration back, which is\n"
	          "then read again and compared.  A cluster that kept its disks is left as it is.",
	  .exits = "0 restored, or nothing was missing; 3 the report names what is not as it was;\n"
	           "5 not finished, run it again; 6 a person must decide",
	  .example = "kcb power-on" },
	{ .name = "run", .role = KCB_RUN,
	  .options = KCB_CONFIG | KCB_ANCHOR | KCB_TIMEOUT | KCB_QUIET | KCB_VERBOSE | KCB_STATE_DIR |
	             KCB_PERIOD,
	  .synopsis = "[--period SECONDS]",
	  .summary = "the daemon: power-on, then a backup whenever one is due",
	  .text = "Runs power-on until it has succeeded, then the periodic hook until SIGTERM or SIGINT, which end\n"
	          "it and are no power-off.  What changed is logged on standard error, once.  --timeout is for each\n"
	          "operation.",
	  .exits = "0 ended by a signal; 2 the configuration must be changed; 9 the plugin cannot do it",
	  .example = "kcb -c /etc/kafka-config-backup/orders.json run" },
	{ .name = "list", .role = KCB_LIST, .hook = LCP_HOOK_COMMAND, .word = "list",
	  .options = COMMON | KCB_LONG, .synopsis = "[--long]",
	  .summary = "the snapshots in the store, newest first",
	  .text = "One line a snapshot, by the names alone: nothing is read, and nothing proven.  With --long the\n"
	          "header of each is read and verified: when it was taken and of what, how large it is, who signed\n"
	          "it, how much of each kind it holds, and what it lacks.  What is no snapshot of this service's is\n"
	          "shown as such, in its line.",
	  .exits = "0 all shown are snapshots; 3 some objects are none, or do not verify",
	  .example = "kcb list --json | jq '.result.snapshots[0].id'" },
	{ .name = "show", .role = KCB_LOOK, .hook = LCP_HOOK_COMMAND, .word = "show",
	  .options = COMMON | KCB_KIND | KCB_NAME, .arguments = { { "SNAPSHOT", FIELD(snapshot) } },
	  .synopsis = "[SNAPSHOT] [--kind K [--name N]]",
	  .summary = "the lines of a snapshot",
	  .text = "One JSON document a line, each with key, kind and value.  SNAPSHOT is an id, the beginning of\n"
	          "one, or `newest`, which is the default.",
	  .exits = "0 shown; 6 the snapshot does not verify; 9 there is no such snapshot",
	  .example = "kcb show --kind topic | jq -r .key" },
	{ .name = "diff", .role = KCB_LOOK, .hook = LCP_HOOK_COMMAND, .word = "diff",
	  .options = COMMON | KCB_EXIT_CODE | KCB_KIND | KCB_NAME,
	  .arguments = { { "A", FIELD(from) }, { "B", FIELD(to) } },
	  .synopsis = "[A [B]] [--kind K [--name N]] [--exit-code]",
	  .summary = "what changed from one snapshot to another, or to the live cluster",
	  .text = "A and B are ids, `newest` or `live`; without them, newest is compared with live.\n"
	          "+ is in B alone, - is in A alone, ~ is in both and differs.",
	  .exits = "0 compared; 10 with --exit-code: they differ",
	  .example = "kcb diff --exit-code || echo 'changed since the last backup'" },
	{ .name = "verify", .role = KCB_LOOK, .hook = LCP_HOOK_COMMAND, .word = "verify",
	  .options = COMMON | KCB_ALL, .arguments = { { "SNAPSHOT", FIELD(snapshot) } },
	  .synopsis = "[SNAPSHOT | --all]",
	  .summary = "read snapshots as a restore would, and prove them",
	  .text = "Reads the whole object, checks signatures, decrypts it and checks the document, and says which\n"
	          "kinds it lacks; the newest one when none is named, or `newest`: the first whose header is signed\n"
	          "by who is trusted.  What lies in front of it and is not is named, and passed over.",
	  .exits = "0 all verify; 3 the newest does, and some objects were passed over; 6 some do not verify, or\n"
	           "there is none",
	  .example = "kcb verify --all" },
	{ .name = "report", .role = KCB_LOOK, .hook = LCP_HOOK_COMMAND, .word = "report",
	  .options = COMMON, .synopsis = "",
	  .summary = "the report of the last hook on this node",
	  .text = "What the last backup, power-off or power-on said, its loss ledger included.",
	  .exits = "0 shown, or there is none yet; 9 there is no state directory",
	  .example = "kcb report --json | jq '.result.ledger'" },
	{ .name = "restore", .role = KCB_HOOK, .hook = LCP_HOOK_COMMAND, .word = "restore",
	  .options = COMMON | KCB_KIND | KCB_NAME | KCB_INTO_USED | KCB_DRY_RUN,
	  .arguments = { { "SNAPSHOT", FIELD(snapshot) } },
	  .synopsis = "[SNAPSHOT] [--kind K [--name N]] [--into-used] [--dry-run]",
	  .summary = "create what a snapshot has and the cluster lacks; alter nothing",
	  .text = "What the cluster has already stays as it is, and is named where it differs.  --into-used says\n"
	          "that the cluster, which is not this service's and not empty, shall be this service's.\n"
	          "With --dry-run only the plan is shown.",
	  .exits = "0 restored and verified; 3 the report names what is not; 6 a person must decide",
	  .example = "kcb restore --kind topic --name orders --dry-run" },
	{ .name = "adopt", .role = KCB_HOOK, .hook = LCP_HOOK_COMMAND, .word = "adopt",
	  .options = COMMON, .synopsis = "",
	  .summary = "declare the live cluster, as it is, to be this service's, and back it up",
	  .text = "For a cluster that backup refused and that is the right one.  Nothing is restored into it.\n"
	          "Another cluster that was this service's is superseded: it is not backed up any more.",
	  .exits = "0 adopted and backed up; 3 the report names what is missing; 6 a person must decide",
	  .example = "kcb adopt" },
	{ .name = "accept", .role = KCB_HOOK, .hook = LCP_HOOK_COMMAND, .word = "accept",
	  .options = COMMON, .arguments_needed = 1,
	  .arguments = { { "KIND[/NAME]", FIELD(resource) } },
	  .synopsis = "KIND[/NAME]",
	  .summary = "say that what fell is meant to be so, or that a carried resource is not wanted any more",
	  .text = "accept KIND ends the doubt about a kind that is suspect in the newest snapshot, or says that one\n"
	          "which is pending there is gone; accept KIND/NAME drops a resource that the newest snapshot\n"
	          "carries since it could not be restored.",
	  .exits = "0 accepted; 6 there is nothing like that to accept",
	  .example = "kcb accept topic" },
	{ .name = "expire", .role = KCB_LOOK, .hook = LCP_HOOK_COMMAND, .word = "expire",
	  .options = COMMON | KCB_DRY_RUN, .synopsis = "[--dry-run]",
	  .summary = "remove the snapshots that the retention does not keep",
	  .text = "What a restore would use stays, and what does not verify is not touched; the reason is shown of\n"
	          "each.  Periodic backups do the same by themselves.",
	  .exits = "0 done",
	  .example = "kcb expire --dry-run" },
	{ .name = "rewrap", .role = KCB_HOOK, .hook = LCP_HOOK_COMMAND, .word = "rewrap",
	  .options = COMMON, .synopsis = "",
	  .summary = "make the snapshots readable by the recipients that the configuration has now",
	  .text = "After keys.recipients was changed.  What the snapshots hold stays as it is, at its place; each is\n"
	          "stored anew, read back, and then the old one is removed.  May be run again after it was killed.",
	  .exits = "0 done; 3 the ledger names those that could not be opened; 6 a restore is unfinished",
	  .example = "kcb rewrap" },
	{ .name = "keygen", .role = KCB_KEYGEN, .options = KCB_JSON | KCB_QUIET, .arguments_needed = 1,
	  .arguments = { { "DIRECTORY", FIELD(directory) } },
	  .synopsis = "DIRECTORY",
	  .summary = "make the keys of a service",
	  .text = "Makes the files identity, identity.pub, signing and signing.pub; nothing is overwritten.  Keep a\n"
	          "copy of identity away from the service: without it no snapshot can be read.",
	  .exits = "0 made; 1 not made: a file is there already, or the directory cannot be written",
	  .example = "kcb keygen /etc/kafka-config-backup/orders.keys" },
};

const size_t kcb_commands_count = LENGTH(kcb_commands);
