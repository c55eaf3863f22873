#!/bin/sh
# Connectors on bad days, beside a real Connect worker: its topics made wrongly by somebody faster, killed at every step, one whose plugin is
# missing and one whose config is refused, and what a person changed between two backups.
# shellcheck disable=SC2317  # functions that eventually calls
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
need_kafka "${LIVE_VERSION:-4.4.0}"

make_connector() { # NAME STATE CONFIG
  connectors one POST /connectors "$(jq -nc --arg name "$1" --arg state "$2" --argjson config "$3" '{name: $name,
    initial_state: $state, config: ({"connector.class": "FileStreamSource", file: "/dev/null", topic: "orders"} + $config)}')"
}
shown() { # each with its state and its config, as the worker says them
  connectors one GET '/connectors?expand=info&expand=status' | jq -cS 'map_values([.status.connector.state, .info.config])'
}
are_shown() { [ "$(shown)" = "$expected" ]; }
lose_disks() { # and the worker with them
  must worker one kill
  must cluster one wipe; must cluster one format; must cluster one start
}
back_up() { # SENTENCE
  expected=$(shown)
  ends orders OK "$1" pre_poweroff
}

new_cluster one
must worker one start
service orders one
configure orders ".connect = {url: \"$(worker one url)\", topics: [\"connect-configs\", \"connect-offsets\", \"connect-status\"]}"
printf 'orders	3	1	retention.ms=5\n' >"$tmp/topics"
must lab one create "$tmp/topics"
must make_connector running RUNNING '{}'
must make_connector paused PAUSED '{}'
must make_connector stopped STOPPED '{}'
settled() { [ "$(shown | jq -c 'map_values(.[0])')" = '{"paused":"PAUSED","running":"RUNNING","stopped":"STOPPED"}' ]; }
check "the worker has connectors in all three states" eventually 30 settled

# ---- Connect's topics, made wrongly by somebody who was faster -------------------------------------------------------

back_up "they are backed up"
lose_disks
printf 'connect-configs	1	1\nconnect-offsets	1	1\n' >"$tmp/wrong" # as auto-creation makes them: no compaction, too few partitions
must lab one create "$tmp/wrong"
ends orders OK "topics of Connect that were auto-created are no obstacle" post_poweron --params '{"phase":"kafka"}'
says orders "they are named" '[.ledger[] | select(.what == "completed") | .name] | sort == ["connect-configs", "connect-offsets"]'
must worker one start # it refuses a topic that is not compacted, or has the wrong number of partitions
ends orders OK "they were made right: the worker starts, and has its connectors back" post_poweron --params '{"phase":"services"}'
check "in their states" eventually 30 are_shown

back_up "the next power cycle begins"
lose_disks
printf 'connect-configs	4	1\n' >"$tmp/wrong"
must lab one create "$tmp/wrong"
ends orders NEEDS_OPERATOR "one with too many partitions cannot be made right" post_poweron --params '{"phase":"kafka"}'
says orders "it is named, with the command that deletes it" \
  '.message | test("topic connect-configs: .*4 partitions.*kafka-topics --delete --topic .connect-configs.")'
lab one list | grep -v '^connect-configs' >"$tmp/listed"
check "all else is back" grep -q '^orders	3	1' "$tmp/listed"
ends orders VETO "a power-off before it is mended is vetoed" pre_poweroff
ends orders NEEDS_OPERATOR "a periodic run says it again" periodic
must lab one delete connect-configs
deleted() { ! lab one list | grep -q '^connect-configs'; }
must eventually 20 deleted
ends orders OK "once it is deleted the restore goes on and ends" post_poweron --params '{"phase":"kafka"}'
must worker one start
ends orders OK "and the connectors come back" post_poweron --params '{"phase":"services"}'
check "as they were" eventually 30 are_shown

# ---- killed at any step ----------------------------------------------------------------------------------------------

kill_at_each() { # WHAT HOOK [OPTION..]: at every step in $tmp/steps, in turn, in one and the same restore
  each_what=$1; shift
  while IFS= read -r step <&7; do
    hook orders "$@" --kill-at "$step"
    each_status=$?
    [ "$each_status" = 137 ] || note "$each_what never came to \"$step\" again: it ended with $each_status"
    each_killed=$((each_killed + (each_status == 137)))
  done 7<"$tmp/steps"
}
each_steps() { report orders '.phases[].name' | awk '!seen[$0]++' >"$tmp/steps"; }

back_up "the next power cycle begins"
lose_disks
ends orders OK "phase kafka is done" post_poweron --params '{"phase":"kafka"}'
must worker one start
hook_params='{"phase":"services"}'
hook orders post_poweron --params "$hook_params" --kill-at start
same "killed between creation and start" 137 $?
same "they are there, and all rest" '["STOPPED"]' "$(shown | jq -c 'map(.[0]) | unique')"
ends orders OK "the next one brings them to their states" post_poweron --params "$hook_params"
each_steps
check "each to its own" eventually 30 are_shown

