#!/bin/sh
# Three controllers: one that is seeded late, one that is not, and which snapshot each takes when they could differ.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/cold.sh
. "$live/cold.sh"
need_kafka 4.4.0
lost='{"disks":"lost"}'

cold_cluster three 4.4.0 static 3
must cluster three start
cold_service orders three 3
fill_cluster three 3
ends orders OK "a snapshot" pre_poweroff
first=$(report orders .snapshot.id)
printf 'later\t1\t3\n' >"$tmp/later"
must lab three create "$tmp/later"
ends orders OK "and a newer one" pre_poweroff
newer=$(report orders .snapshot.id)
refuse "are two" test "$first" = "$newer"

# ---- the manager names the older one on one node: it is the claim's, and all take it -----------------------------------

must cluster three wipe
must cluster three format
ends orders OK "the first node is told to take the older one" pre_start --params "{\"disks\":\"lost\",\"snapshot\":\"$first\"}"
ends orders.2 OK "the second is told nothing" pre_start --params "$lost"
ends orders.3 PARTIAL "the third is told to take the newest" pre_start --params "{\"disks\":\"lost\",\"snapshot\":\"$newer\"}"
says orders.3 "and says which one it took" '[.ledger[] | select(.loss)] | length == 1 and (.[0].reason | test("had begun with another snapshot"))'
for node in 1 2 3; do dumped "$(starting_records three "$node")" >"$tmp/dump.$node"; done
check "which has users" grep -q '"name":"user256"' "$tmp/dump.1"
refuse "and no later topic" grep -q '"name":"later"' "$tmp/dump.1"
for node in 2 3; do same_files "node $node begins with the same records" "$tmp/dump.1" "$tmp/dump.$node"; done

# ---- two of three run already ----------------------------------------------------------------------------------------

must cluster three start 1 2
ends orders.3 NEEDS_OPERATOR "the third is too late" pre_start --params "$lost"
says orders.3 "since brokers of its cluster answer" '.message | test("brokers of this very cluster")'
ends orders AGAIN "power-on waits for what the third alone has" post_poweron --deadline 240000
says orders "since it has no leader" '.message | test("of [0-9]+ partitions of topic .* have a leader: are all brokers up")'
must cluster three wipe 3
must format_alone three 3 "$(cluster three id)"
must cluster three start 3
equal_to_before three
ends orders OK "all is there, from the two that were in time" post_poweron

# ---- the two that were not seeded are first --------------------------------------------------------------------------

ends orders OK "the newest snapshot again" pre_poweroff
must cluster three wipe
must cluster three format
ends orders OK "one of three is seeded" pre_start --params "$lost"
must cluster three start 2 3
must cluster three start 1
ends orders PARTIAL "power-on restores what it can" post_poweron
says orders "and names each user that is missing" '[.ledger[] | select(.loss and .kind == "user").name] | contains(["user256", "user512"])'
says orders "with what would have brought it back" '[.ledger[] | select(.kind == "user" and .name == "user256").reason] | any(test("pre-start"))'
lab three list >"$tmp/after.list"
same_files "the topics are there" "$tmp/before.list" "$tmp/after.list"
finish
