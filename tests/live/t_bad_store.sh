#!/bin/sh
# Proves what a store that was damaged, forged, filled up or taken away gets, and keys that are not as they must be: an
# error of its own each, nothing of it restored or written, and the older good snapshot taken where that is allowed.
# shellcheck disable=SC2317  # functions that check and eventually call
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
version=${LIVE_VERSION:-4.4.0}
need_kafka "$version"

topics() { told list | sort; }
emptied() { must told empty; }
stored() { (cd "${1:-$root}" && find . -type f ! -name .filler -exec cksum {} + | sort -k 3); } # [FOLDER]
newest() { find "$store/s" -type f -printf '%f\n' | sort | head -n 1; }
newest_path() { echo "$store/s/$(newest)"; }
reset_store() { rm -rf "$store"; cp -a "$tmp/clean" "$store"; }

# ---- a service with two good snapshots: of three topics, then of five ------------------------------------------------

new_cluster one
service main one scram-512
root=$(jq -r .store.path "$(config_file main)") store=$(store_dir main)
witness one
printf 'a\t1\t1\nb\t2\t1\tretention.ms=86400000\nc\t1\t1\n' >"$tmp/three"
printf 'd\t3\t1\tcleanup.policy=compact\ne\t1\t1\n' >"$tmp/two"
sort "$tmp/three" "$tmp/two" >"$tmp/five"
must told create "$tmp/three"
must told wait 3
ends main OK "a first backup is taken" pre_poweroff
must told create "$tmp/two"
must told wait 5
ends main OK "and one more" pre_poweroff
anchor=$(report main .anchor)
must cp -a "$store" "$tmp/clean"

# Snapshots that others made, or for others, further on than ours: on the same cluster, with other keys.
make_foreign() { # NAME SERVICE JQ TIMES
  mkdir -p "$tmp/service.$1/store"
  must make_service "$1" "$2" one scram-512 "$tmp/service.$1/keys" "$tmp/service.$1/store"
  configure "$1" "$3"
  for _ in $(seq "$4"); do hook "$1" pre_poweroff || { fail "a snapshot of $1 can be prepared"; diagnose_hook "$1"; exit 1; }; done
}
ours=$(config_file main)
ours_json=$(jq -c .keys "$ours")
make_foreign stranger main . 3
make_foreign forger main ".keys.recipients = ($ours_json | .recipients) | .keys.identity = ($ours_json | .identity)" 3
make_foreign astray main ".keys.signing_key = ($ours_json | .signing_key) | .keys.trusted_signers = ($ours_json | .trusted_signers)" 3
make_foreign elsewhere other-service ".keys = $ours_json" 3
take_newest_of() { cp "$(store_dir "$1")/s/$(objects "$1" s | head -n 1)" "$store/s/"; }

# ---- a newest snapshot that cannot be trusted ------------------------------------------------------------------------

flip() { # OFFSET, from the end if it is negative
  python3 - "$(newest_path)" "$1" <<'PYTHON'
import sys
path, at = sys.argv[1], int(sys.argv[2])
data = bytearray(open(path, "rb").read())
data[at] ^= 1
open(path, "wb").write(data)
PYTHON
}
cut_to() { truncate -s "$1" "$(newest_path)"; }
size() { stat -c %s "$(newest_path)"; }
append_a_byte() { printf x >>"$(newest_path)"; }
rename_it() { mv "$(newest_path)" "$store/s/fffffffffffffffefffffffffffffff0-$(newest | cut -d- -f2)"; }
rubbish() { head -c 5000 /dev/urandom >"$store/s/fffffffffffffffefffffffffffffff0-0123456789abcdef0123456789abcdef.kcb"; }

