#!/bin/sh
# Proves that kill -9 at each thing that expire, rewrap or a backup asks of its store loses nothing: in a directory at each
# call of the system that touches it, in a bucket and a container at each request - in the middle of what it
# brings, and when it is done but nobody was told.  The same command then ends as if it had not been disturbed.
# shellcheck disable=SC2317  # functions that check and eventually call
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/clouds.sh
. "$live/clouds.sh"
# shellcheck source=tests/live/s3.sh
. "$live/s3.sh"
need_kafka "${LIVE_VERSION:-4.4.0}"
now='{"now":true}' day=86400000

place_of() { # NAME: the folder in which the objects of its store are
  case $1 in cloud*) echo "$(bucket_dir backups)/kafka/backups/orders" ;; *) store_dir "$1" ;; esac
}
names() { if [ -d "$(place_of "$1")/$2" ]; then (cd "$(place_of "$1")/$2" && LC_ALL=C ls); fi; } # NAME s|c|a|x
records() { for folder in c a x; do names "$1" $folder; done; }
by_place() { cut -c 1-32 | sort; }

# ---- killing ---------------------------------------------------------------------------------------------------------

by_call() { # calls N: at its N-th call that touches the snapshots' folder
  echo "$unsynced KILL_FOLDER=$(store_dir orders)/s KILL_AT=$2"
}
by_request() { echo "$live/kill_at $front_port $back_port $1 $2 $unsynced"; } # MOMENT N
unsynced="env LD_PRELOAD=$BUILD/tests/live/.libs/kill_in.so" front_port=0 back_port=0

# NAME HOW MOMENT N HOOK [OPTION..]: who is killed is a copy of the service, whose requests go through the front.
hook_killed() {
  victim=$1.victim victim_as=$($2 "$3" "$4")
  mkdir -p "$(service_dir "$victim")/state"
  sed "s/127.0.0.1:$back_port/127.0.0.1:$front_port/" "$(config_file "$1")" >"$(config_file "$victim")"
  shift 4
  hook_as=$victim_as
  hook "$victim" "$@"
  victim_status=$?
  hook_as=$unsynced
  return $victim_status
}

# NAME HOW MOMENT WHAT SENTENCE: from $saved each time, killed one step later, until there is no such step any more.
killed_everywhere() {
  at=0 broken=
  while :; do
    at=$((at + 1))
    rm -r "$(place_of "$1")"
    cp -a "$saved" "$(place_of "$1")"
    hook_killed "$1" "$2" "$3" $at command --params "$(command_params "$4")"
    everywhere_status=$?
    if [ "$everywhere_status" != 137 ] || [ "$at" = 400 ]; then break; fi
    "$goal"_so_far "$1" >"$tmp/why" 2>&1 || broken="$broken $at:$(tr '\n' ' ' <"$tmp/why")"
    ask "$1" "$4" || broken="$broken $at:again($?)"
    "$goal"_in_full "$1" >"$tmp/why" 2>&1 || broken="$broken $at:after($(tr '\n' ' ' <"$tmp/why"))"
  done
  if [ "$everywhere_status" = 0 ] && [ "$at" -gt 6 ] && [ -z "$broken" ]; then pass "$5: at each of $((at - 1))"; return; fi
  fail "$5" "the last one, of $at, ended with $everywhere_status" "$broken"
  diagnose_hook "$1.victim"
}

# ---- what must be true -------------------------------------------------------------------------------------------------

is_same() { cmp -s "$2" "$3" || { echo "$1: $(diff "$2" "$3" | grep -c '^[<>]') differ"; return 1; }; }
is_within() { [ -z "$(comm -23 "$2" "$3")" ] || { echo "$1: $(comm -23 "$2" "$3" | head -n 3)"; return 1; }; }

