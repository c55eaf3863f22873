#!/bin/sh
# A Schema Registry's records through power cycles: as Confluent and as Karapace write them, byte for byte by Kafka's own
# consumer; a replay that is killed, clients that were faster, a topic that may not be read, and one that is none.
# shellcheck disable=SC2317  # functions that eventually calls
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
need_kafka "${LIVE_VERSION:-4.4.0}"

topic=_schemas
records() { python3 "$live/registry_records.py" "$@"; }
lose_disks() { dismiss_witness; must cluster one wipe; must cluster one format; must cluster one start; witness one; }
fresh_topic() { # [CONFIG..]: made as a registry makes it
  printf '%s\t1\t1\tcleanup.policy=compact\n' "$topic" >"$tmp/topic"
  must told create "$tmp/topic"
  must eventually 30 topic_is_there
}
topic_is_there() { told list >"$tmp/there" && grep -q "^$topic	" "$tmp/there"; } # all of the answer is to be read
fill() { must told write "$topic" "$1"; }
dump() { told dump "$topic"; }
same_records() { # SENTENCE EXPECTED
  dump >"$tmp/dumped" || fail "the records can be read" "$(cat "$tmp/witness.log")"
  if cmp -s "$2" "$tmp/dumped"; then pass "$1"; return; fi
  fail "$1" "expected $(wc -l <"$2") records, there are $(wc -l <"$tmp/dumped"); the first that differ:"
  diff "$2" "$tmp/dumped" | cut -c 1-100 | head -n 10 | diagnose
}
forget() { # the service as it was at first: no snapshot, no record
  rm -rf "$(store_dir reg)" "$(service_dir reg)/state"
  mkdir -p "$(service_dir reg)/state"
}
new_cluster one
witness one
service reg one
configure reg '.registry = {url: "http://127.0.0.1:1"}' # nobody answers there: the records are enough
printf 'orders\t3\t1\tretention.ms=5\n' >"$tmp/topics"

# ---- both vendors, through a power cycle -----------------------------------------------------------------------------

for vendor in karapace confluent; do
  forget
  must told create "$tmp/topics"
  fresh_topic
  records $vendor 60 >"$tmp/records"
  fill "$tmp/records"
  same_records "$vendor: the topic has what was made" "$tmp/records"
  ends reg OK "$vendor: it is backed up with nothing but Kafka" pre_poweroff
  says reg "$vendor: all three kinds of it" '.kinds | [.registry_log, .schema, .registry_config] | all(.state == "captured")'
  says reg "$vendor: every record, and one line about them" ".kinds.registry_log.count == $(($(wc -l <"$tmp/records") + 1))"
  lose_disks
  ends reg OK "$vendor: the records are back" post_poweron --params '{"phase":"kafka"}'
  same_records "$vendor: byte for byte, in order, with headers, timestamps, null and empty" "$tmp/records"
  told list | grep "^$topic" >"$tmp/listed"
  same_files "$vendor: in a topic as it was" "$tmp/topic" "$tmp/listed"
  says reg "$vendor: nothing is owed" '.kinds | [.registry_log, .schema, .registry_config] | all(.state == "captured")'
  ends reg OK "$vendor: twice is once" post_poweron
  same_records "$vendor: no record came twice" "$tmp/records"
  ends reg OK "$vendor: periodic goes on" periodic --params '{"now":true}'
  check "$vendor: and what is there is what was saved" kcb reg diff --exit-code
  lose_disks
done

# ---- a replay that is killed -----------------------------------------------------------------------------------------

