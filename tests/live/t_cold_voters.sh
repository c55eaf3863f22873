#!/bin/sh
# Controllers that run already: pre-start writes nothing while one of them accepts connections, though no broker answers.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/cold.sh
. "$live/cold.sh"
need_kafka 4.4.0
lost='{"disks":"lost"}'

controller() { echo "127.0.0.1:$(cluster "$1" ports | awk -v node="$2" '$1 == node && $2 == "controller" { print $3 }')"; } # CLUSTER NODE
listens() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)' "${1##*:}"; } # ADDRESS
# One node without a quorum: its controller listens, no broker ever will: CLUSTER NODE
start_alone() {
  LIVE_READY=0 cluster "$1" start "$2" >/dev/null 2>&1
  must eventually 60 listens "$(controller "$1" "$2")"
}
# The kernel closes the sockets of a killed process after its memory is gone, by which `kill` takes it for ended.
silent() { ! listens "$1" 2>/dev/null; } # ADDRESS
kill_alone() { # CLUSTER NODE
  must cluster "$1" kill "$2"
  must eventually 60 silent "$(controller "$1" "$2")"
}
sum_of() { (cd "$(cluster "$1" disk "$2")" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 cksum); } # CLUSTER NODE
refused() { # NAME CLUSTER NODE ADDRESS SENTENCE: and nothing is written, on disk or to the store
  sum_of "$2" "$3" >"$tmp/before.sum"
  refused_claims=$(count_of orders c)
  ends "$1" NEEDS_OPERATOR "$5" pre_start --params "$lost"
  says "$1" "with the address" "(.message | test(\"controllers of this cluster listen, at $4:\"))"
  sum_of "$2" "$3" >"$tmp/after.sum"
  same_files "and its disk is as it was" "$tmp/before.sum" "$tmp/after.sum"
  same "and nothing is claimed" "$refused_claims" "$(count_of orders c)"
}

cold_cluster three 4.4.0 static 3
must cluster three start
cold_service orders three 3
printf 'payments\t3\t2\n' >"$tmp/topics"
must lab three create "$tmp/topics"
ends orders OK "a snapshot" pre_poweroff

# ---- brokers without a controller ------------------------------------------------------------------------------------

must cluster three kill 2 3
must cluster three wipe 3
must format_alone three 3 "$(cluster three id)"
for _ in 1 2 3; do ends orders.3 NEEDS_OPERATOR "the last of three brokers is found each time" pre_start --params "$lost"; done
says orders.3 "though its quorum is gone" '.message | test("brokers of this very cluster")'

# ---- static: the addresses are configured ----------------------------------------------------------------------------

must cluster three wipe
must cluster three format
voters=$(for node in 1 2 3; do controller three "$node"; done | jq -Rsc 'split("\n") | map(select(. != ""))')
for name in orders orders.2 orders.3; do configure "$name" ".kraft.voters = $voters"; done
ends orders OK "one's own address among them is no obstacle" pre_start --params "$lost"
says orders "and where every address refuses nobody waits" \
  '[.phases[] | select(.name == "does anybody answer?").ms] | length == 1 and .[0] < 2000'
start_alone three 1
refused orders.2 three 2 "$(controller three 1)" "a seeded controller runs alone: the second is too late"
refused orders.3 three 3 "$(controller three 1)" "and so is the third"
ends orders.3 PARTIAL "with FORCE it may start, unrestored" pre_start --params "$lost" --force
kill_alone three 1
ends orders.2 OK "when that one is stopped the second is seeded" pre_start --params "$lost"

must cluster three wipe
must cluster three format
start_alone three 3
refused orders three 1 "$(controller three 3)" "a controller that was not seeded is found too"
must cluster three wipe

# ---- dynamic: the addresses are on the disk ---------------------------------------------------------------------------

cold_cluster again 4.4.0 dynamic 3
for node in 1 2 3; do
  same_service "again.$node" orders again scram-512
  kraft_of "again.$node" again "$node" 3
done
start_alone again 2
refused again.1 again 1 "$(controller again 2)" "a dynamic quorum's controllers are known from the disk"
kill_alone again 2
ends again.1 OK "and asked no more when they are gone" pre_start --params "$lost"
finish
