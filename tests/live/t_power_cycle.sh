#!/bin/sh
# The main job: a service's topics survive a power-off, the loss of all disks, and a power-on; Kafka's own tools say so.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
version=${LIVE_VERSION:-4.4.0}
need_kafka "$version"
note "Kafka $version"
hour=3600000

lose_power_and_disks() { # [CLUSTER ID]: and start on new disks, with a new cluster id or the one given
  must cluster one wipe
  if [ -n "${1:-}" ]; then must env LIVE_CLUSTER_ID="$1" LIVE_DIR="$(cluster_dir one)" "$live/kafka" format
  else must cluster one format; fi
  must cluster one start
}
describe() { # what Java says of everything; but for topic ids, which a restore cannot keep
  kafka_topics one --describe --exclude-internal | sed 's/TopicId: [^	]*//' | LC_ALL=C sort
  kafka_configs one --describe --entity-type topics --entity-name both | tr ',' '\n' | LC_ALL=C sort
}
refused_as() { # STATE SNAPSHOTS: the empty cluster is not backed up, and these snapshots stay the only ones
  ends orders VETO "a power-off of the empty cluster is vetoed" pre_poweroff
  says orders "since it is $1" ".guard == \"$1\""
  same "and nothing of it was stored" "$2" "$(objects orders s)"
}

new_cluster one
service orders one scram-512

# ---- nothing yet ---------------------------------------------------------------------------------------------------

ends orders OK "an empty cluster of a new service may be powered off" pre_poweroff
says orders "since there is nothing to keep" '.message | startswith("nothing to keep")'
ends orders OK "and powered on" post_poweron
ends orders OK "and a periodic run has nothing to do" periodic
says orders "and says so" '.message | startswith("nothing to keep")'
same "nothing was stored for it" "0 0 0" "$(count_of orders s) $(count_of orders c) $(count_of orders a)"

# ---- topics of every kind, and the final backup ----------------------------------------------------------------------

longest=$(printf 'n%.0s' $(seq 249))
printf '%s\n' "...	1	1" "0	2	1" "__debezium.x	1	1	retention.ms=-1" "a.b-c_d	3	1	cleanup.policy=compact" "bare	7	1" \
  "both	1	1	cleanup.policy=compact,delete	retention.ms=86400000	segment.bytes=1048576" \
  "throttled	2	1	follower.replication.throttled.replicas=0:1,1:1	leader.replication.throttled.replicas=*" \
  "timed	1	1	compression.type=zstd	max.message.bytes=2000000	message.timestamp.type=LogAppendTime" \
  "wide	60	1	delete.retention.ms=0	min.compaction.lag.ms=5	min.insync.replicas=1" \
  "$longest	1	1	flush.messages=17" | LC_ALL=C sort >"$tmp/topics"
# A broker makes these when it needs them, but also when somebody asks; they are no topics of the user's.
printf '%s\t2\t1\n' __consumer_offsets __transaction_state __share_group_state >"$tmp/internal"
must lab one create "$tmp/topics"
must lab one create "$tmp/internal"
must lab one wait "$(wc -l <"$tmp/topics")"
lab one list >"$tmp/listed"
same_files "the topics are there" "$tmp/topics" "$tmp/listed"
describe >"$tmp/described"
check "and so says Java's own tool" grep -q 'Topic: a.b-c_d.*PartitionCount: 3.*cleanup.policy=compact' "$tmp/described"

ends orders OK "the final backup is taken" pre_poweroff
says orders "it is the first snapshot of the first epoch, just written" '[.snapshot | .epoch, .sequence, .written] == [1, 1, true]'
says orders "the new anchor is its place and the document's hash" \
  '.anchor.epoch == 1 and .anchor.sequence == 1 and (.anchor.hash | test("^[0-9a-f]{64}$"))'
says orders "the report tells the time of each phase, in order" \
  '[.phases[] | select(.ms >= 0) | .name] | index("capture") < index("seal") and index("store") < index("read back")'
says orders "and that nothing was lost" '.ledger == [] and .ledger_unnamed == 0'
says orders "and what is never included" '.never_included | test("^topic records, consumer groups and their offsets, delegation tokens")'
says orders "and each kind's state" \
  '.kinds.topic == {count: 10, state: "captured", suspect: false} and .kinds.user.state == "unsupported" and .kinds.connector.state == "disabled"'