forget
fresh_topic
records karapace 2600 6000 >"$tmp/records" # some 40 MB, so that there is a middle
fill "$tmp/records"
total=$(told ends "$topic")
ends reg OK "a large registry is backed up" pre_poweroff
lose_disks
some_are_there() { part=$(told ends "$topic" 2>/dev/null) && [ "${part:-0}" -gt 0 ]; }
hook_until reg apply post_poweron || fail "the hook comes to where it applies"
touch "$(service_dir reg)/go"
must eventually 30 some_are_there
kill -KILL "$(pgrep -P $$ -f 'tests/live/host .*post_poweron' | head -n 1)" 2>/dev/null
wait "$(cat "$tmp/until.reg.pid")" 2>/dev/null
rm -f "$tmp/until.reg.pid"
part=$(told ends "$topic")
note "killed with $part of $total records written"
if [ "$part" -gt 0 ] && [ "$part" -lt "$total" ]; then pass "a replay is killed in its middle"
else fail "a replay is killed in its middle" "$part of $total"; fi
ends reg OK "the next one goes on" post_poweron
same_records "and it is as if nothing had happened" "$tmp/records"
ends reg OK "an undisturbed backup is taken" periodic --params '{"now":true}'

# ---- clients that were faster ----------------------------------------------------------------------------------------

lose_disks
ends reg OK "a replay of all of it in one go" post_poweron
note "it took $(report reg '[.phases[] | select(.name == "apply") | .ms] | add') ms to apply"
lose_disks
hook_until reg apply post_poweron || fail "the hook comes to where it applies"
fresh_topic
head -n 40 "$tmp/records" | tail -n 1 >"$tmp/alike"
fill "$tmp/alike"
let_go_on reg
ended reg OK "what a client registered alike since the claim is fine"
dump | sort | uniq -c | awk '$1 == 2' | wc -l >"$tmp/twice"
same "its record is there twice, and no other" 1 "$(tr -d ' ' <"$tmp/twice")"
dump >"$tmp/saved" # with it
lose_disks
hook_until reg apply post_poweron || fail "the hook comes to where it applies"
fresh_topic
records confluent 1 | sed -n 3p >"$tmp/foreign"
fill "$tmp/foreign"
let_go_on reg
ended reg NEEDS_OPERATOR "what a client registered otherwise is for a person to decide"
says reg "it is named, with its id" '.message | test("SCHEMA team/0:value é 1 \\(id 1\\)") and test("delete the topic")'
same_records "and nothing was written" "$tmp/foreign"
must told delete "$topic"
topic_is_gone() { ! topic_is_there; }
must eventually 30 topic_is_gone
ends reg OK "once it is gone, the restore goes on" post_poweron
same_records "to its end" "$tmp/saved"

# ---- what is no registry's topic -------------------------------------------------------------------------------------

service other one scram-512
configure other '.registry = {url: "http://127.0.0.1:1", topic: "two"}'
printf 'two\t2\t1\n' >"$tmp/two"
must told create "$tmp/two"
ends other PARTIAL "with a topic of two partitions, a backup says so" periodic --params '{"now":true}'
says other "of all three kinds" '.kinds | [.registry_log, .schema, .registry_config] |
  all(.state == "unreachable" and (.reason | test("2 partitions")))'
configure other '.registry.topic = "nobodys"'
ends other PARTIAL "without a topic the registry is asked, and nobody answers" periodic --params '{"now":true}'
says other "the records are unsupported" '.kinds.registry_log | .state == "unsupported" and (.reason | test("no topic nobodys"))'
says other "the rest is unreachable" '.kinds | [.schema, .registry_config] | all(.state == "unreachable")'
configure reg '.registry.topic = "_schemas"'

# ---- a user without rights -------------------------------------------------------------------------------------------

must told acl deny User:plain READ TOPIC "$topic"
must told acl allow User:plain DESCRIBE TOPIC '*'
must told acl allow User:plain DESCRIBE CLUSTER kafka-cluster
must told acl allow User:plain DESCRIBE_CONFIGS TOPIC '*'
same_service denied reg one sasl-plain
configure denied '.registry = {url: "http://127.0.0.1:1"}'
ends denied PARTIAL "a user that may not read the records is told so" periodic --params '{"now":true}'
says denied "by name, with what to grant" '.kinds.registry_log | .state == "unreachable" and (.reason | test("grant Read"))'
ends denied VETO "and a power-off is vetoed" pre_poweroff

dismiss_witness
finish
