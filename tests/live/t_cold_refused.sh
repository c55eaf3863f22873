#!/bin/sh
# What the cold restore refuses, each with nothing written and a reason that a person can act on; kill -9 at each of its
# steps, and a disk that is full. No broker runs in most of it: the disks are copies of a formatted one.
# shellcheck disable=SC2317  # functions that check calls
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/cold.sh
. "$live/cold.sh"
need_kafka 4.4.0

cold_cluster old 4.4.0 static 1
must cluster old start
cold_service orders old 1
fill_cluster old 1
ends orders OK "the service is backed up" pre_poweroff
cp -r "$(cluster old disk 1)" "$tmp/started"
must cluster old wipe
must cluster old format
cp -r "$(cluster old disk 1)" "$tmp/formatted"
zero=__cluster_metadata-0/00000000000000000000-0000000000.checkpoint
lost='{"disks":"lost"}'

# ---- a disk --------------------------------------------------------------------------------------------------------

a_disk() { # NAME [FROM]: a copy of the formatted node, of a cluster that nobody has claimed; $disk
  disk=$tmp/disks/$1
  rm -rf "$disk"
  mkdir -p "$tmp/disks"
  cp -r "${2:-$tmp/formatted}" "$disk"
  of_cluster "$disk" "$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=' | sed 's/^-/A/')"
  use_disk "$disk" "$disk"
}
of_cluster() { sed -i "s/^cluster\.id=.*/cluster.id=$2/" "$1/meta.properties"; } # DIR ID
use_disk() { # METADATA-LOG-DIR LOG-DIR..
  configure orders "$(jq -nr '"del(.kraft) | .kraft = " + ({metadata_log_dir: $ARGS.positional[0],
    log_dirs: $ARGS.positional[1:], broker_ids: [1]} | tojson)' --args "$@")"
}
sum_of() { # every file's name, mode and bytes; what is no file, and folders, by name
  (cd "$tmp/disks" && find . -printf '%p %m %y %l\n' | LC_ALL=C sort && find . -type f -readable | LC_ALL=C sort | xargs -r -d '\n' cksum) 2>&1
}
refused() { # STATUS SENTENCE PATTERN [OPTION..]: and nothing is written, on disk or to the store
  refused_status=$1 refused_what=$2 refused_why=$3; shift 3
  sum_of >"$tmp/before.sum"
  refused_claims=$(count_of orders c)
  hook orders pre_start --params "$lost" "$@"
  sum_of >"$tmp/after.sum"
  if [ "$(report orders .status)" = "$refused_status" ] && report orders .message | grep -q "$refused_why" &&
    cmp -s "$tmp/before.sum" "$tmp/after.sum" && [ "$(count_of orders c)" = "$refused_claims" ]
  then pass "$refused_what"; return; fi
  fail "$refused_what" "expected $refused_status, and a message with: $refused_why" "$(diff "$tmp/before.sum" "$tmp/after.sum")" \
    "claims: $refused_claims before, $(count_of orders c) now"
  diagnose_hook orders
}

# ---- what is refused -----------------------------------------------------------------------------------------------

a_disk started "$tmp/started"
refused NEEDS_OPERATOR "a node that was started" 'no freshly formatted node'
refused PARTIAL "with FORCE Kafka may start, unrestored" 'Kafka may start unrestored' --force

a_disk behind
refused NEEDS_OPERATOR "a store that has less than the anchor says" '^rolled back: .*bring the missing snapshots back' \
  --params "{\"disks\":\"lost\",\"anchor\":{\"epoch\":9,\"sequence\":1,\"hash\":\"$(printf '0%.0s' $(seq 64))\"}}"

a_disk partition
mkdir "$disk/payments-0"
refused NEEDS_OPERATOR "a log directory with a partition in it" 'payments-0 is in it'