newest_is_skipped() { # WHAT REASON
  says main "$1: it is named as skipped, with the reason" \
    '[.ledger[] | select(.what == "skipped" and .loss)] | length == 1 and .[0].name == "s/'"$newest_name"'" and (.[0].reason | test("'"$2"'"))'
}
damage() { # WHAT COMMAND..: the store as at first, then changed by the command; and the cluster empty
  damage_what=$1; shift
  reset_store
  "$@" || { fail "$damage_what: can be prepared"; return; }
  newest_name=$(newest)
  emptied
}
# WHAT REASON COMMAND..: when the newest snapshot is damaged by the command, the older one is what is restored; with an
# anchor at the newest nothing is done at all.
is_passed_over() {
  what=$1 reason=$2; shift 2
  damage "$what" "$@"
  stored >"$tmp/before"
  hook main post_poweron --params "{\"anchor\":$anchor}"
  if [ "$(report main .status)" = NEEDS_OPERATOR ] && [ -z "$(topics)" ] && stored | cmp -s - "$tmp/before"
  then pass "$what: with an anchor at it a person must decide, and nothing is changed"
  else fail "$what: with an anchor at it a person must decide, and nothing is changed"; diagnose_hook main; fi
  ends main PARTIAL "$what: the older one is restored, and that is PARTIAL" post_poweron
  newest_is_skipped "$what" "$reason"
  topics >"$tmp/restored"
  same_files "$what: nothing of it is restored" "$tmp/three" "$tmp/restored"
}
# WHAT REASON COMMAND..: what the command puts in front of the good ones is left alone, and the newest good one restored;
# also with an anchor at that.
is_left_alone() {
  what=$1 reason=$2; shift 2
  damage "$what" "$@"
  ends main PARTIAL "$what: the good one behind it is restored, and that is PARTIAL" post_poweron --params "{\"anchor\":$anchor}"
  newest_is_skipped "$what" "$reason"
  topics >"$tmp/restored"
  same_files "$what: nothing of it is restored" "$tmp/five" "$tmp/restored"
}
is_passed_over "cut to nothing" "0 bytes.*cut off" cut_to 0
is_passed_over "cut in its header" "300 bytes.*cut off" cut_to 300
is_passed_over "cut in its body" "header says .*cut off" cut_to $(($(size) / 2 + 400))
is_passed_over "one byte short" "header says .*cut off" cut_to $(($(size) - 1))
is_passed_over "one byte too long" "something was appended" append_a_byte
is_passed_over "a bit flipped in its first bytes" "does not begin as a snapshot does" flip 2
is_passed_over "a bit flipped in its header" "signature of its header does not verify" flip 60
is_passed_over "a bit flipped in its body" "signature of the whole does not verify" flip 1000
is_passed_over "a bit flipped in its trailer" "signature of the whole does not verify" flip -5
is_passed_over "renamed" "renamed; name it so again" rename_it
is_left_alone "rubbish with a good name" "does not begin as a snapshot does" rubbish
is_left_alone "of a stranger" "not among keys.trusted_signers" take_newest_of stranger
is_left_alone "forged for us" "not among keys.trusted_signers" take_newest_of forger
is_left_alone "ours, but sealed for others" "sealed to 1 other keys, not to our identity" take_newest_of astray
is_left_alone "of another service" "is of service .*other-service.*copied from there" take_newest_of elsewhere

