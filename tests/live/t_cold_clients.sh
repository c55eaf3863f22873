#!/bin/sh
# Applications that stay up through a power cycle: a producer and a consumer of librdkafka and of Java, after the leader
# had moved five times and to another broker. They hammer the port all the time, with auto-creation on, and create nothing.
# shellcheck disable=SC2317  # functions that eventually calls
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/cold.sh
. "$live/cold.sh"
need_kafka 4.4.0

cold_cluster up 4.4.0 dynamic 3
must cluster up start
cold_service orders up 3
printf 'orders\t3\t3\tretention.ms=86400000\nstill\t2\t3\tcleanup.policy=compact\n' >"$tmp/topics"
must lab up create "$tmp/topics"

# ---- they are up ---------------------------------------------------------------------------------------------------

"$BUILD/tests/live/client" steady "$(bootstrap up)" orders >"$tmp/librdkafka.out" 2>"$tmp/librdkafka.err" &
echo $! >"$tmp/librdkafka.pid"
lab up steady orders >"$tmp/java.out" 2>"$tmp/java.err" &
must eventually 60 grep -q '^pid' "$tmp/java.out"
sed -n 's/^pid //p' "$tmp/java.out" >"$tmp/java.pid" # Java's own, and not the shell's that began it

counts() { tail -n 1 "$tmp/$1.out"; } # "ACKNOWLEDGED CONSUMED"
note_counts() { for client in librdkafka java; do counts "$client" >"$tmp/$client.then"; done; }
went_on() { # CLIENT: ten records more of each than noted
  counts "$1" | paste -d ' ' "$tmp/$1.then" - | awk '{ exit !($3 >= $1 + 10 && $4 >= $2 + 10) }'
}
both_go_on() { # SENTENCE
  for client in librdkafka java; do
    check "$client: $1" eventually 90 went_on "$client" || tail -n 5 "$tmp/$client.err" | diagnose
  done
}
printf '0 0\n' | tee "$tmp/librdkafka.then" >"$tmp/java.then"
both_go_on "produces and consumes"
witness up
must told list
check "auto-creation is on" "$BUILD/tests/live/client" produce "$(bootstrap up sasl)" admin admin-secret 512 by-a-client
must told wait 3
for replicas in 2,3,1 3,1,2 1,2,3 2,3,1 1,2,3; do must told move orders "$replicas"; done
must told move orders 3,1,2 keep
same "the leader is not the first replica" 1 "$(told leader orders)"
note_counts
both_go_on "has followed five leaders"
tell_all before
dismiss_witness
ends orders OK "the power-off is allowed" pre_poweroff

# ---- a power cycle -------------------------------------------------------------------------------------------------

must cluster up wipe
must cluster up format
pre_start_all orders 3 OK
note_counts # what they had fetched before is consumed by now
must cluster up start
equal_to_before up
same "the leader is another broker now" 3 "$(lab up leader orders)"
both_go_on "produces and consumes again"
ends orders OK "power-on verifies and adopts" post_poweron
says orders "and nothing had to be created" '.message | test(", 0 created, ")'

# ---- what was restored is a cluster like any other -----------------------------------------------------------------

must cluster up stop
note_counts
must cluster up start
equal_to_before up
both_go_on "produces and consumes after a restart"
must cluster up kill 3
note_counts
both_go_on "produces and consumes without the leader's node"
ends orders OK "and a backup is taken" periodic --params '{"now":true}'
finish