back_up "the next power cycle begins"
lose_disks
ends orders OK "phase kafka is done" post_poweron --params '{"phase":"kafka"}'
must worker one start
each_killed=0
kill_at_each "phase services" post_poweron --params "$hook_params"
check "phase services is killed at ten steps at least ($each_killed)" [ "$each_killed" -ge 10 ]
ends orders OK "and ends as if undisturbed" post_poweron --params "$hook_params"
check "with each connector as it was" eventually 30 are_shown

back_up "the next power cycle begins"
lose_disks
must worker one start # before any of our hooks: it makes its own topics
ends orders OK "both phases in one go" post_poweron
each_steps
check "bring all back" eventually 30 are_shown
lose_disks
must worker one start
each_killed=0
kill_at_each "both phases in one go" post_poweron
check "killed at fifteen steps at least ($each_killed)" [ "$each_killed" -ge 15 ]
ends orders OK "they end as if undisturbed" post_poweron
check "with each connector as it was" eventually 30 are_shown
ends orders OK "and with nothing pending" pre_poweroff

# ---- one whose plugin is missing, and one whose config is refused ----------------------------------------------------

plugins=$(cluster_dir one)/connect/plugins
jars=$(dirname "$(readlink -f "$plugins"/connect-file-*.jar)")
mkdir -p "$tmp/lost/META-INF/services"
echo 'public class LostSource extends org.apache.kafka.connect.file.FileStreamSourceConnector {}' >"$tmp/lost/LostSource.java"
echo LostSource >"$tmp/lost/META-INF/services/org.apache.kafka.connect.source.SourceConnector"
must javac -d "$tmp/lost" -cp "$(printf '%s:' "$jars"/connect-*.jar)" "$tmp/lost/LostSource.java"
must worker one kill
mkdir "$plugins/lost" # each plugin is alone with its jars
ln -s "$jars"/connect-file-*.jar "$plugins/lost/"
must jar -cf "$plugins/lost/lost.jar" -C "$tmp/lost" .
must worker one start
must make_connector lost RUNNING '{"connector.class": "LostSource", "password": "hunter2"}'
must make_connector refused RUNNING '{"producer.override.linger.ms": "5", "password": "hunter2"}'
five_run() { [ "$(shown | jq -c 'map_values(.[0]) | [.lost, .refused]')" = '["RUNNING","RUNNING"]' ]; }
check "two more connectors run" eventually 30 five_run
back_up "they are backed up too"
everything=$expected
expected=$(echo "$everything" | jq -cS 'del(.lost, .refused)')
lose_disks
rm "$plugins/lost/lost.jar"
ends orders OK "phase kafka is done" post_poweron --params '{"phase":"kafka"}'
must env LIVE_CONNECT_EXTRA=connector.client.config.override.policy=None LIVE_DIR="$(cluster_dir one)" "$live/kafka" connect
ends orders PARTIAL "a worker that lacks a plugin and allows less is no obstacle to the others" post_poweron --params "$hook_params"
says orders "the plugin that is missing is named" '[.ledger[] | select(.name == "lost" and (.reason | test("no plugin LostSource")))] | length == 1'
says orders "so is the setting that is refused" '[.ledger[] | select(.name == "refused" and (.reason | test("producer.override.linger.ms")))] | length == 1'
check "the others are back, in their states" eventually 30 are_shown
ends orders PARTIAL "the next backup carries both on" pre_poweroff
same "what it keeps is all five" 5 "$(kcb orders show | grep -cE '^\{"key":"[^"]*","kind":"(connector|carried)"')"
must worker one kill
must jar -cf "$plugins/lost/lost.jar" -C "$tmp/lost" .
must worker one start
expected=$everything
back_again() { hook orders periodic --params '{"now":true}' && are_shown; }
check "once the worker can, a periodic run creates them" eventually 60 back_again

# ---- renamed by a person between two backups -------------------------------------------------------------------------

must connectors one DELETE /connectors/lost
must make_connector renamed PAUSED '{"connector.class": "LostSource", "password": "hunter2"}'
renamed() { [ "$(shown | jq -c '[.lost, .renamed[0]]')" = '[null,"PAUSED"]' ]; }
check "a person renames a connector" eventually 30 renamed
back_up "which a backup takes as it is"
lose_disks
ends orders OK "phase kafka is done" post_poweron --params '{"phase":"kafka"}'
must worker one start
ends orders OK "after the next power cycle" post_poweron --params "$hook_params"
check "it has its new name alone" eventually 30 are_shown
refuse "no report and no log shows a secret" grep -rqs hunter2 "$(service_dir orders)/report.json" \
  "$(service_dir orders)/host.log" "$(service_dir orders)/state"
finish