reset_store
python3 - "$(newest_path)" <<'PYTHON' || fail "flipped copies can be made"
import os, sys
path = sys.argv[1]
data = open(path, "rb").read()
for n in range(120): # one bit each, from the first byte to the last; under names of their own
    copy = bytearray(data)
    copy[n * (len(data) - 1) // 119] ^= 1 << n % 8
    open(os.path.dirname(path) + "/fffffffffffffffefffffffffffff000-%032x.kcb" % n, "wb").write(copy)
PYTHON
ask main verify '{"all":true}' # no cluster is needed to see that they are refused
says main "a bit flipped at any of 120 places is found, before the name is even looked at" \
  '[.result.objects[] | select(.ok | not) | .reason | select(test("renamed") | not)] | length == 120'
says main "and the good ones are still good" '[.result.objects[] | select(.ok)] | length == 2'

# ---- nothing but such snapshots --------------------------------------------------------------------------------------

reset_store
for object in $(objects main s); do truncate -s 700 "$store/s/$object"; done
emptied
stored >"$tmp/before"
ends main NEEDS_OPERATOR "when no snapshot verifies, nobody says that there is nothing to restore" post_poweron
ends main NEEDS_OPERATOR "nor takes a first backup" periodic
ends main VETO "nor lets the power be cut" pre_poweroff
says main "and each is named" '[.ledger[] | select(.what == "skipped" and (.name | startswith("s/")))] | length == 2'
stored >"$tmp/after"
same_files "and nothing is written" "$tmp/before" "$tmp/after"

# ---- a store that takes nothing, or is not there ---------------------------------------------------------------------

reset_store
emptied
ends main OK "with the store as it was all is restored" post_poweron
topics >"$tmp/restored"
same_files "all five topics" "$tmp/five" "$tmp/restored"
rm -rf "$tmp/clean"
must cp -a "$store" "$tmp/clean"

# WHAT REASON STATUS FOLDER: every hook says it, and nothing is lost from the folder that is the store
nothing_can_be_stored() {
  stored "$4" >"$tmp/before"
  ends main VETO "$1: power-off is vetoed" pre_poweroff
  says main "$1: with the object and the way out" '.message | test("'"$2"'")'
  ends main PARTIAL "$1: but for FORCE" pre_poweroff --force
  ends main "$3" "$1: a periodic backup says so too" periodic --params '{"now":true}'
  ends main "$3" "$1: and check" check
  says main "$1: with the same words" '.message | test("'"$2"'")'
  stored "$4" >"$tmp/after"
  same_files "$1: the store is as it was" "$tmp/before" "$tmp/after"
}
nothing_is_restored() { # WHAT STATUS
  emptied
  ends main "$2" "$1: a power-on says so" post_poweron --deadline 20000
  same "$1: and has created nothing, since it could not claim the cluster" "" "$(topics)"
}

mv "$root" "$root.away"
nothing_can_be_stored "no directory" "there is no directory $root: mount" AGAIN "$root.away"
mv "$root.away" "$root"
mv "$root" "$root.away"
: >"$root"
ends main CONFIG "a file in the store's place: the configuration must change" periodic --params '{"now":true}'
says main "and that is said" '.message | test("'"$root"' is not a directory")'
rm "$root"
mv "$root.away" "$root"

unmount_at_exit() { disk_status=$?; unmount; (exit "$disk_status"); at_exit; }
mounted=
unmount() { [ -z "$mounted" ] || umount "$mounted"; mounted=; }
if [ "$(id -u)" != 0 ] || ! { mkdir "$tmp/disk" && mount -t tmpfs -o size=256k,mode=700 kcb-test "$tmp/disk"; } 2>/dev/null; then
  skip "a full disk, and one mounted read-only" "this takes root, and the right to mount"
else
  mounted=$tmp/disk
  trap unmount_at_exit EXIT
  cp -a "$root/." "$tmp/disk/"
  configure main '.store.path = "'"$tmp/disk"'"'
  head -c 1000000 /dev/zero >"$tmp/disk/.filler" 2>/dev/null
  nothing_can_be_stored "a full disk" "$tmp/disk.*No space left on device.*free space" NEEDS_OPERATOR "$tmp/disk"
  nothing_is_restored "a full disk" NEEDS_OPERATOR
  rm "$tmp/disk/.filler"
  ends main OK "once there is room again the power-on restores" post_poweron
  topics >"$tmp/restored"
  same_files "all five topics" "$tmp/five" "$tmp/restored"
  must mount -o remount,ro "$tmp/disk"
  nothing_can_be_stored "a read-only disk" "$tmp/disk.*Read-only file system.*mount it writable" NEEDS_OPERATOR "$tmp/disk"
  nothing_is_restored "a read-only disk" NEEDS_OPERATOR
  must mount -o remount,rw "$tmp/disk"
  ends main OK "once it can be written to again the power-on restores" post_poweron
  topics >"$tmp/restored"
  same_files "all five topics" "$tmp/five" "$tmp/restored"
  rm -rf "$root"
  must cp -a "$tmp/disk" "$root"
  configure main '.store.path = "'"$root"'"'
  unmount
fi

# ---- keys ------------------------------------------------------------------------------------------------------------

keys=$tmp/service.main/keys
emptied
# WHAT WHICH REASON COMMAND..: with the key file changed by the command every hook refuses, and nothing is written
refused_key() {
  what=$1 file=$2 reason=$3; shift 3
  cp -a "$keys" "$tmp/keys.good"
  "$@" "$keys/$file" || { fail "$what: can be prepared"; return; }
  stored >"$tmp/before"
  for hook in check periodic post_poweron; do
    ends main CONFIG "$what: $hook refuses" $hook
    says main "$what: and $hook says what and why" '.message | test("'"$reason"'")'
  done
  ends main VETO "$what: power-off is vetoed" pre_poweroff
  says main "$what: for the same reason" '.message | test("'"$reason"'")'
  stored >"$tmp/after"
  same_files "$what: nothing is written to the store" "$tmp/before" "$tmp/after"
  rm -rf "$keys"
  mv "$tmp/keys.good" "$keys"
}
as_link() { mv "$1" "$1.real" && ln -s "$1.real" "$1"; }
of_another() { cp "$tmp/service.stranger/keys/${1##*/}" "$1"; }
a_character_less() { truncate -s $(($(stat -c %s "$1") - 2)) "$1"; }
the_public_one() { cat "$1.pub" >"$1"; }
refused_key "an identity that others can read" identity "keys.identity $keys/identity.*(permission|mode|chmod)" chmod 644
refused_key "a signing key that others can read" signing "keys.signing_key $keys/signing.*(permission|mode|chmod)" chmod 640
refused_key "an identity that is a symbolic link" identity "symbolic link" as_link
refused_key "an identity too short" identity "keys.identity: 4[12] characters .*expected 43" a_character_less
refused_key "an empty identity" identity "keys.identity" truncate -s 0
refused_key "a public key in the identity's place" identity "holds a recipient's public key where an identity's secret key belongs" the_public_one
refused_key "another's identity" identity "public key x25519:.* is not among keys.recipients" of_another
refused_key "another's signing key" signing "public key ed25519:.* is not among" of_another
refused_key "no identity" identity "$keys/identity: cannot be opened: No such file" rm
same "and nothing was created" "" "$(topics)"

# ---- many ------------------------------------------------------------------------------------------------------------

ends main OK "with the right keys a power-on restores" post_poweron
for i in $(seq 1000); do # of the first epoch, so all of them are older; that none is opened is what is to be shown
  printf '%s/s/fffffffffffffffe%016x-%032x.kcb\n' "$store" "$i" "$i"
done >"$tmp/names"
xargs -n 200 touch <"$tmp/names"
emptied
now_ms() { date +%s%3N; }
began=$(now_ms)
ends main OK "with 1,000 snapshots in the store the newest is restored" post_poweron
took=$(($(now_ms) - began))
says main "and none of the others was looked into" '[.ledger[] | select(.what == "skipped")] == []'
if strace -f -qq -o "$tmp/trace" -e trace=openat true 2>/dev/null; then
  strace -f -qq -o "$tmp/trace" -e trace=openat "$BUILD/tests/live/host" "$PLUGIN" "$(config_file main)" post_poweron >"$tmp/out" 2>&1 </dev/null
  read_objects=$(grep -cE '"[0-9a-f]{32}-[^"]*", O_RDONLY' "$tmp/trace")
  if [ "$read_objects" -ge 1 ] && [ "$read_objects" -le 3 ]; then pass "with few snapshots read"
  else fail "with few snapshots read" "$read_objects were opened; of 1,000 there should be 1 or 2"; fi
else
  skip "with few snapshots read" "strace cannot trace here"
fi
says main "choosing among them takes less than a second" '[.phases[] | select(.name | test("survey|newest|choose")) | .ms] | add < 1000'
note "the whole took $took ms"
finish
