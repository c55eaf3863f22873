#!/bin/sh
# What a review once found wrong stays right: snapshots that cannot be believed, read or verified are never taken for
# none at all, rights that are missing never for an empty cluster, and a backup that is not due never for a backup.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
need_kafka "${LIVE_VERSION:-4.4.0}"
now='{"now": true}'

stored() { (cd "$(store_dir "$1")" && find . -type f -exec cksum {} + | LC_ALL=C sort -k 3); } # NAME
remember() { before=$(stored "$1"); } # NAME
nothing_written() { same "$2: and nothing is written to the store" "$before" "$(stored "$1")"; } # NAME WHAT
on_b() { told list; }
is_empty() { same "$1" "" "$(on_b)"; } # SENTENCE
empty_b() { must told empty; }
saved() { # NAME [TIMES]: a service of the cluster a with snapshots, seen on the cluster b as NAME.b
  service "$1" a
  for _ in $(seq "${2:-1}"); do must hook "$1" pre_poweroff; done
  same_service "$1.b" "$1" b
}
login_as() { # NAME USER
  printf '%s-secret' "$2" >"$(service_dir "$1")/password"
  configure "$1" '.kafka["sasl.username"] = "'"$2"'"'
}
# shellcheck disable=SC2317  # must calls it
flip() { # FILE: one bit, in the middle
  python3 -c 'import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 1
open(sys.argv[1], "wb").write(data)' "$1"
}

start_with_users() { # CLUSTER
  must cluster "$1" make
  must cluster "$1" format --add-scram "SCRAM-SHA-512=[name=begins,password=begins-secret,iterations=4096]" \
    --add-scram "SCRAM-SHA-512=[name=few,password=few-secret,iterations=4096]"
  must cluster "$1" start
}
start_with_users a
start_with_users b
{
  printf 'grow\t3\t1\tretention.ms=7\nkcb-own\t1\t1\n'
  for i in 1 2 3 4 5 6 7 8; do printf 't%d\t1\t1\n' $i; done
} >"$tmp/ten"
ten=$(cat "$tmp/ten")
must lab a create "$tmp/ten"
must lab a wait 10
witness b

# ---- a backup that is not due is no backup -----------------------------------------------------------------------------

service hourly a
hook hourly periodic --repeat 25 --clock-step 3600000
same "called every hour, a periodic run compares every third hour, and stores once a day" \
  "$(echo 'a backup'; for i in 1 2 3 4 5 6 7; do printf 'not due\nnot due\nunchanged\n'; done; printf 'not due\nnot due\na backup\n')" \
  "$(jq -r 'if .snapshot.written then "a backup" elif (.message | test("^not due")) then "not due"
     elif (.message | test("^unchanged")) then "unchanged" else .message end' "$(service_dir hourly)/report.json")"
same "so there is one of each day" 2 "$(count_of hourly s)"

# ---- snapshots of which none verifies ----------------------------------------------------------------------------------

