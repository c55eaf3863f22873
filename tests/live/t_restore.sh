#!/bin/sh
# Restores that are not smooth: clients that were faster, an older broker, a race, one bad topic; and what a person decides.
# shellcheck disable=SC2317  # functions that eventually calls
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
older=4.3.1 # knows no max.decompressed.message.bytes
need_kafka 4.4.0 "$older"
now='{"now": true}'

create() { # CLUSTER LINE..: topics, as Lab.java reads them
  create_on=$1; shift
  printf '%s\n' "$@" >"$tmp/create"
  must lab "$create_on" create "$tmp/create"
  for last in "$@"; do :; done
  must eventually 20 is_there "$create_on" "${last%%	*}"
}
delete() { # CLUSTER NAME..
  delete_on=$1; shift
  must lab "$delete_on" delete "$@"
  for last in "$@"; do :; done
  must eventually 20 is_gone "$delete_on" "$last"
}
is_there() { lab "$1" list | grep -q "^$2	"; }
is_listed() { lab "$1" list | grep -qxF "$2"; }
is_gone() { ! is_there "$1" "$2"; }
are_listed() { # SENTENCE CLUSTER LINE..: these topics are there, and no others
  listed_sentence=$1 listed_on=$2; shift 2
  printf '%s\n' "$@" | LC_ALL=C sort >"$tmp/wanted"
  lab "$listed_on" list >"$tmp/listed"
  same_files "$listed_sentence" "$tmp/wanted" "$tmp/listed"
}
new_disks() { must cluster one wipe; must cluster one format; must cluster one start; }
alter() { must kafka_configs "$1" --alter --entity-type topics --entity-name "$2" --add-config "$3"; }
of() { echo "([.ledger[] | select(.name == \"$1\")] | $2)"; } # jq: what the ledger says of one topic

# ---- what was saved --------------------------------------------------------------------------------------------------

new_cluster one
service orders one
new='max.decompressed.message.bytes=1048576'
create one "alpha	4	1	retention.ms=1000" "bad.name	1	1" "beta	3	1" \
  "future.1	1	1	$new	retention.ms=71" "future.2	1	1	$new" "future.3	1	1	$new" "future.4	2	1	$new	retention.ms=74" \
  "large	2	1	cleanup.policy=compact" "raced.less	3	1	retention.ms=5" "raced.other	1	1	retention.ms=5" "raced.same	2	1"
ends orders OK "eleven topics are saved" pre_poweroff
must cluster one kill

# ---- onto a broker that is older, where clients were faster ------------------------------------------------------------

must env LIVE_VERSION=$older LIVE_DIR="$(cluster_dir old)" "$live/kafka" make
must cluster old format
must cluster old start
same_service elder orders old
create old "alpha	1	1" "bad_name	1	1" "large	5	1" "nobodys	1	1"
before=$(lab old list; objects elder c)
ends elder OK "a dry run of power-on says what it would do" post_poweron --dry-run
says elder "it would create nine of eleven" '.message | test("of 11 resources 9 would be created")'
same "and has changed nothing, not even claimed the cluster" "$before" "$(lab old list; objects elder c)"

must hook_until elder apply post_poweron
create old "raced.less	2	1" "raced.other	1	1	retention.ms=6" "raced.same	2	1"
let_go_on elder
ended elder PARTIAL "power-on restores what can be restored"
says elder "a topic that lacked partitions and configs is completed, and named" "$(of alpha '[.[] | .what, .loss] == ["completed", false]')"
says elder "one that had too many partitions stays, named with the command that deletes it" \
  "$(of large '.[0].what == "kept as found" and (.[0].reason | test("5 partitions.*kafka-topics --delete --topic .large."))')"
