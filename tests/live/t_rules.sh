#!/bin/sh
# Nothing unchecked gets in: what core/kraft/rules*.c lets into a node's starting records is what each Kafka that is here
# takes, asked of its own validators; and a cold restore onto a newer Kafka leaves out what that one does not take.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/cold.sh
. "$live/cold.sh"
need_kafka 4.4.0 4.3.1 3.9.2

# ---- the tables ----------------------------------------------------------------------------------------------------

kafka_says() { # VERSION WORD: what Rules.java of that version says
  must env LIVE_TOOL_HEAP=512m "$live/kafka" java "$1" "$live/Rules.java" "$2"
  cp "$tmp/.must" "$tmp/said.$2"
}
ours() { "$BUILD/tests/live/rules_lines" "$@" 2>"$tmp/count"; }

# Where we refuse what a controller takes, on purpose: replicas of an old reassignment; values that older controllers
# take and cannot write; a broker's own min.insync.replicas, which is refused by another check of controllers since 4.1
# (eligible leader replicas); principals that older controllers take and authorizers cannot read; and what Kafka 4.0
# takes although its own server.properties does not (segments below 1 MiB).
stricter() { # VERSION
  grep -vE -e '^does not fit here \((follower|leader)\.replication\.throttled\.replicas: ' \
    -e '^does not fit here \([a-z.]+: longer than 32767 bytes' \
    -e '^does not fit here \(min\.insync\.replicas: since Kafka 4\.1 only of all brokers' \
    -e '^does not fit here \(its principal is not TYPE:NAME' |
    if [ "${1#4.0.}" = "$1" ]; then cat; else grep -vF 'does not fit here (segment.bytes: a whole number of at least 1048576)'; fi
}
# Where server.properties decides, which nobody can see before the first start: listeners, directories, classes, and how
# far a group may go.
looser() {
  grep -vE '^fits here .*"configs":\{"(listeners|listener\.security\.protocol\.map|cordoned\.log\.dirs|principal\.builder\.class|ssl\.engine\.factory\.class|share\.(delivery\.count\.limit|partition\.max\.record\.locks|record\.lock\.duration\.ms)|streams\.(assignor\.name|num\.warmup\.replicas|task\.offset\.interval\.ms))":"[^"]*"\}'
}

for version in $("$live/kafka" versions); do
  kafka_says "$version" level
  level=$(cat "$tmp/said.level")
  kafka_says "$version" names
  sort "$tmp/said.names" >"$tmp/theirs"
  ours "$level" names | sort >"$tmp/ours"
  same_files "Kafka $version (metadata.version $level) has just the configs of our table" "$tmp/theirs" "$tmp/ours"
  kafka_says "$version" records
  ours records <"$tmp/said.records" >"$tmp/differ"
  same "and the versions of records ($(cat "$tmp/count"))" "" "$(cat "$tmp/differ")"
  kafka_says "$version" lines
  ours "$level" <"$tmp/said.lines" >"$tmp/all"
  stricter "$version" <"$tmp/all" | looser | cut -c 1-300 >"$tmp/differ"
  same "and takes just the lines that we take ($(cut -d, -f1 "$tmp/count"))" "" "$(head -n 20 "$tmp/differ")"
  check "which were many, both kinds" test "$(grep -c '^yes' "$tmp/said.lines")" -gt 2000 -a "$(grep -c '^no' "$tmp/said.lines")" -gt 2000
done

# ---- from Kafka 3.9 to 4.4 -----------------------------------------------------------------------------------------

cold_cluster old 3.9.2 static 1
must cluster old start
cold_service orders old 1
tab=$(printf '\t')
sed "s/ /$tab/g" >"$tmp/topics" <<END
plain 2 1 retention.ms=1000000
aged 3 1 cleanup.policy=compact message.format.version=2.8 retention.ms=2000000 segment.bytes=5000
throttled 1 1 leader.replication.throttled.replicas=*
END
must lab old create "$tmp/topics"
must lab old wait 3
must kafka_configs old --alter --entity-type brokers --entity-default --add-config log.retention.ms=77777777
must kafka_configs old --alter --entity-type brokers --entity-default --add-config log.message.timestamp.difference.max.ms=5
must kafka_configs old --alter --entity-type brokers --entity-name 1 --add-config log.message.downconversion.enable=true
ends orders OK "the old cluster is backed up" pre_poweroff
must cluster old wipe
cold_cluster new 4.4.0 static 1
same_service next orders new scram-512
kraft_of next new 1 1
ends next PARTIAL "the starting records are written without what Kafka 4.4 does not take" pre_start --params '{"disks":"lost"}'
left() { # KIND NAME WHAT WORD: the ledger names it
  says next "the ledger names $4 of $1 $2" "[.ledger[] | select(.kind == \"$1\" and .name == \"$2\" and .what == \"$3\" and
    (.reason | contains(\"$4: \")))] | length == 1"
}
left topic aged carried segment.bytes
left topic aged carried message.format.version
left topic throttled carried leader.replication.throttled.replicas
left cluster_config default carried log.message.timestamp.difference.max.ms
left cluster_config 1 "not restored" log.message.downconversion.enable
must cluster new start
list_topics() { lab new list && lab new configs; }
list_topics >"$tmp/listed" 2>&1
sed "s/ /$tab/g" >"$tmp/expected" <<END
aged 3 1 cleanup.policy=compact retention.ms=2000000
plain 2 1 retention.ms=1000000
throttled 1 1
END
same "the topics are there, with all other configs" "$(cat "$tmp/expected")" "$(lab new list)"
check "the brokers have the other config" grep -q 'log.retention.ms=77777777' "$tmp/listed"
refuse "and no broker complains" grep -E 'Invalid value|could not be applied|ConfigException' "$(cluster_dir new)/1/out"
ends next PARTIAL "power-on verifies and adopts" post_poweron
kcb next show --json >"$tmp/shown" 2>&1
carried() { # KIND/NAME CONFIG
  check "the next snapshot carries $2 of $1" jq -e --arg key "$1" --arg config "$2" \
    '[.. | objects | select(.key? == $key and .kind? == "carried") | .value.wanted.configs[$config]] | length == 1 and .[0] != null' "$tmp/shown"
}
carried topic/aged segment.bytes
carried topic/aged message.format.version
carried cluster_config/default log.message.timestamp.difference.max.ms
carried cluster_config/1 log.message.downconversion.enable
finish
