#!/bin/sh
# Which cluster may be backed up, and which one restored into: every refusal with its reason and its ways out.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
need_kafka "${LIVE_VERSION:-4.4.0}"
now='{"now": true}'

everything() { (cd "$(store_dir orders)" && find . -type f | LC_ALL=C sort); } # that the service has in the store
nothing_happened() { same "and nothing was written to the store" "$before" "$(everything)"; }
are_listed() { # SENTENCE CLUSTER LINE..: these topics are there, and no others
  listed_sentence=$1 listed_on=$2; shift 2
  printf '%s\n' "$@" | LC_ALL=C sort >"$tmp/wanted"
  lab "$listed_on" list >"$tmp/listed"
  same_files "$listed_sentence" "$tmp/wanted" "$tmp/listed"
}
refused() { # NAME ROW WHAT: by every hook
  before=$(everything)
  ends "$1" NEEDS_OPERATOR "$3: a periodic run needs an operator" periodic --params "$now"
  says "$1" "$3: the cluster is $2" ".guard == \"$2\""
  ends "$1" NEEDS_OPERATOR "$3: so does power-on" post_poweron
  ends "$1" VETO "$3: power-off is vetoed" pre_poweroff
  nothing_happened
}
new_disks() { must cluster b wipe; must cluster b format; must cluster b start; }

# ---- a cluster that is in use and not this service's -------------------------------------------------------------------

new_cluster a
new_cluster b
service orders a scram-256
printf '%s\n' "one	2	1	retention.ms=1" "three	3	1" "two	2	1	cleanup.policy=compact" >"$tmp/topics"
printf '%s\n' "auto	1	1" "theirs	1	1	retention.ms=2" "two	2	1	retention.ms=3" >"$tmp/used"
must lab a create "$tmp/topics"
must lab b create "$tmp/used"
must lab a wait 3
must lab b wait 3
ends orders OK "a service is backed up" pre_poweroff

same_service other orders b
refused other foreign "a used cluster"
says other "the message lists what was found" '.message | test("found: topic theirs .has configs of its own., topic two .has configs of its own.$")'
says other "and the ways out" '.message | test("kcb adopt.*kcb restore --into-used.*FORCE")'
ask other restore
ended other NEEDS_OPERATOR "a restore by command is refused just so"
are_listed "the used cluster is as it was" b "auto	1	1" "theirs	1	1	retention.ms=2" "two	2	1	retention.ms=3"
kcb other --json restore --into-used >"$tmp/into" 2>"$tmp/into.err"
same "a person may say that it shall be restored into; exit 3 is PARTIAL" 3 $?
same "since one topic has other settings, and is named" '["two","kept as found"]' "$(jq -c '.ledger[] | [.name, .what]' "$tmp/into")"
are_listed "what was missing is there, and nothing of it was altered" b "auto	1	1" "one	2	1	retention.ms=1" \
  "theirs	1	1	retention.ms=2" "three	3	1" "two	2	1	retention.ms=3"

# ---- two clusters, one service ---------------------------------------------------------------------------------------------

ends other OK "the cluster is the service's now: it is backed up" periodic --params "$now"
refused orders fenced "the older of two clusters"
says orders "the message names the other cluster" ".message | contains(\"$(cluster b id)\")"
ends orders PARTIAL "with FORCE it may be powered off" pre_poweroff --force
says orders "the message says that it was without a final backup" '.message | startswith("powered off without a final backup: fenced: ")'
ends other OK "the newer one is backed up all the same" pre_poweroff

configure orders '.poweroff.veto = false'
ends orders PARTIAL "where the configuration says so, nothing is vetoed" pre_poweroff
configure orders '.poweroff.veto = true | .enabled = false'
for hook in check periodic pre_poweroff post_poweron; do
  ends orders OK "a disabled service: $hook is OK" $hook
  says orders "and says that it is disabled" '.message | startswith("disabled")'
done
configure orders '.enabled = true'

check "a person may adopt the older one again" kcb orders --quiet adopt
ends orders OK "then it is backed up" periodic --params "$now"
says orders "in an epoch of its own" '[.snapshot | .epoch, .sequence] == [3, 2]'
are_listed "as it is: nothing was restored" a "one	2	1	retention.ms=1" "three	3	1" "two	2	1	cleanup.policy=compact"
refused other fenced "now the other one"