says elder "one that was created between plan and apply, as it was saved, is no matter" "$(of raced.same '. == []')"
says elder "one that was created meanwhile with less is completed" "$(of raced.less '[.[].what] == ["completed"]')"
says elder "one that was created meanwhile with other settings is kept" "$(of raced.other '[.[].what] == ["kept as found"]')"
says elder "a config that this broker does not know is dropped, named and carried" \
  "$(of future.1 '[.[] | .what, .reason, .loss] == ["carried", "this broker does not take config max.decompressed.message.bytes", true]')"
says elder "a topic that the broker refuses is named with its reason" \
  "$(of bad.name '.[0].what == "not restored" and (.[0].reason | test("collides"))')"
says elder "and nothing else is named" \
  '[.ledger[].name] | sort == ["alpha", "bad.name", "future.1", "future.2", "future.3", "future.4", "large", "raced.less", "raced.other"]'
says elder "the numbers add up" '.message | test("10 topics, 5 created, 2 completed, 1 were there; the loss ledger names 7")'
are_listed "one bad topic stopped no other, and nobody's topic is still there" old "alpha	4	1	retention.ms=1000" "bad_name	1	1" \
  "beta	3	1" "future.1	1	1	retention.ms=71" "future.2	1	1" "future.3	1	1" "future.4	2	1	retention.ms=74" \
  "large	5	1" "nobodys	1	1" "raced.less	3	1	retention.ms=5" "raced.other	1	1	retention.ms=6" "raced.same	2	1"

# ---- carried lines, and who drops them ---------------------------------------------------------------------------------

ends elder PARTIAL "a backup tries again what could not be created, and says that it still cannot" periodic --params "$now"
says elder "naming it, and what else is carried" '[.ledger[] | select(.loss).name] | unique == ["bad.name", "future.1", "future.2", "future.3", "future.4"]'
delete old bad_name
alter old future.1 retention.ms=72
delete old future.2
must kcb elder --quiet accept topic/future.3
ends elder PARTIAL "the next run goes on, once nothing is in the way" periodic --params "$now"
check "the topic is created at last" is_there old bad.name
says elder "that is named" "$(of bad.name '[.[].what] == ["restored"]')"
says elder "a person's change drops what was carried" "$(of future.1 '[.[] | .what, .reason] == ["dropped", "somebody has changed it since"]')"
says elder "so does a person's deletion" "$(of future.2 '[.[] | .what, .reason] == ["dropped", "somebody has deleted it since"]')"
says elder "so does a person's word" "$(of future.3 '[.[] | .what, .reason] == ["dropped", "a person accepted it as it is"]')"
refuse "and nothing that a person deleted comes back" is_there old future.2
ends elder PARTIAL "the run after that" pre_poweroff
says elder "names the one that is still carried, and no other" '[.ledger[] | .name, .what] == ["future.4", "carried"]'
must cluster old kill

# ---- back onto a broker that knows the config: it is tried again ---------------------------------------------------------

new_disks
ends orders OK "a newer broker gets everything" post_poweron
says orders "also what was carried, so nothing is left to name" '.ledger == []'
set -- "alpha	4	1	retention.ms=1000" "bad.name	1	1" \
  "beta	3	1" "future.1	1	1	retention.ms=72" \
  "future.3	1	1" "future.4	2	1	$new	retention.ms=74" "large	5	1" "nobodys	1	1" "raced.less	3	1	retention.ms=5" \
  "raced.other	1	1	retention.ms=6" "raced.same	2	1"
are_listed "it is as it was saved, or as a person left it" one "$@"

# ---- the command restore: creates what is missing, alters nothing ----------------------------------------------------------

delete one alpha beta
alter one raced.same retention.ms=9
kcb orders --json restore --kind topic --name alpha --dry-run >"$tmp/plan" 2>"$tmp/plan.err"
same "a dry run says that the one asked for would be created" '[{"action":"create","kind":"topic","name":"alpha","reason":null}]' \
  "$(jq -c .result.plan "$tmp/plan")"