expired_so_far() { # nothing is gone but what may go, all that is there is whole, every word of a person is there
  names "$1" s >"$tmp/there"
  records "$1" >"$tmp/records"
  is_within "lost" "$tmp/kept" "$tmp/there" && is_within "nobody's" "$tmp/there" "$tmp/all" &&
    is_same "records" "$tmp/all.records" "$tmp/records" && kcb "$1" --quiet verify --all
}
expired_in_full() {
  names "$1" s >"$tmp/there"
  is_same "not as undisturbed" "$tmp/kept" "$tmp/there" && kcb "$1" --quiet verify --all
}

rewrapped_so_far() { # whoever could read all of it can, and there is one at each place
  names "$1" s | by_place | uniq >"$tmp/places"
  is_same "places" "$tmp/all.places" "$tmp/places" && kcb "$1" --quiet verify --all
}
rewrapped_in_full() { # one at each place, for each recipient of now
  names "$1" s | by_place >"$tmp/places"
  is_same "not as undisturbed" "$tmp/all.places" "$tmp/places" && kcb "$1" --quiet verify --all &&
    kcb "${1%.second}.second" --quiet verify --all
}

# With NAME, HOW and WHERE, at each of MOMENT..: expire; then a second recipient comes, and then the first one goes.
kill_all_ways() {
  ways_of=$1 ways_how=$2 ways_where=$3; shift 3
  goal=expired saved=$tmp/saved.$ways_of
  cp -a "$(place_of "$ways_of")" "$saved"
  for moment in "$@"; do
    [ "$moment" = half ] || killed_everywhere "$ways_of" "$ways_how" "$moment" expire "expire killed $ways_where, $moment"
  done
  goal=rewrapped
  mkdir -p "$(service_dir "$ways_of.second")/state"
  configure "$ways_of" ".keys.recipients += [\"$(cat "$tmp/second/identity.pub")\"]"
  jq ".keys.identity.file = \"$tmp/second/identity\"" "$(config_file "$ways_of")" >"$(config_file "$ways_of.second")"
  for moment in "$@"; do killed_everywhere "$ways_of" "$ways_how" "$moment" rewrap "a second recipient, killed $ways_where, $moment"; done
  refuse "that was not for nothing: $ways_where the second could not read what there was" with_saved "$ways_of" kcb "$ways_of.second" --quiet verify --all
  must ask "$ways_of" rewrap
  cp -a "$(place_of "$ways_of")" "$saved.both"
  saved=$saved.both
  configure "$ways_of.second" 'del(.keys.recipients[0])'
  for moment in "$@"; do killed_everywhere "$ways_of.second" "$ways_how" "$moment" rewrap "the first recipient goes, killed $ways_where, $moment"; done
  refuse "and $ways_where the first can read nothing any more" kcb "$ways_of" --quiet verify newest
}
with_saved() { # NAME COMMAND..: with the store as it was
  rm -r "$(place_of "$1")"
  cp -a "$saved" "$(place_of "$1")"
  shift
  "$@"
}

# ---- a history of which retention must keep more than its rule says ------------------------------------------------------

new_cluster one
service orders one scram-512
for topic in a b c d e f g h i; do printf '%s\t1\t1\n' $topic; done >"$tmp/topics"
for user in a b c d e f; do printf 'allow\tUser:%s\tREAD\tTOPIC\t*\tliteral\n' $user; done >"$tmp/acls"
must lab one create "$tmp/topics"
must lab one acl-file "$tmp/acls"
must lab one wait 9
must hook orders periodic --params "$now" --repeat 2 --clock-step $((day / 2))
must lab one delete a b c d e f
must eventually 20 sh -c '[ "$("$1" lab list "$2" | wc -l)" = 3 ]' sh "$live/kafka" "$(bootstrap one)"
ends orders PARTIAL "six of nine topics are gone: that is suspect" periodic --params "$now" --wall-ahead $((3 * day))
check "a person says that it is meant" kcb orders --quiet accept topic
ends orders OK "then it is believed" periodic --params "$now" --wall-ahead $((4 * day))
must lab one acl-delete User:a User:b User:c User:d
for days in 5 6; do hook orders periodic --params "$now" --wall-ahead $((days * day)); done
says orders "most ACLs are gone, and that is suspect" .kinds.acl.suspect
configure orders '.retention = {keep_last: 2}'
ask orders expire '{}' --dry-run
report orders '.result.snapshots[] | select(.action == "keep") | .name' | sort >"$tmp/kept"
says orders "of six snapshots two stay by the rule, and one that a restore needs" '[.result.snapshots[] | select(.action == "keep") | .reason] |
  length == 3 and any(test("a restore takes kind acl from it"))'
