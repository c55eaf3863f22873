#!/bin/sh
# The cold restore on the newest Kafka, one node: users with their passwords, ACLs, quotas, configs and topics are back
# before the first broker answers.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/cold.sh
. "$live/cold.sh"
need_kafka 4.4.0

cold_cluster old 4.4.0 static 1
must cluster old start
cold_service orders old 1
fill_cluster old 1

# ---- the source log ------------------------------------------------------------------------------------------------

ends orders OK "everything is captured from the metadata log" periodic --params '{"now":true}'
says orders "every kind of Kafka's" '[.kinds | to_entries[] | select(.key | IN("cluster_config", "user", "acl", "topic",
  "quota", "group_config", "client_metrics")).value.state] | unique == ["captured"]'
says orders "with what there is" '.kinds.user.count == 3 and .kinds.acl.count == 8 and .kinds.topic.count == 5 and
  .kinds.quota.count == 4 and .kinds.client_metrics.count == 1'
ask orders show
says orders "no verifier and no salt is shown" '[.result.lines[] | select(.kind == "user") | .value[] | .salt, .stored_key,
  .server_key] | unique == ["(kept)"]'
kcb orders show --json >"$tmp/shown" 2>&1
kcb orders show --kind user >>"$tmp/shown" 2>&1
kcb orders show >>"$tmp/shown" 2>&1
kcb orders diff >>"$tmp/shown" 2>&1
kcb orders diff --json >>"$tmp/shown" 2>&1
refuse "nor by the command" grep -q '"salt":"[^(]' "$tmp/shown"
ask orders list '{"long":true}'
says orders "the header says log" '.result.snapshots[0].source == "log"'

# ---- a power cycle -------------------------------------------------------------------------------------------------

ends orders OK "the power-off is allowed" pre_poweroff
must cluster old wipe
must cluster old format
cp "$(starting_records old 1)" "$tmp/formatted"
ends orders OK "kept disks are left alone" pre_start --params '{"disks":"kept"}'
check "and not a byte is written" cmp "$tmp/formatted" "$(starting_records old 1)"
pre_start_all orders 1 OK
cp "$(starting_records old 1)" "$tmp/extended"
refuse "the starting records are others now" cmp -s "$tmp/formatted" "$tmp/extended"
same "with the mode they had" "$(stat -c %a "$tmp/formatted")" "$(stat -c %a "$tmp/extended")"
pre_start_all orders 1 OK
check "twice gives the same bytes" cmp "$tmp/extended" "$(starting_records old 1)"
must cluster old start
equal_to_before old
applications_are_back old
ends orders OK "power-on finds it all, verifies and adopts" post_poweron
says orders "nothing had to be created" '.message | test(", 0 created, 22 were there")'
ends orders OK "a second power-on has nothing to do" post_poweron
cp -r "$(cluster old disk 1)" "$tmp/older"
must lab old acl allow User:late READ TOPIC orders
ends orders OK "the next backup is taken" periodic --params '{"now":true}'

# ---- what must not be ----------------------------------------------------------------------------------------------

ends orders NEEDS_OPERATOR "a node that was started is refused" pre_start --params '{"disks":"lost"}'
must cluster old stop
ends orders NEEDS_OPERATOR "also when it is stopped" pre_start --params '{"disks":"lost"}'
ends orders PARTIAL "with FORCE Kafka may start all the same" pre_start --params '{"disks":"lost"}' --force

# ---- the log alone -------------------------------------------------------------------------------------------------

ends orders OK "the last backup before a power-off is taken of a stopped Kafka" pre_poweroff
ask orders list '{"long":true}'
says orders "its header says that Kafka was down" '.result.snapshots[0] | .source == "log" and .kafka_down and .position.offset > 0'
says orders "that of the others does not" '[.result.snapshots[1:][] | .source == "log" and .kafka_down == false] | all'
ask orders diff "{\"from\": \"$(report orders '.result.snapshots[1].id')\", \"to\": \"$(report orders '.result.snapshots[0].id')\"}"
says orders "it has what the last one of the running Kafka has" '.result.differences == []'

# ---- a log that is not this node's, or not its last ------------------------------------------------------------------

use_log() { configure "${2:-orders}" ".kraft.metadata_log_dir = \"$1\" | .kraft.log_dirs = [\"$1\"]"; }
saved=$(count_of orders s)
cp -r "$tmp/older" "$tmp/foreign"
sed -i 's/^cluster\.id=.*/cluster.id=AAAAAAAAAAAAAAAAAAAAAA/' "$tmp/foreign/meta.properties"
for name in hourly older foreign; do # at once, for each waits ten seconds whether a broker answers
  same_service "$name" orders old scram-512
  kraft_of "$name" old 1 1
done
use_log "$tmp/older" older
use_log "$tmp/foreign" foreign
hook hourly periodic --params '{"now":true}' &
hook older pre_poweroff &
hook foreign pre_poweroff &
wait
ended hourly AGAIN "no periodic backup is taken of a stopped Kafka"
ended older VETO "an older copy of the log is stale"
says older "and is named so" '.message | test("is stale: it ends at offset")'
ended foreign VETO "a disk of another cluster is not this service's"
must cluster old start
use_log "$tmp/older"
ends orders AGAIN "nor is an older copy taken beside a running Kafka" periodic --params '{"now":true}'
same "of all these nothing is stored" "$saved" "$(count_of orders s)"
use_log "$tmp/foreign"
ends orders VETO "a disk of another cluster beside a running Kafka" pre_poweroff
says orders "is named" '.message | test("is of the cluster AAAAAAAAAAAAAAAAAAAAAA, and the brokers are of")'
use_log "$(cluster old disk 1)"
printf wrong >"$(service_dir orders)/password"
ends orders VETO "a password that is refused is no Kafka that is down" pre_poweroff
printf admin-secret >"$(service_dir orders)/password"
same "of all these nothing is stored" "$saved" "$(count_of orders s)"
ends orders OK "the node's own log is taken as ever" periodic --params '{"now":true}'
must cluster old wipe
must cluster old format
configure orders 'del(.kraft)'
ends orders UNSUPPORTED "without the section kraft nothing is written" pre_start --params '{"disks":"lost"}'

# ---- nothing of it was ever told -------------------------------------------------------------------------------------

"$BUILD/tests/live/log_lines" "$tmp/older" 2>/dev/null >"$tmp/lines"
jq -r 'select(.kind == "user").value[] | .salt, .stored_key, .server_key' "$tmp/lines" >"$tmp/secrets"
same "there are secrets to be looked for" 12 "$(wc -l <"$tmp/secrets")"
jq -r 'select(.kind == "cluster_config").value.configs[]' "$tmp/lines" | grep planted >>"$tmp/secrets"
printf '%s\n' secret-256 secret-512 admin-secret >>"$tmp/secrets"
same "and planted ones among them" 2 "$(grep -c planted "$tmp/secrets")"
for file in "$tmp"/service.*/said "$tmp/shown" "$(service_dir orders)/state" "$(service_dir orders)/store"; do
  refuse "none is in ${file#"$tmp/"}" grep -raqFf "$tmp/secrets" "$file"
done
check "though all was looked at" grep -q '"kind":"user"' "$(service_dir orders)/said"
finish