same "the state folder keeps it" "$(report orders .snapshot.id)" "$(jq -r .snapshot.id "$(service_dir orders)/state/last-report.json")"
report orders .anchor >"$tmp/anchor"
ask orders show '{"kind": "topic"}'
same "the snapshot has these topics and no internal one" "$(cut -f1 "$tmp/topics")" "$(report orders '.result.lines[].key')"
ask orders show '{"kind": "identity"}'
says orders "internal topics only tell whose cluster it is" '[.result.lines[].key] | index("__consumer_offsets") != null'
refuse "no snapshot shows a topic's name to who reads the store" grep -rqaF -e debezium -e "$longest" "$(store_dir orders)"
saved=$(objects orders s)
first_id=$(cluster one id)
lab one ids >"$tmp/ids"

# ---- disks lost: power-on --------------------------------------------------------------------------------------------

lose_power_and_disks
refused_as newcomer "$saved"
anchored=$(jq -c '{anchor: .}' "$tmp/anchor")
ends orders OK "power-on restores into new disks" post_poweron --params "$anchored"
says orders "all topics were created and none was there" '.message == "restored and verified: 10 topics, 10 created, 0 were there"'
says orders "a new epoch has begun, with a snapshot of its own" '[.snapshot | .epoch, .sequence, .written] == [2, 1, true]'
says orders "the ledger is empty" '.ledger == []'
says orders "the phases name what a person waits for" \
  '[.phases[].name] | contains(["wait for Kafka", "claim", "choose", "plan", "apply", "verify", "adopt", "store"])'
lab one list >"$tmp/listed"
same_files "the same topics are there" "$tmp/topics" "$tmp/listed"
describe >"$tmp/described.now"
same_files "and Java's own tools say exactly the same as before" "$tmp/described" "$tmp/described.now"
lab one ids >"$tmp/ids.now"
refuse "they are other topics, though" cmp -s "$tmp/ids" "$tmp/ids.now"

everything=$(objects orders s; objects orders a; objects orders c)
ends orders OK "a second power-on" post_poweron
says orders "finds nothing to do" '.message | startswith("nothing to restore")'
same "and stores nothing" "$everything" "$(objects orders s; objects orders a; objects orders c)"
same "and every topic is still the same one" "$(cat "$tmp/ids.now")" "$(lab one ids)"

# ---- periodic --------------------------------------------------------------------------------------------------------

ends orders OK "a periodic run soon after" periodic
says orders "is not due" '.message | startswith("not due")'
ends orders OK "one after the interval" periodic --wall-ahead $((3 * hour + 1000))
says orders "finds everything unchanged" '.message | startswith("unchanged")'
same "and stores nothing" "2" "$(count_of orders s)"
ends orders OK "unless somebody wants it now" periodic --params '{"now": true}'
says orders "then it is stored" '[.snapshot | .epoch, .sequence, .written] == [2, 2, true]'
printf 'new\t1\t1\n' >"$tmp/new"
must lab one create "$tmp/new"
must lab one wait 11
ends orders OK "a change is stored by the next run that is due" periodic --wall-ahead $((3 * hour + 1000))
says orders "with the new topic" '.snapshot.written and .kinds.topic.count == 11'
ends orders OK "a newest snapshot from the future makes the next run due" periodic
says orders "which stores one with the right time" "[.snapshot.written, .snapshot.sequence] == [true, 4] and (.snapshot.created_at_ms / 1000) - $(date +%s) < 60"
ends orders OK "and once a day" periodic --wall-ahead $((28 * hour))
says orders "also what has not changed is stored" '[.snapshot | .epoch, .sequence, .written] == [2, 5, true]'

# ---- the old cluster id on new disks, and a periodic run that restores -------------------------------------------------

second_id=$(cluster one id)
saved=$(objects orders s)
lose_power_and_disks "$second_id"
same "new disks can have the old cluster id" "$second_id" "$(cluster one id)"
refused_as wiped "$saved"
ends orders NEEDS_OPERATOR "nor does a periodic run back it up" periodic --params '{"now": true}'
same "nothing was stored" "$saved" "$(objects orders s)"
ends orders OK "power-on restores it all the same" post_poweron
says orders "in a third epoch" '.snapshot.epoch == 3'
lab one list >"$tmp/listed"
LC_ALL=C sort -o "$tmp/topics" "$tmp/topics" "$tmp/new"
same_files "with the topics of the last snapshot" "$tmp/topics" "$tmp/listed"

lose_power_and_disks "$first_id"
saved=$(objects orders s)
refused_as newcomer "$saved"
ends orders OK "a periodic run restores by itself, also into the very first cluster id" periodic
says orders "in a fourth epoch" '.snapshot.epoch == 4 and (.message | startswith("restored and verified: 11 topics"))'
lab one list >"$tmp/listed"
same_files "with the same topics" "$tmp/topics" "$tmp/listed"
ends orders OK "and the next power-off is as every other" pre_poweroff --params "$anchored"
finish