objects orders s >"$tmp/all"
by_place <"$tmp/all" >"$tmp/all.places"
records orders >"$tmp/all.records"
same "there is a word of a person, too" 1 "$(count_of orders x)"

must "$BUILD/kcb" keygen "$tmp/second"

# ---- a directory -------------------------------------------------------------------------------------------------------

cp -a "$(store_dir orders)" "$tmp/history"
cp "$(config_file orders)" "$tmp/orders.json"
kill_all_ways orders by_call "in a directory" calls
cp "$tmp/orders.json" "$(config_file orders)"
rm -r "$(store_dir orders)"
cp -a "$tmp/history" "$(store_dir orders)"

# ---- a bucket ----------------------------------------------------------------------------------------------------------

# NAME MOMENT SENTENCE: backups, one after the other, each killed one step later; then one that is not.
killed_publishing() {
  at=0 broken=
  while :; do
    at=$((at + 1))
    hook_killed "$1" by_request "$2" $at periodic --params "$now"
    publishing_status=$?
    kcb "$1" --quiet verify --all >"$tmp/why" 2>&1 || broken="$broken $at:$(tr '\n' ' ' <"$tmp/why")"
    if [ "$publishing_status" != 137 ] || [ "$at" = 400 ]; then break; fi
  done
  if [ "$publishing_status" = 0 ] && [ "$at" -gt 1 ] && [ -z "$broken" ]; then pass "$3: at each of $((at - 1))"; return; fi
  fail "$3" "the last one, of $at, ended with $publishing_status" "$broken"
  diagnose_hook "$1.victim"
}
publish_all_ways() { # NAME WHERE
  for moment in half done; do
    killed_publishing "$1" $moment "a backup killed $2, $moment: nothing half is listed"
  done
  ends "$1" OK "and $2 the next backup is as every other" periodic --params "$now"
  says "$1" "it is written" .snapshot.written
}

must kcb orders --quiet accept acl # else each further backup is PARTIAL
if "$live/versitygw" has; then
  s3_start
  s3_bucket backups
  front_port=$(free_port) back_port=$s3_port
  same_service cloud orders one scram-512
  in_bucket cloud backups
  (cd "$tmp/history" && find . -type f) >"$tmp/files"
  while read -r file; do must s3 PUT "/backups/kafka/backups/orders/${file#./}" "$tmp/history/$file"; done <"$tmp/files"
  configure cloud '.retention = {keep_last: 2}'
  kill_all_ways cloud by_request "in a bucket" half done
  rm -r "$(place_of cloud)"
  cp -a "$tmp/saved.cloud" "$(place_of cloud)"
  must kcb cloud --quiet accept acl
  configure cloud 'del(.retention, .keys.recipients[1])'
  publish_all_ways cloud "in a bucket"
else
  skip "killed at each request to a bucket" "versitygw is not here: packaging/setup compiles it where there is Go"
fi

# ---- a container -------------------------------------------------------------------------------------------------------

if "$live/cloud_server" azurite has; then
  azure_start
  must azure PUT /backups restype=container
  front_port=$(free_port) back_port=$azure_port
  same_service container orders one scram-512
  in_container container backups
  ends container OK "a first backup is in the container" periodic --params "$now"
  publish_all_ways container "in a container"
else
  skip "killed at each request to a container" "azurite is not here: packaging/setup installs it where there is npm"
fi
finish
