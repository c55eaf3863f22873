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
refuse "nor by the command" grep -q '"salt":"[^(]' "$tmp/shown"
ask orders list
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
ends orders OK "the next backup is taken" periodic --params '{"now":true}'

# ---- what must not be ----------------------------------------------------------------------------------------------

ends orders NEEDS_OPERATOR "a node that was started is refused" pre_start --params '{"disks":"lost"}'
must cluster old stop
ends orders NEEDS_OPERATOR "also when it is stopped" pre_start --params '{"disks":"lost"}'
ends orders PARTIAL "with FORCE Kafka may start all the same" pre_start --params '{"disks":"lost"}' --force
ends orders AGAIN "no periodic backup is taken of a stopped Kafka" periodic --params '{"now":true}'
ends orders OK "but the last one before a power-off is" pre_poweroff
ask orders list
says orders "its header says log" '.result.snapshots[0].source == "log"'
must cluster old wipe
must cluster old format
configure orders 'del(.kraft)'
ends orders UNSUPPORTED "without the section kraft nothing is written" pre_start --params '{"disks":"lost"}'
finish