# ---- a store that has less than was saved ------------------------------------------------------------------------------------

report orders .anchor >"$tmp/anchor"
anchor=$(jq -c '{anchor: .}' "$tmp/anchor")
newest=$(store_dir orders)/s/$(objects orders s | head -n 1)
must mv "$newest" "$tmp/newest"
before=$(everything)
ends orders NEEDS_OPERATOR "a store without the snapshot of the anchor: a periodic run needs an operator" periodic --params "$anchor"
says orders "since the store was rolled back" '.guard == "rolled back"'
ends orders NEEDS_OPERATOR "so does power-on" post_poweron --params "$anchor"
ends orders VETO "power-off is vetoed" pre_poweroff --params "$anchor"
nothing_happened
must mv "$tmp/newest" "$newest"
ends orders OK "with the snapshot back, power-on has nothing against it" post_poweron --params "$anchor"
cp "$newest" "$tmp/intact"
printf X | dd of="$newest" bs=1 seek=2000 conv=notrunc status=none
ends orders NEEDS_OPERATOR "one flipped byte in it is as bad" post_poweron --params "$anchor"
says orders "the damaged snapshot is named" "[.ledger[] | select(.what == \"skipped\").name] == [\"s/$(basename "$newest")\"]"

# ---- an unfinished restore; a damaged snapshot without an anchor ----------------------------------------------------------------

new_disks
same_service fresh orders b
ends fresh NEEDS_OPERATOR "an empty cluster is not restored from less than the anchor" post_poweron --params "$anchor"
same "it is still empty" "" "$(lab b list)"
hook fresh post_poweron --kill-at verify
same "a restore is killed before it is verified" 137 $?
before=$(everything)
ends fresh VETO "a power-off is vetoed then" pre_poweroff
says fresh "since the restore is unfinished" '.guard == "restore unfinished"'
ends fresh PARTIAL "FORCE makes that PARTIAL" pre_poweroff --force
nothing_happened
ends fresh PARTIAL "a periodic run goes on with the restore" periodic
says fresh "from the newest snapshot that is whole; the damaged one is named" \
  "[.ledger[] | select(.loss) | [.name, .what]] == [[\"s/$(basename "$newest")\", \"skipped\"]]"
are_listed "everything is back" b "one	2	1	retention.ms=1" "three	3	1" "two	2	1	cleanup.policy=compact"
must mv "$tmp/intact" "$newest"
ends fresh OK "and a power-off is as every other" pre_poweroff

new_disks
hook fresh post_poweron --kill-at seal
ends fresh VETO "a restore that was adopted but has no snapshot yet: power-off is vetoed" pre_poweroff
says fresh "the message says that the restore is unfinished, and what to do" \
  '.message | test("^restore unfinished: .*first snapshot is not stored yet.*kcb power-on.*FORCE")'
ends fresh OK "power-on goes on up to the snapshot" post_poweron
says fresh "and stores it" '.snapshot.written and .snapshot.sequence == 1'
ends fresh OK "then power-off is as every other" pre_poweroff

# ---- two power-ons at once --------------------------------------------------------------------------------------------------------

epochs() { objects orders a | cut -c 1-16 | sort -u | wc -l; }
new_disks
same_service again orders b
had=$(epochs)
hook fresh post_poweron &
first=$!
hook again post_poweron
wait $first
ended fresh OK "of two power-ons at once the first ends OK"
ended again OK "and the second ends OK"
same "both restored the same cluster" "$(report fresh .cluster)" "$(report again .cluster)"
same "in one epoch" "1 $(report fresh .snapshot.epoch)" "$(($(epochs) - had)) $(report again .snapshot.epoch)"
are_listed "each topic is there once" b "one	2	1	retention.ms=1" "three	3	1" "two	2	1	cleanup.policy=compact"
ends fresh OK "the next backup is as every other" pre_poweroff

new_disks
had=$(epochs)
must hook_until fresh apply post_poweron
ends again OK "a power-on that starts when another is in the middle ends OK" post_poweron
let_go_on fresh
ended fresh OK "and so does the other"
same "in one epoch" "1" "$(($(epochs) - had))"
are_listed "each topic is there once" b "one	2	1	retention.ms=1" "three	3	1" "two	2	1	cleanup.policy=compact"
ends again OK "and the next backup is as every other" pre_poweroff
finish