check "and creates nothing" is_gone one alpha
check "without it, the topic is created" kcb orders restore --kind topic --name alpha
check "as it was" eventually 10 is_listed one "alpha	4	1	retention.ms=1000"
check "and no other is" is_gone one beta
ask orders restore
ended orders PARTIAL "all that is missing is created"
says orders "and what has other settings is named" '[.ledger[] | .name, .what] == ["raced.same", "kept as found"]'
check "and left alone" is_listed one "raced.same	2	1	retention.ms=9"
check "beta is back" is_listed one "beta	3	1"
must kafka_configs one --alter --entity-type topics --entity-name raced.same --delete-config retention.ms

# ---- suspect: most of it is gone -------------------------------------------------------------------------------------------

lose_most() { delete one alpha bad.name beta large nobodys raced.less raced.other raced.same; }
ends orders OK "eleven topics are saved again" pre_poweroff
lose_most
ends orders PARTIAL "eight of eleven are gone: what is left is saved, with doubt" periodic --params "$now"
says orders "the kind is suspect, and the ledger says how to end that" \
  '.kinds.topic == {count: 3, state: "captured", suspect: true} and (.ledger[0] | .what == "suspect" and (.reason | test("kcb accept topic")))'
ends orders PARTIAL "a power-off is not vetoed for it" pre_poweroff
new_disks
ends orders PARTIAL "the next restore does not believe it" post_poweron
says orders "and says that it used an older snapshot" '[.ledger[] | .kind, .what] == ["topic", "older"] and .kinds.topic.age_ms > 0'
are_listed "all eleven are back" one "$@"

lose_most
ends orders PARTIAL "they are deleted again" pre_poweroff
says orders "that is suspect again" .kinds.topic.suspect
check "a person says that it is meant" kcb orders --quiet accept topic
ends orders OK "then it is no longer suspect" pre_poweroff
says orders "and nothing is named" '.ledger == [] and (.kinds.topic.suspect | not)'
refuse "and there is nothing to accept any more" kcb orders --quiet accept topic
new_disks
create one "future.4	1	1"
must hook_until orders apply post_poweron
must kafka_topics one --alter --topic future.4 --partitions 2
let_go_on orders
ended orders OK "the next restore believes it, and partitions that somebody else has added meanwhile are no matter"
are_listed "three topics are there" one "future.1	1	1	retention.ms=72" "future.3	1	1" "future.4	2	1	$new	retention.ms=74"

# ---- another snapshot than the newest ----------------------------------------------------------------------------------------

kcb orders --json list >"$tmp/snapshots" 2>/dev/null
first=$(jq -r '.result.snapshots[-1].id' "$tmp/snapshots")
must kcb orders --quiet backup
new_disks
ends orders UNSUPPORTED "a snapshot that is not there is refused" post_poweron --params '{"snapshot": "00000000"}'
hook orders post_poweron --params "{\"snapshot\": \"$first\"}" --kill-at apply
newest=$(jq -r '.result.snapshots[0].id' "$tmp/snapshots")
hook orders post_poweron --params "{\"snapshot\": \"$newest\"}" --cancel-at apply
says orders "power-on that is stopped says what it leaves, and what goes on" \
  '.status == "CANCELLED" and (.message | test("cancelled; the restore is not finished: it goes on with the next run"))'
says orders "power-on that is told another snapshot meanwhile says that it goes on with the first" \
  "[.ledger[] | select(.name == \"$newest\" and .what == \"not restored\")] | length == 1"
ends orders OK "power-on was told to use the first snapshot, and was killed; without being told it goes on with that one" post_poweron
are_listed "it is as it was at the very first" one "alpha	4	1	retention.ms=1000" "bad.name	1	1" "beta	3	1" \
  "future.1	1	1	$new	retention.ms=71" "future.2	1	1	$new" "future.3	1	1	$new" "future.4	2	1	$new	retention.ms=74" \
  "large	2	1	cleanup.policy=compact" "raced.less	3	1	retention.ms=5" "raced.other	1	1	retention.ms=5" "raced.same	2	1"
finish
