#!/bin/sh
# The cold restore on three nodes, by both ways to form a quorum, and from three nodes to one: what is lowered is carried.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/cold.sh
. "$live/cold.sh"
need_kafka 4.4.0

# ---- three to three, static ----------------------------------------------------------------------------------------

cold_cluster three 4.4.0 static 3
must cluster three start
cold_service orders three 3
fill_cluster three 3
ends orders OK "three nodes are backed up from the log of one" pre_poweroff
ends orders.2 OK "or of another" pre_poweroff
cp "$tmp/before.list" "$tmp/three.list"
must cluster three wipe
must cluster three format
pre_start_all orders 3 OK
for node in 1 2 3; do dumped "$(starting_records three "$node")" >"$tmp/dump.$node"; done
check "Kafka's own reader finds our records in node 1's" grep -q '"type":"PARTITION_RECORD"' "$tmp/dump.1"
for node in 2 3; do same_files "node $node begins with the same records" "$tmp/dump.1" "$tmp/dump.$node"; done
must cluster three start
equal_to_before three
applications_are_back three
ends orders OK "power-on verifies and adopts" post_poweron
says orders "nothing had to be created" '.message | test(", 0 created, ")'

# ---- three to one --------------------------------------------------------------------------------------------------

ends orders OK "the three nodes are powered off" pre_poweroff
must cluster three wipe
cold_cluster single 4.4.0 dynamic 1
same_service small orders single scram-512
kraft_of small single 1 1
configure small 'del(.kraft.broker_ids)'
ends small CONFIG "partitions of several brokers are placed on no guess" pre_start --params '{"disks":"lost"}'
says small "but on the ids that a person names" '.message | test("kraft.broker_ids is missing: .*[[]1[]], if this node is all of it")'
kraft_of small single 1 1
ends small PARTIAL "one node gets all, as far as it can have it" pre_start --params '{"disks":"lost"}'
says small "what was lowered is named" '[.ledger[] | select(.loss) | [.kind, .name, .what]] == [["topic", "orders", "carried"]]'
must cluster single start
grep -v '^broker[[:blank:]][23]$' "$tmp/before.configs" >"$tmp/before.configs.1" # there is no such node now
mv "$tmp/before.configs.1" "$tmp/before.configs"
equal_to_before single ids users acls quotas configs
ends small PARTIAL "power-on verifies and adopts it" post_poweron
ask small show '{"kind": "carried"}'
says small "the next snapshot carries what was wanted" '[.result.lines[].key] == ["topic/orders"]'
must cluster single wipe

# ---- and back to three, dynamic ------------------------------------------------------------------------------------

cold_cluster again 4.4.0 dynamic 3
for node in 1 2 3; do
  name=back.$node
  [ "$node" != 1 ] || name=back
  same_service "$name" orders again scram-512
  kraft_of "$name" again "$node" 3
done
pre_start_all back 3 OK
must cluster again start
witness_all again after
same_files "three nodes have the replication factors of before" "$tmp/three.list" "$tmp/after.list"
same_files "and the topic ids" "$tmp/before.ids" "$tmp/after.ids"
ends back OK "power-on verifies and adopts it" post_poweron
says back "and nothing is carried on" '[.ledger[] | select(.loss)] == []'
finish
