#!/bin/sh
# A topic with more partitions than one request may make: it is created smaller and grown, and waited for.
# shellcheck disable=SC2317  # a function that eventually calls
# A broker syncs folders for each partition: in memory that takes half a minute, on a busy disk several.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
need_kafka "${LIVE_VERSION:-4.4.0}"
export LIVE_HEAP=1g LIVE_EXTRA=log.index.size.max.bytes=4096 # a broker keeps some files and memory for each partition

new_cluster one
service orders one
printf 'large	9500	1	retention.ms=5\nsmall	1	1\n' >"$tmp/topics"
must lab one create "$tmp/topics"
must lab one wait 2 400
ends orders OK "a topic of 9,500 partitions is saved" pre_poweroff
must cluster one wipe
must cluster one format
must cluster one start
# A broker on a slow disk needs longer than the plugin waits for it; a manager then calls again, as AGAIN says.
restored() { hook orders post_poweron; [ "$(report orders .status)" != AGAIN ]; }
eventually 400 restored
ended orders OK "and restored, though one request makes 9,000 at most"
says orders "waiting for it is one phase of the report" '[.phases[] | select(.name == "verify")] | length == 1'
lab one list >"$tmp/listed"
same_files "with all its partitions and its configuration" "$tmp/topics" "$tmp/listed"
finish
