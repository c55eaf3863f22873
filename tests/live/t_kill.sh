#!/bin/sh
# Proves that kill -9 at any step leaves nothing half: the next power-on ends as an undisturbed one does, and whatever is
# listed as a snapshot opens.
# shellcheck disable=SC2317  # functions that check and eventually call
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
version=${LIVE_VERSION:-4.4.0}
need_kafka "$version"

steps_of() { report "$1" '.phases[].name' | awk '!seen[$0]++'; }
topics() { told list | sort; }
emptied() { must told empty; } # all that was saved is gone, under the same cluster id: R1 calls it wiped
lost_disks() {
  dismiss_witness
  must cluster one wipe
  must cluster one format
  must cluster one start
  witness one
}
newest_epoch() { echo $((0xffffffff - 0x$(objects main s | head -n 1 | cut -c 9-16))); } # a name begins with ~epoch

killed() { # WHAT STEP HOOK [OPTION..]: the hook dies when that step begins
  killed_what=$1 killed_at=$2; shift 2
  hook main "$@" --kill-at "$killed_at"
  killed_status=$?
  [ "$killed_status" = 137 ] || fail "$killed_what is killed at \"$killed_at\"" "the host's status is $killed_status" "$(tail -n 3 "$(service_dir main)/host.log")"
}

# ---- undisturbed -----------------------------------------------------------------------------------------------------

must cluster one make
must cluster one format
must cluster one start
service main one scram-512
witness one
printf 'a\t1\t1\nb\t4\t1\tcleanup.policy=compact,delete\tretention.ms=86400000\nc..d\t2\t1\ne\t1\t1\tmin.insync.replicas=1\nz\t1\t1\n' >"$tmp/topics"
must told create "$tmp/topics"
must told wait 5
topics >"$tmp/expected"

ends main OK "a first backup is taken" pre_poweroff
ends main OK "and one more" pre_poweroff
power_off_steps=$(steps_of main)
emptied
ends main OK "an undisturbed power-on restores" post_poweron
topics >"$tmp/restored"
same_files "all topics" "$tmp/expected" "$tmp/restored"
power_on_steps=$(steps_of main)
says main "in ten steps at least, of which the claim, the creation and the adoption are three" \
  '[.phases[].name] | (length >= 10 and contains(["claim", "apply", "adopt"]))'
ends main OK "a periodic backup is taken" periodic --params '{"now":true}'
periodic_steps=$(steps_of main)

# ---- power-on --------------------------------------------------------------------------------------------------------

# The next power-on ends as the undisturbed one did: the same topics, those that were there still the same ones, one
# epoch further, adopted, with a snapshot of that epoch.
ends_as_undisturbed() { # WHAT EPOCH
  told ids | sort >"$tmp/ids.killed"
  hook main post_poweron
  undisturbed_status=$?
  told ids | sort >"$tmp/ids.after"
  topics >"$tmp/restored"
  if [ "$undisturbed_status" = 0 ] && cmp -s "$tmp/expected" "$tmp/restored" &&
    [ -z "$(comm -23 "$tmp/ids.killed" "$tmp/ids.after")" ] &&
    [ "$(newest_epoch)" = "$2" ] && [ "$(report main .snapshot.epoch)" = "$2" ] &&
    hook main post_poweron && [ "$(report main .guard)" = adopted ] && opens '"snapshot":"newest"'
  then pass "$1: power-on ends as if undisturbed"; return; fi
  fail "$1: power-on ends as if undisturbed" "status $undisturbed_status, epoch $(newest_epoch), expected $2" \
    "$(diff "$tmp/expected" "$tmp/restored")" "$(comm -23 "$tmp/ids.killed" "$tmp/ids.after")"
  diagnose_hook main
}
opens() { # WHICH: "all":true, or "snapshot":ID
  hook main command --params '{"command":"verify",'"$1}"
  [ "$(report main '.status == "OK" and ([.result.objects[].ok] | all) and (.result.objects | length > 0)')" = true ]
}
no_half_snapshot() { opens '"all":true'; } # whatever is listed is whole

try_step() { # STEP
  expected_epoch=$(($(newest_epoch) + 1))
  killed "power-on" "$1" post_poweron
  ends_as_undisturbed "killed at \"$1\"" "$expected_epoch"
}
printf '%s\n' "$power_on_steps" >"$tmp/power_on_steps"
while IFS= read -r step <&7; do emptied; try_step "$step"; done 7<"$tmp/power_on_steps"

emptied
expected_epoch=$(($(newest_epoch) + 1))
for step in claim apply verify adopt "check the fence" "read back"; do killed "power-on" "$step" post_poweron; done
ends_as_undisturbed "killed six times in one restore" "$expected_epoch"

for step in "read the store again" verify "check the fence again"; do
  note "the disks are really lost"
  lost_disks
  try_step "$step"
done

lost_disks
killed "power-on" verify post_poweron
lost_disks
expected_epoch=$(($(newest_epoch) + 2))
ends_as_undisturbed "killed, and the disks lost once more" "$expected_epoch"

# ---- power-off and periodic backups ----------------------------------------------------------------------------------

check "none of all these snapshots is half a one" no_half_snapshot
objects main s | tail -n +4 >"$tmp/older"
(cd "$(store_dir main)/s" && xargs rm <"$tmp/older") # as retention would: looking at all of them takes long

try_backup() { # WHAT STEP HOOK [OPTION..]
  try_what=$1 try_step=$2 before=$(count_of main s); shift 2
  killed "$try_what" "$try_step" "$@"
  if no_half_snapshot && [ "$(count_of main s)" -le $((before + 1)) ] && hook main "$@" &&
    [ "$(count_of main s)" -gt "$before" ]
  then pass "$try_what killed at \"$try_step\": no half snapshot, and the next one works"; return; fi
  fail "$try_what killed at \"$try_step\": no half snapshot, and the next one works"
  diagnose_hook main
}
printf '%s\n' "$power_off_steps" >"$tmp/power_off_steps"
while IFS= read -r step <&7; do try_backup "power-off" "$step" pre_poweroff; done 7<"$tmp/power_off_steps"
printf '%s\n' "$periodic_steps" >"$tmp/periodic_steps"
while IFS= read -r step <&7; do try_backup "a periodic backup" "$step" periodic --params '{"now":true}'; done 7<"$tmp/periodic_steps"

# ---- in the middle of a write ----------------------------------------------------------------------------------------

killed_in() { # SYSCALL FOLDER HOOK: at its first call of it that touches that folder of the store
  strace -f -qq -o /dev/null -P "$(store_dir main)/$2" -e trace="$1" -e inject="$1:signal=SIGKILL" \
    "$BUILD/tests/live/host" "$PLUGIN" "$(config_file main)" "$3" >/dev/null 2>&1 </dev/null
  killed_status=$?
  [ "$killed_status" = 137 ] || fail "$3 is killed at $1 in the folder $2" "the status is $killed_status"
}
if ! strace -f -qq -o /dev/null -e trace=fsync true 2>/dev/null; then
  skip "killed in the middle of a write" "strace cannot trace here"
  finish
fi
for call in openat linkat fsync; do
  killed_in $call s pre_poweroff
  check "power-off killed in $call of its snapshot: no half one is listed" no_half_snapshot
  ends main OK "and the next one works" pre_poweroff
done
for folder in c a s; do # the claim, the adoption, the snapshot
  for call in linkat fsync; do
    emptied
    expected_epoch=$(($(newest_epoch) + 1))
    killed_in $call $folder post_poweron
    ends_as_undisturbed "power-on killed in $call in the folder $folder" "$expected_epoch"
  done
done
finish
