#!/bin/sh
# Connectors through power cycles, beside a real Connect worker: both phases, in one go, a worker that is down, one that outlived
# its cluster, a connector that cannot come back, and what a person does about each.
# shellcheck disable=SC2317  # functions that eventually calls
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
need_kafka "${LIVE_VERSION:-4.4.0}"

make_connector() { # NAME STATE [CLASS]
  connectors one POST /connectors "$(jq -nc --arg name "$1" --arg state "$2" --arg class "${3:-FileStreamSource}" '{name: $name,
    initial_state: $state, config: {"connector.class": $class, file: "/dev/null", topic: "orders", "tasks.max": "1",
      password: "hunter2-\($name)", placeholder: "${file:/none:key}"}}')"
}
# Each with its state and its config, as the worker says them.
shown() {
  connectors one GET '/connectors?expand=info&expand=status' |
    jq -cS 'map_values([.status.connector.state, .info.config])'
}
are_shown() { [ "$(shown)" = "$expected" ]; }
lose_disks() { must cluster one wipe; must cluster one format; must cluster one start; }
set_up_connect() { # SERVICE
  configure "$1" ".connect = {url: \"$(worker one url)\", topics: [\"connect-configs\", \"connect-offsets\", \"connect-status\"]}"
}

new_cluster one
service orders one
printf 'orders	3	1	retention.ms=5\n' >"$tmp/topics"
must lab one create "$tmp/topics"

# ---- a worker that never answered ------------------------------------------------------------------------------------

set_up_connect orders
ends orders PARTIAL "with a worker that never answered, a backup says so" periodic --params '{"now":true}'
says orders "of the kind connector" '.kinds.connector.state == "unreachable" and (.kinds.connector.reason | length > 20)'
ends orders VETO "and a power-off is vetoed" pre_poweroff
says orders "by its name" '.message | test("connector: ")'
lose_disks
ends orders PARTIAL "connectors that were never captured hold up no restore" post_poweron
says orders "and are named" '[.ledger[] | select(.kind == "connector" and .what == "never captured" and .loss)] | length == 1'
lab one list >"$tmp/listed"
same_files "the topics are back" "$tmp/topics" "$tmp/listed"

# ---- three states, two phases ----------------------------------------------------------------------------------------

must worker one start
must make_connector running RUNNING
must make_connector paused PAUSED
must make_connector stopped STOPPED
ended_in_states() { [ "$(shown | jq -c 'map_values(.[0])')" = '{"paused":"PAUSED","running":"RUNNING","stopped":"STOPPED"}' ]; }
check "the worker has connectors in all three states" eventually 30 ended_in_states
expected=$(shown)
ends orders OK "they are backed up" pre_poweroff
says orders "all of them" '.kinds.connector == {count: 3, state: "captured", suspect: false}'
must worker one kill
lose_disks
ends orders OK "phase kafka is done without the worker" post_poweron --params '{"phase":"kafka"}'
says orders "connectors are pending" '.kinds.connector.state == "pending"'
lab one list | grep -c '^connect-' >"$tmp/count"
same "the worker's topics are there before it is" 3 "$(cat "$tmp/count")"
ends orders AGAIN "phase services without a worker is not done" post_poweron --params '{"phase":"services"}'
ends orders AGAIN "however often it is asked" post_poweron --params '{"phase":"services"}'
ends orders PARTIAL "a backup meanwhile says what is pending" periodic --params '{"now":true}'
ends orders PARTIAL "also when nothing has changed" periodic
ends orders PARTIAL "which alone is no veto" pre_poweroff
must worker one start
ends orders OK "with the worker phase services is done" post_poweron --params '{"phase":"services"}'
says orders "the ledger says what running source connectors have lost" '[.ledger[] | select(.what == "offsets")] | length == 1'
check "each connector is back, in its state, with its config" eventually 30 are_shown
ends orders OK "nothing is pending any more" pre_poweroff
kcb orders diff --exit-code >"$tmp/diff" 2>&1
same "the snapshot is what the worker shows" 0 $?

# ---- in one go, with a worker that outlived its cluster --------------------------------------------------------------

lose_disks
ends orders PARTIAL "a worker that outlived its cluster holds up no restore of topics" post_poweron
says orders "it is told apart, with the way out" '.kinds.connector.state == "pending" and (.kinds.connector.reason | test("restart the worker"))'
must worker one kill
must worker one start
again() { hook orders periodic; [ "$(report orders .kinds.connector.state)" = captured ]; }
check "once it is started anew, periodic brings the connectors back, due or not" eventually 90 again
check "as they were" eventually 30 are_shown

# ---- changes by a person, and a secret -------------------------------------------------------------------------------

must connectors one PUT /connectors/paused/config '{"connector.class":"FileStreamSource","file":"/dev/null","topic":"orders","password":"hunter2-new"}'
must connectors one DELETE /connectors/stopped
kcb orders diff >"$tmp/diff" 2>&1
check "diff names what changed" grep -q '^~ connector paused: .*password changed' "$tmp/diff"
check "and what is gone" grep -q '^- connector stopped' "$tmp/diff"
refuse "but shows no secret" grep -q hunter2 "$tmp/diff"
ends orders OK "the next backup takes it as it is" periodic --params '{"now":true}'
refuse "no report and no log shows a secret" grep -rqs hunter2 "$(service_dir orders)/report.json" \
  "$(service_dir orders)/host.log" "$(service_dir orders)/state"

# ---- all of them deleted: suspect, or proven by Connect's config topic ------------------------------------------------

delete_all() { for name in running paused; do must connectors one DELETE /connectors/$name; done; }
topics=$(jq -c .connect.topics "$(config_file orders)")
configure orders 'del(.connect.topics)'
ends orders OK "a backup that reads no topic of Connect" periodic --params '{"now":true}'
delete_all
ends orders PARTIAL "then a fall to none is not believed" periodic --params '{"now":true}'
says orders "it is suspect" '.kinds.connector == {count: 0, state: "captured", suspect: true}'
for name in running paused; do must make_connector $name RUNNING; done
configure orders ".connect.topics = $topics"
ends orders OK "with two again, and the topic read" periodic --params '{"now":true}'
delete_all
ends orders OK "the same topic, and no record less: somebody has deleted them" periodic --params '{"now":true}'
says orders "nothing is suspect" '.kinds.connector == {count: 0, state: "captured", suspect: false}'
must make_connector running RUNNING
ends orders OK "one is made again" periodic --params '{"now":true}'

# ---- as it is, a person says -----------------------------------------------------------------------------------------

must worker one kill
lose_disks
ends orders OK "phase kafka once more" post_poweron --params '{"phase":"kafka"}'
must worker one start
ask orders adopt
ended orders OK "a person adopts the cluster as it is, without its connectors"
ends orders OK "and nothing brings them back" periodic --params '{"now":true}'
same "the worker has none" '{}' "$(shown)"

# ---- no longer configured --------------------------------------------------------------------------------------------

must make_connector last PAUSED
ends orders OK "a connector is backed up" pre_poweroff
must worker one kill
lose_disks
ends orders OK "and pending after the next power cycle" post_poweron --params '{"phase":"kafka"}'
configure orders 'del(.connect)'
ends orders OK "without Connect in the configuration nothing is pending" periodic --params '{"now":true}'
says orders "it is disabled" '.kinds.connector.state == "disabled"'
finish