a_disk second
cp -r "$tmp/formatted" "$tmp/disks/data"
rm -rf "$tmp/disks/data/__cluster_metadata-0"
of_cluster "$tmp/disks/data" "$(sed -n 's/^cluster.id=//p' "$disk/meta.properties")"
use_disk "$disk" "$tmp/disks/data"
mkdir "$tmp/disks/data/orders-17"
refused NEEDS_OPERATOR "a partition in another of the log directories" 'orders-17 is in it'
rmdir "$tmp/disks/data/orders-17"
of_cluster "$tmp/disks/data" AAAAAAAAAAAAAAAAAAAAAA
refused NEEDS_OPERATOR "a log directory of another cluster" 'was formatted for the cluster AAAAAAAAAAAAAAAAAAAAAA'
rm "$tmp/disks/data/meta.properties"
refused NEEDS_OPERATOR "a log directory that was not formatted" 'data/meta.properties: No such file'
rm -rf "$tmp/disks/data"
refused NEEDS_OPERATOR "a log directory that is not there" 'data: No such file'

a_disk version
sed -i 's/^version=1/version=2/' "$disk/meta.properties"
refused NEEDS_OPERATOR "meta.properties of another version" 'version 2'
printf 'cluster.id=\n' >"$disk/meta.properties"
refused NEEDS_OPERATOR "meta.properties without what it must have" 'no cluster.id, node.id and version'

a_disk link
ln -s "$disk" "$tmp/disks/to"
use_disk "$tmp/disks/to" "$tmp/disks/to"
refused NEEDS_OPERATOR "a symbolic link to a directory" 'it is a symbolic link'
rm "$tmp/disks/to"
use_disk "$disk" "$disk"
mv "$disk/$zero" "$tmp/disks/elsewhere"
ln -s "$tmp/disks/elsewhere" "$disk/$zero"
refused NEEDS_OPERATOR "starting records that are a symbolic link" 'checkpoint.*symbolic link'
rm "$tmp/disks/elsewhere"

a_disk cut
truncate -s -1 "$disk/$zero"
refused NEEDS_OPERATOR "starting records without their end" 'cut off'
a_disk flipped
printf '\377' | dd of="$disk/$zero" bs=1 seek=200 conv=notrunc 2>/dev/null
refused NEEDS_OPERATOR "starting records with another checksum" 'checksum of the record batch is wrong'

a_disk running
of_cluster "$disk" "$(cluster old id)"
must cluster old start
refused NEEDS_OPERATOR "a cluster of which brokers answer" 'of this very cluster'
must cluster old wipe

a_disk foreign
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  chmod -R a+rX "$tmp/disks"
  chmod a+x "$tmp" # its own keys and store are given to it
  cp -r "$(service_dir orders)" "$tmp/service.theirs"
  sed -i "s|$tmp/service.orders|$tmp/service.theirs|g" "$tmp/service.theirs/service.json"
  chown -R 65534:65534 "$tmp/service.theirs"
  hook_as='setpriv --reuid 65534 --regid 65534 --clear-groups'
  ends theirs CONFIG "starting records of another user" pre_start --params "$lost"
  says theirs "with the way out" '.message | test("run it as root or as Kafka.s own user")'
  hook_as=
  check "and nothing is written" cmp "$tmp/formatted/$zero" "$disk/$zero"
else
  skip "starting records of another user" "only root can become another user"
fi

# ---- kill -9 -------------------------------------------------------------------------------------------------------

a_disk whole
ends orders OK "an undisturbed run" pre_start --params "$lost"
cp "$disk/$zero" "$tmp/extended"
report orders '.phases[].name' | awk '!seen[$0]++' >"$tmp/steps"
says orders "in ten steps at least, of which the claim and the writing are two" \
  '[.phases[].name] | (length >= 10 and contains(["claim", "write the starting records"]))'

