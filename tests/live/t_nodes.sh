#!/bin/sh
# Fewer brokers than before: replication factor and min.insync.replicas are lowered together and carried, until there are
# enough brokers again.  And the plugin's logins by client certificate and by PLAIN.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
need_kafka "${LIVE_VERSION:-4.4.0}"

must env LIVE_NODES=3 LIVE_DIR="$(cluster_dir three)" "$live/kafka" make
must cluster three format
must cluster three start
printf '%s\n' "all	6	3	min.insync.replicas=2" "compacted	2	3	cleanup.policy=compact" "one	3	1" \
  "strict	1	3	min.insync.replicas=3	retention.ms=5" "two	2	2	min.insync.replicas=2" >"$tmp/topics"
must lab three create "$tmp/topics"
must lab three wait 5

# ---- three nodes -----------------------------------------------------------------------------------------------------

service orders three mtls
ends orders OK "a client certificate lets the plugin in, and three nodes are backed up" pre_poweroff
says orders "with nothing lost" '.ledger == [] and .kinds.topic.count == 5'
must cluster three wipe

# ---- onto one node ---------------------------------------------------------------------------------------------------

new_cluster single
# The least that a user needs who is no super user.
must kafka_acls single --add --allow-principal User:plain --cluster --operation Describe
must kafka_acls single --add --allow-principal User:plain --topic '*' --operation Describe --operation DescribeConfigs \
  --operation Create --operation Alter --operation AlterConfigs
same_service small orders single sasl-plain
configure small '.guard.bootstrap_set.acl_principals = ["User:plain"]' # the manager made these ACLs
ends small PARTIAL "PLAIN lets the plugin in, and one node is restored, as far as it can be" post_poweron --deadline 20000
says small "in time, though it waited for more nodes" '[.phases[] | select(.name == "wait for brokers").ms] | add > 5000'
says small "each topic that has less than before is named, with what it has" '[.ledger[] | [.kind, .name, .what, .reason, .loss]] == [
  ["topic", "all", "carried", "replication factor 1 instead of 3: 1 broker", true],
  ["topic", "compacted", "carried", "replication factor 1 instead of 3: 1 broker", true],
  ["topic", "strict", "carried", "replication factor 1 instead of 3: 1 broker", true],
  ["topic", "two", "carried", "replication factor 1 instead of 2: 1 broker", true]]'
printf '%s\n' "all	6	1	min.insync.replicas=1" "compacted	2	1	cleanup.policy=compact" "one	3	1" \
  "strict	1	1	min.insync.replicas=1	retention.ms=5" "two	2	1	min.insync.replicas=1" >"$tmp/lowered"
lab single list >"$tmp/listed"
same_files "replication factor and min.insync.replicas went down together" "$tmp/lowered" "$tmp/listed"
ask small show '{"kind": "carried"}'
same "the next snapshot carries what was wanted" '{"configs":{"min.insync.replicas":"3","retention.ms":"5"},"partitions":1,"replication_factor":3}' \
  "$(report small '.result.lines[] | select(.key == "topic/strict").value.wanted | tojson')"
says small "for these four" '[.result.lines[].key] == ["topic/all", "topic/compacted", "topic/strict", "topic/two"]'
ends small PARTIAL "every later backup says so again" periodic --params '{"now": true}'
says small "of all four" '[.ledger[] | select(.what == "carried").name] == ["all", "compacted", "strict", "two"]'
ends small PARTIAL "unchanged, too" periodic --wall-ahead 10900000
says small "though it is not stored again" '.snapshot.written | not'
ends small PARTIAL "the power-off is allowed" pre_poweroff
ask small list '{"long":true}'
says small "its snapshot carries four lines" '.result.snapshots[0].carried == 4 and .result.snapshots[0].kinds.topic.count == 5'
must cluster single wipe

# ---- onto three nodes again ------------------------------------------------------------------------------------------

must cluster three format
must cluster three start 1 2
hook orders post_poweron --deadline 60000 &
waiting=$!
cluster three start 3 >"$tmp/third" 2>&1 || diagnose <"$tmp/third"
wait "$waiting"
ended orders OK "with three nodes, of which one came late, everything is as it was"
says orders "nothing is lost" '.ledger == [] and (.message | startswith("restored and verified: 6 acls, 5 topics, 11 created"))'
lab three list >"$tmp/listed"
same_files "also the replication factors and min.insync.replicas" "$tmp/topics" "$tmp/listed"
ask orders list '{"long":true}'
says orders "and nothing is carried on" '.result.snapshots[0].carried == 0 and .result.snapshots[0].epoch == 3'
ends orders OK "the next backup has nothing to say" pre_poweroff
same "of the lowered ones nothing is left in it" "0" "$(ask orders show; report orders '.result.lines[] | select(.kind == "carried").key' | wc -l)"
finish