none_verifies() { # NAME WHAT REASON: on the service's own cluster, and on an empty one
  newest=$(objects "$1" s | head -n 1)
  remember "$1"
  for seen in "$1" "$1.b"; do
    on=$([ "$seen" = "$1" ] && echo "its own cluster" || echo "an empty cluster")
    for hook in post_poweron periodic pre_poweroff; do
      hook "$seen" $hook
      ended "$seen" "$([ $hook = pre_poweroff ] && echo VETO || echo NEEDS_OPERATOR)" "$2, on $on: $hook needs an operator"
      says "$seen" "$2, on $on: $hook says which object, and why" \
        "(.message | test(\"no snapshot that verifies: [sac]/\") and (test(\"no snapshot yet|nothing to\") | not)) and
         ([.ledger[] | select(.name == \"s/$newest\" and .loss).reason | test(\"$3\")] == [true])"
    done
  done
  ask "$1" adopt
  ended "$1" NEEDS_OPERATOR "$2: not even a person's word adopts on top of them"
  nothing_written "$1" "$2"
}
saved flipped 2
for object in $(objects flipped s); do must flip "$(store_dir flipped)/s/$object"; done
none_verifies flipped "a bit flipped in every snapshot" "does not verify"
saved signed 2
service stranger a
for seen in signed signed.b; do
  configure "$seen" '.keys.signing_key.file = "'"$tmp/service.stranger/keys/signing"'" |
    .keys.trusted_signers = ["'"$(cat "$tmp/service.stranger/keys/signing.pub")"'"]'
done
none_verifies signed "snapshots of a signer that is not trusted any more" "not among keys.trusted_signers"
is_empty "nothing was restored from them"

# ---- a great many bad objects ------------------------------------------------------------------------------------------

saved rubbish
good=$(objects rubbish s)
for i in $(seq 100 169); do
  head -c 3000 /dev/urandom >"$(store_dir rubbish)/s/ffffffffffffff00fffffffffffffff0-00000000000000000000000000000$i.kcb"
done
kcb rubbish --json verify --all >"$tmp/verified" 2>"$tmp/verified.err"
same "kcb verify --all looks at every one of 71 objects; exit 6 is NEEDS_OPERATOR" "6 71" \
  "$? $(jq '.result.objects | length' "$tmp/verified")"
same "names each of the bad ones with a reason" 70 \
  "$(jq '[.result.objects[] | select(.ok == false and (.name | test("^ffffffffffffff00")) and (.reason | length > 10))] | length' "$tmp/verified")"
same "and the good one as good" "$good" "$(jq -r '.result.objects[] | select(.ok).name' "$tmp/verified")"
kcb rubbish --json list --long >"$tmp/listed" 2>"$tmp/listed.err"
same "kcb list still shows the good one; exit 3 is PARTIAL" "3 $good" \
  "$? $(jq -r '.result.snapshots[] | select(.complete).name' "$tmp/listed")"
check "and each bad one as such" jq -e '[.result.snapshots[] | select(.problem == "foreign") | .name] | length == 70 and all(test("^ffffffffffffff00"))' "$tmp/listed"
remember rubbish
ends rubbish.b NEEDS_OPERATOR "a restore does not look behind so many bad ones" post_poweron
nothing_written rubbish "more bad objects than a restore looks behind"
is_empty "more bad objects than a restore looks behind: nothing is restored"

# ---- a right on a part of the names only -------------------------------------------------------------------------------

must lab a acl allow User:begins DESCRIBE TOPIC kcb prefixed
must lab a acl allow User:begins DESCRIBE_CONFIGS TOPIC kcb prefixed
service part a scram-512 # no snapshot says which topics there must be
login_as part begins
ends part VETO "a user who may see only the topics that begin with kcb: power-off is vetoed" pre_poweroff
says part "the kind is unreachable, and the right to grant is named" \
  '.kinds.topic.state == "unreachable" and (.kinds.topic.reason | test("cannot be proven complete.*grant Describe"))'
ends part CONFIG "and a periodic run wants the right" periodic --params "$now"
same "nothing is published, and the cluster not adopted" "0 0" "$(count_of part s) $(count_of part a)"
must lab a acl-delete User:begins

# ---- a snapshot that cannot be read ------------------------------------------------------------------------------------

powerless="setpriv --bounding-set=-all --inh-caps=-all" # root, but files that nobody may read it may not read either
[ "$(id -u)" = 0 ] || powerless=
saved shut 2
newest=$(store_dir shut)/s/$(objects shut s | head -n 1)
must chmod 0 "$newest"
# shellcheck disable=SC2086  # a command and its options
if [ -n "$powerless" ] && ! $powerless true 2>/dev/null; then
  skip "a snapshot that cannot be read" "there is no setpriv, or no right to it"
elif $powerless cat "$newest" >/dev/null 2>&1; then
  skip "a snapshot that cannot be read" "a file of mode 0 can be read here"
else
  hook_as=$powerless
  ends shut.b CONFIG "the newest snapshot cannot be read: power-on ends with that" post_poweron
  says shut.b "it says which, and why" ".message | test(\"$(basename "$newest").*Permission denied\")"
  is_empty "and the older one is not restored instead"
  same "nor is the cluster claimed" 0 "$(count_of shut c)"
  ends shut CONFIG "a periodic run ends with it too" periodic --params "$now"
  ends shut VETO "and power-off is vetoed" pre_poweroff
  same "nothing was stored beside it" 2 "$(count_of shut s)"
  must chmod 600 "$newest"
  ends shut.b OK "once it can be read, it is restored" post_poweron
  hook_as=
  empty_b
fi

# ---- a store that has less than the anchor -----------------------------------------------------------------------------

saved back 2
anchor=$(report back .anchor)
same "the anchor is of the second snapshot" "1 2" "$(echo "$anchor" | jq -r '"\(.epoch) \(.sequence)"')"
rm "$(store_dir back)/s/$(objects back s | head -n 1)"
ends back PARTIAL "rolled back, with FORCE: powered off without a final backup" pre_poweroff --force --params "{\"anchor\": $anchor}"
says back "and no lower anchor is handed out in place of the manager's" '.guard == "rolled back" and .anchor == null'

# ---- one resource alone, into a cluster that is not the service's ------------------------------------------------------

saved alone
remember alone
kcb alone.b restore --kind topic --name t1 >"$tmp/alone" 2>&1
same "one topic alone is not restored into a new cluster; exit 6 is NEEDS_OPERATOR" 6 $?
check "it says to restore the whole first" grep -q "restore the whole first" "$tmp/alone"
is_empty "the cluster is still empty"
nothing_written alone "one topic alone"

# ---- dry runs of what has no dry run -----------------------------------------------------------------------------------

ask alone.b adopt '{}' --dry-run
ended alone.b UNSUPPORTED "there is no dry run of adopt"
nothing_written alone "a dry run of adopt"

# ---- a user who may not create -----------------------------------------------------------------------------------------

for right in DESCRIBE DESCRIBE_CONFIGS; do must told acl allow User:few $right TOPIC '*'; done
saved denied
same_service denied.few denied b scram-512
login_as denied.few few
ends denied.few CONFIG "a user who may not create topics: power-on says that something must be granted" post_poweron
says denied.few "it names the rights" '.message | test("^10 of 10 resources could not be created.*grant Create on Cluster.*Alter and AlterConfigs on Topic")'
same "the cluster is claimed and not adopted" "1 1" "$(count_of denied c) $(count_of denied a)"
ends denied.few CONFIG "so does the next periodic run, which goes on" periodic
ends denied.few VETO "and power-off is vetoed" pre_poweroff
same "no snapshot is taken of the empty cluster" 1 "$(count_of denied s)"
for right in CREATE DESCRIBE; do must told acl allow User:few $right CLUSTER kafka-cluster; done
for right in ALTER ALTER_CONFIGS; do must told acl allow User:few $right TOPIC '*'; done
ends denied.few OK "once it is granted, the restore goes on and ends" post_poweron
says denied.few "with nothing lost" '.ledger == [] and (.message | test("10 created"))'
same "everything is back" "$ten" "$(on_b)"
same "in the epoch that was claimed, adopted now" "1 2" "$(count_of denied c) $(count_of denied a)"
empty_b
must told acl-delete User:few

# ---- into a used cluster, and killed -----------------------------------------------------------------------------------

saved used
printf 'grow\t1\t1\ntheirs\t1\t1\tretention.ms=2\n' >"$tmp/used"
must told create "$tmp/used"
must told wait 2
ends used.b NEEDS_OPERATOR "check of a cluster that is in use and not the service's needs an operator" check
says used.b "and says why" '.guard == "foreign" and (.message | test("^foreign: "))'
ask used.b restore '{"into_used": true}' --kill-at apply
same "a restore into a used cluster is killed before it creates anything" 137 $?
ends used.b PARTIAL "a periodic run goes on with it" periodic
says used.b "what was there is named as kept" '[.ledger[] | select(.what == "kept as found").name] == ["grow"]'
same "and not altered, though it has no configs of its own; what was missing is there" \
  "$({ grep -v '^grow' "$tmp/ten"; cat "$tmp/used"; } | LC_ALL=C sort)" "$(on_b | LC_ALL=C sort)"
ends used NEEDS_OPERATOR "check of a cluster that another has superseded needs an operator" check
says used "and says why" '.guard == "fenced" and (.message | test("^fenced: "))'
empty_b

# ---- more suspect snapshots than anybody looks at ----------------------------------------------------------------------

saved fall
must lab a delete t1 t2 t3 t4 t5 t6 t7 t8
must lab a wait 2
hook fall periodic --params "$now" --repeat 70
same "seventy snapshots after eight of ten topics went are all suspect" '[71,["PARTIAL"],[true]]' \
  "$(jq -sc --argjson stored "$(count_of fall s)" '[$stored, ([.[].status] | unique), ([.[].kinds.topic.suspect] | unique)]' "$(service_dir fall)/report.json")"
must cp -a "$tmp/service.fall/store" "$tmp/unbelieved"
remember fall
ask fall accept '{"kind": "topic"}' --dry-run
ended fall UNSUPPORTED "there is no dry run of accept"
nothing_written fall "a dry run of accept"
ends fall.b PARTIAL "a restore uses the one from before the fall" post_poweron
says fall.b "and names it as older" '[.ledger[] | .kind, .what] == ["topic", "older"] and (.ledger[0].reason | test("epoch 1, sequence 1"))'
same "all ten topics are there" "$ten" "$(on_b)"
empty_b

same_service doubt fall a
same_service doubt.b fall b
for seen in doubt doubt.b; do configure "$seen" '.store.path = "'"$tmp/unbelieved"'"'; done
rm "$(store_dir doubt)/s/$(objects doubt s | tail -n 1)"
ends doubt PARTIAL "where no snapshot is believed, a fall stays suspect" periodic --params "$now"
says doubt "and is named" '.kinds.topic.suspect and ([.ledger[] | .kind, .what] == ["topic", "suspect"])'
ends doubt.b NEEDS_OPERATOR "and a restore needs an operator" post_poweron
says doubt.b "who is told what to do" '.message | test("no snapshot has topic lines that can be believed.*kcb accept topic")'
is_empty "nothing is restored"
same "and the cluster is not adopted" 1 "$(count_of doubt a)"
must kcb doubt.b accept topic
ends doubt.b OK "a person's word makes the newest believed, and the restore goes on" post_poweron
same "with what that one has" "$(head -n 2 "$tmp/ten")" "$(on_b)"
finish
