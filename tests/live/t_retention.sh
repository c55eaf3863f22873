#!/bin/sh
# Which snapshots stay, and snapshots for other recipients.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
need_kafka 4.4.0

new_cluster one
printf 'orders\t2\t1\n' >"$tmp/topics"
must lab one create "$tmp/topics"
must lab one wait 1
service orders one
half_a_day=43200000

# ---- retention -------------------------------------------------------------------------------------------------------

must hook orders periodic --params '{"now":true}' --repeat 9 --clock-step "$half_a_day"
same "without a rule every snapshot stays" 9 "$(count_of orders s)"
configure orders '.retention = {keep_last: 2, keep_daily: 3}'
ask orders expire '{}' --dry-run
says orders "a dry run says of each whether it goes" '[.result.snapshots[] | .action] | length == 9 and (map(select(. == "remove")) | length) > 0'
says orders "and why" '[.result.snapshots[] | .reason] | all(length > 5)'
same "and removes none" 9 "$(count_of orders s)"
going=$(report orders '[.result.snapshots[] | select(.action == "remove")] | length')
kcb orders expire --dry-run >"$tmp/said"
same "a person reads the same" "$going" "$(grep -c '^remove ' "$tmp/said")"
touch "$(store_dir orders)/s/foreign.txt"
ends orders OK "the others are removed" command --params '{"command":"expire"}'
same "as many as was said" $((9 - going)) "$(count_of orders s | awk '{ print $1 - 1 }')"
check "and nothing that is not ours" test -f "$(store_dir orders)/s/foreign.txt"
rm "$(store_dir orders)/s/foreign.txt"
newest=$(objects orders s | head -n 1)
must sh -c 'head -c 100 /dev/zero >"$1"' sh "$(store_dir orders)/s/ffffffffffffffffffffffffffffff00-00000000000000000000000000000000.kcb"
ends orders OK "a periodic backup does it too" periodic --params '{"now":true}' --wall-ahead 864000000
says orders "and says so" '[.ledger[].what] | index("expired") != null'
check "the newest but one is there" test -f "$(store_dir orders)/s/$newest"
check "and what does not verify is not touched" test -f "$(store_dir orders)/s/ffffffffffffffffffffffffffffff00-00000000000000000000000000000000.kcb"
rm "$(store_dir orders)/s/ffffffffffffffffffffffffffffff00-00000000000000000000000000000000.kcb"

# ---- a broken one is known in time -------------------------------------------------------------------------------------

must hook orders periodic --params '{"now":true}' --wall-ahead 864000000
must hook orders periodic --params '{"now":true}' --wall-ahead 864000000
ends orders OK "the first run of an instance that has nothing to do reads the newest snapshot whole" periodic --wall-ahead 864060000
says orders "and says so" '.message | test("^not due.*it was read whole and verifies")'
broken="$(store_dir orders)/s/$(objects orders s | head -n 1)"
cp "$broken" "$tmp/whole"
printf x | dd of="$broken" bs=1 seek=$(($(stat -c %s "$broken") - 100)) conv=notrunc 2>/dev/null
ends orders PARTIAL "one whose body is damaged is named" periodic --wall-ahead 864060000
says orders "as skipped" '[.ledger[] | select(.what == "skipped") | .name] == ["s/'"$(basename "$broken")"'"]'
cp "$tmp/whole" "$broken"

# ---- other recipients ------------------------------------------------------------------------------------------------

configure orders 'del(.retention)'
count=$(count_of orders s)
ask orders show
report orders .result.lines >"$tmp/before"
must "$BUILD/kcb" keygen "$tmp/second"
configure orders ".keys.recipients += [\"$(cat "$tmp/second/identity.pub")\"]"
hook orders periodic --params '{}' --wall-ahead $((864000000 + 3600000 * 4))
says orders "what has not changed is stored again when the recipients have" '.snapshot.written'
count=$((count + 1))
hook orders command --params '{"command":"rewrap"}' --kill-at rewrap
ends orders OK "all snapshots are sealed to both" command --params '{"command":"rewrap"}'
same "and there are as many as before" "$count" "$(count_of orders s)"
ask orders rewrap
says orders "a second time there is nothing to do" '.message | startswith("0 snapshots sealed anew")'
ask orders verify '{"all":true}'
says orders "all of them verify" '.status == "OK"'
same_service other orders one
configure other ".keys.recipients = [\"$(cat "$tmp/second/identity.pub")\"] | .keys.identity.file = \"$tmp/second/identity\""
ask other show
report other .result.lines >"$tmp/after"
same_files "the second recipient reads the same" "$tmp/before" "$tmp/after"
ends other OK "the first one is taken out" command --params '{"command":"rewrap"}'
ask orders verify '{"all":true}'
says orders "and reads nothing any more" '.status == "NEEDS_OPERATOR"'
ends orders PARTIAL "what cannot be opened is named and stays" command --params '{"command":"rewrap"}'
says orders "one by one" '[.ledger[] | select(.what == "not rewrapped")] | length > 0'
finish