# Each case has a service, a store and a disk of its own, so that all run at once: they wait, for brokers that are not there.
case_of() { # NUMBER: $case_name, $disk
  case_name=case$1 disk=$tmp/disks/case$1
  cp -r "$(service_dir orders)" "$(service_dir "$case_name")"
  cp -r "$tmp/formatted" "$disk"
  of_cluster "$disk" "$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=' | sed 's/^-/A/')"
  sed -i "s|$(service_dir orders)|$(service_dir "$case_name")|g; s|$tmp/disks/whole|$disk|g" "$(config_file "$case_name")"
}
killed_at() { case_of "$1"; hook "$case_name" pre_start --params "$lost" --kill-at "$2"; ends_the_same $?; } # NUMBER STEP
killed_in() { # NUMBER SYSCALL FILE: at its first call of it that touches the file
  case_of "$1"
  strace -f -qq -o /dev/null -P "$disk/$3" -e trace="$2" -e inject="$2:signal=SIGKILL" \
    "$BUILD/tests/live/host" "$PLUGIN" "$(config_file "$case_name")" pre_start --params "$lost" >/dev/null 2>&1 </dev/null
  ends_the_same $?
}
as_before_or_after() { cmp -s "$tmp/formatted/$zero" "$disk/$zero" || cmp -s "$tmp/extended" "$disk/$zero"; }
ends_the_same() { # STATUS of the killed one
  [ "$1" = 137 ] || echo "it was not killed, its status is $1"
  as_before_or_after || echo "the records are neither as formatted nor as restored"
  hook "$case_name" pre_start --params "$lost" || diagnose_hook "$case_name"
  cmp "$tmp/extended" "$disk/$zero" || :
  [ "$(cd "$disk" && find . | sort)" = "$(cd "$tmp/formatted" && find . | sort)" ] || find "$disk"
}
cases=0
begin_case() { # SENTENCE COMMAND ..
  cases=$((cases + 1))
  echo "$1" >"$tmp/case$cases.sentence"
  case_command=$2; shift 2
  "$case_command" "$cases" "$@" >"$tmp/case$cases.result" 2>&1 &
}
while IFS= read -r step <&7; do
  begin_case "killed at \"$step\": as formatted or as restored, and the next run ends the same" killed_at "$step" 7<&-
done 7<"$tmp/steps"
if strace -f -qq -o /dev/null -e trace=fsync true 2>/dev/null; then
  folder=__cluster_metadata-0 part=__cluster_metadata-0/00000000000000000000-0000000000.kcb.checkpoint.part
  for call in write:$part fchmod:$part fsync:$part renameat:$folder fsync:$folder; do
    begin_case "killed in ${call%%:*} of ${call#*:}: the same" killed_in "${call%%:*}" "${call#*:}"
  done
else
  skip "killed in the middle of a write" "strace cannot trace here"
fi
wait
for number in $(seq "$cases"); do
  same "$(cat "$tmp/case$number.sentence")" "" "$(cat "$tmp/case$number.result")"
done

# ---- a full disk ---------------------------------------------------------------------------------------------------

# The disk is a small file system of a namespace of its own, which is gone when that process is.
cat >"$tmp/on_full_disk" <<'SCRIPT'
#!/bin/sh
set -eu
disk=$1 formatted=$2; shift 2
properties=$(cat "$disk/meta.properties")
mount -t tmpfs -o size=256k none "$disk"
cp -r "$formatted/." "$disk"
printf '%s\n' "$properties" >"$disk/meta.properties"
dd if=/dev/zero of="$disk/filler" bs=4096 2>/dev/null || :
"$@" || :
cp -r "$disk/__cluster_metadata-0" "$disk.after"
SCRIPT
chmod +x "$tmp/on_full_disk"
if unshare -m mount -t tmpfs none /mnt 2>/dev/null; then
  a_disk full
  hook_as="unshare -m $tmp/on_full_disk $disk $tmp/formatted"
  ends orders FAILED "a disk that is full" pre_start --params "$lost"
  hook_as=
  says orders "is named" '.message | test("No space left on device; the node starts as it was formatted")'
  check "and nothing of it is there" diff -r "$tmp/formatted/__cluster_metadata-0" "$disk.after"
  ends orders OK "with room the next run writes all" pre_start --params "$lost"
  check "as ever" cmp "$tmp/extended" "$disk/$zero"
else
  skip "a full disk" "this process may not mount a small one"
fi
a_disk limit
prlimit --fsize=3000:3000 "$BUILD/tests/live/host" "$PLUGIN" "$(config_file orders)" pre_start --params "$lost" 2>"$tmp/limit.log" |
  cat >"$(service_dir orders)/report.json"
ended orders FAILED "a file that may not grow so large"
says orders "is named so" '.message | test("File too large; the node starts as it was formatted")'
check "and the node is as it was formatted" diff -r "$tmp/formatted/__cluster_metadata-0" "$disk/__cluster_metadata-0"
finish
