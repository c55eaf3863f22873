#!/bin/sh
# Captures in a storm of changes, each of which is the state of one offset: what Kafka's own reader makes of the log's
# records up to there. Checkpoints come meanwhile.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/cold.sh
. "$live/cold.sh"
version=${LIVE_VERSION:-4.4.0}
need_kafka "$version"
topics=1000

must env LIVE_VERSION="$version" LIVE_EXTRA="metadata.log.max.record.bytes.between.snapshots=20000" \
  LIVE_DIR="$(cluster_dir storm)" "$live/kafka" make
must cluster storm format
must cluster storm start
cold_service storm storm 1
lab storm storm "$topics" >"$tmp/storm.out" 2>&1 &
storm=$!
log=$(cluster storm disk 1)/__cluster_metadata-0/00000000000000000000.log
must eventually 60 grep -qa storm-10 "$log"

# ---- while it blows --------------------------------------------------------------------------------------------------

ids='' captures=0
while kill -0 "$storm" 2>/dev/null; do
  captures=$((captures + 1))
  ends storm OK "capture $captures in the storm" periodic --params '{"now":true}'
  ids="$ids $(report storm .snapshot.id)"
done
check "the storm ended well" wait "$storm"
check "after several captures" test "$captures" -ge 3
check "Kafka made checkpoints meanwhile" test "$(find "$(dirname "$log")" -name '*.checkpoint' | wc -l)" -gt 2
must cluster storm stop

# ---- each of them is the state of its offset -------------------------------------------------------------------------

# Kafka's DumpLogSegments reads the records; what follows from them up to an offset says this.
cat >"$tmp/state.jq" <<'JQ'
reduce (inputs | select(.offset < $until)) as $r ({topics: {}, partitions: {}, configs: {}, acls: {}, users: {}};
  $r.payload.type as $type | $r.payload.data as $data |
  if $type == "TOPIC_RECORD" then .topics[$data.topicId] = $data.name
  elif $type == "PARTITION_RECORD" then .partitions[$data.topicId] += 1
  elif $type == "REMOVE_TOPIC_RECORD" then
    del(.configs[.topics[$data.topicId]], .partitions[$data.topicId], .topics[$data.topicId])
  elif $type == "CONFIG_RECORD" and $data.resourceType == 2 then .configs[$data.resourceName][$data.name] = $data.value
  elif $type == "ACCESS_CONTROL_ENTRY_RECORD" then .acls[$data.id] = $data.principal
  elif $type == "REMOVE_ACCESS_CONTROL_ENTRY_RECORD" then del(.acls[$data.id])
  elif $type == "USER_SCRAM_CREDENTIAL_RECORD" then .users[$data.name] += 1
  elif $type == "REMOVE_USER_SCRAM_CREDENTIAL_RECORD" then .users[$data.name] -= 1
  else . end) | . as $s |
  (.topics | to_entries[] | "topic \(.value) \($s.partitions[.key]) \($s.configs[.value] // {} | tojson)"),
  (.acls[] | "acl \(.)"), (.users | to_entries[] | select(.value > 0) | "user \(.key) \(.value)")
JQ
cat >"$tmp/ours.jq" <<'JQ'
.result.lines[] | if .kind == "topic" then "topic \(.key) \(.value.partitions) \(.value.configs | tojson)"
  elif .kind == "acl" then "acl \(.key | fromjson | .[3])"
  elif .kind == "user" then "user \(.key) \(.value | length)" else empty end
JQ
files=$(printf '%s\n' "$(dirname "$log")"/*.log | paste -sd,)
must "$live/kafka" tool org.apache.kafka.tools.DumpLogSegments --cluster-metadata-decoder --files "$files"
sed -n 's/^.* offset: \([0-9]*\) .* payload: \({.*}\)$/{"offset":\1,"payload":\2}/p' "$tmp/.must" >"$tmp/records"
ask storm list '{"long":true}'
report storm '.result.snapshots[] | "\(.id) \(.position.offset)"' >"$tmp/positions"
for id in $ids; do
  end=$(sed -n "s/^$id //p" "$tmp/positions")
  jq -nr --argjson until "$end" -f "$tmp/state.jq" "$tmp/records" | LC_ALL=C sort >"$tmp/kafka"
  ask storm show "{\"snapshot\": \"$id\"}"
  report storm "$(cat "$tmp/ours.jq")" | LC_ALL=C sort >"$tmp/ours"
  same_files "the capture at offset $end, of $(wc -l <"$tmp/ours") resources, is that state" "$tmp/kafka" "$tmp/ours"
done
check "of which no two are the same" test "$(awk '!seen[$2]++' "$tmp/positions" | wc -l)" -ge "$captures"
check "and in which there is something" test "$(wc -l <"$tmp/kafka")" -gt $((topics / 2))
finish
