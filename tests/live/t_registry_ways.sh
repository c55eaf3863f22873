#!/bin/sh
# Records of one vendor's registry, and a real one of another's: which way is gone, and that no record is replayed into
# what reads it otherwise.
# shellcheck disable=SC2317  # functions that eventually calls
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/registry.sh
. "$live/registry.sh"
need_kafka "${LIVE_VERSION:-4.4.0}"
need_registry

lose_disks() { must cluster one wipe; must cluster one format; must cluster one start; }
fill() { # FILE: into a topic as a registry makes it
  printf '_schemas\t1\t1\tcleanup.policy=compact\n' >"$tmp/topic"
  must lab one create "$tmp/topic"
  must lab one write _schemas "$1"
}
resolved() { # every id that is expected, with the text that it leads to
  jq -r '.[1]' "$tmp/expected" | sort -nu | while read -r id; do
    asked GET "/schemas/ids/$id" | jq -cS --argjson id "$id" '[$id, .schema]'
  done | sort -u
}
of_schemas() { kcb orders show --kind schema --json 2>/dev/null | jq -cS '.result.lines[] | [.key, .value.id, .value.schema]' | sort; }

new_cluster one
service orders one
must registry start
must registry kill
configure orders ".registry = {url: \"$(registry_url)\"}"
printf 'orders\t3\t1\tretention.ms=5\n' >"$tmp/topics"
must lab one create "$tmp/topics"
python3 "$live/registry_records.py" confluent 30 >"$tmp/records"
fill "$tmp/records"
ends orders OK "records are backed up while the registry is down" pre_poweroff
of_schemas >"$tmp/schemas"
check "with their schemas" test -s "$tmp/schemas"

# ---- most of it deleted ------------------------------------------------------------------------------------------------

deleted() { # FILE: a tombstone of every schema in it but five
  python3 -c 'import base64, sys
keys = {l.split("\t")[1]: None for l in open(sys.argv[1]) if b"\"SCHEMA\"" in base64.b64decode(l.split("\t")[1])}
for key in list(keys)[5:]:
    print(1700000000000, key, "~", sep="\t")' "$1"
}
printf 'fall\t1\t1\tcleanup.policy=compact\n' >"$tmp/topic"
must lab one create "$tmp/topic"
must lab one write fall "$tmp/records"
configure orders '.registry.topic = "fall"'
ends orders OK "the same records in a topic of their own" periodic --params '{"now":true}'
deleted "$tmp/records" >"$tmp/tombstones"
must lab one write fall "$tmp/tombstones"
ends orders OK "schemas that later records of the same topic delete are gone, and not suspect" periodic --params '{"now":true}'
says orders "five are left" '.kinds | .schema.count == 5 and (.registry_log.suspect or .schema.suspect | not)'
configure orders 'del(.registry.topic)'
ends orders OK "and the first topic again" pre_poweroff

# ---- a registry that does not show what its topic has ----------------------------------------------------------------

must registry start
ends orders PARTIAL "one that shows other versions than its topic has is not believed" periodic --params '{"now":true}'
says orders "and both counts are said" '.kinds.schema | .state == "unreachable" and (.reason | test("shows 0 live versions, topic _schemas has [1-9]"))'
says orders "the records are kept all the same" '.kinds.registry_log.state == "captured"'

# ---- power comes back with another vendor's registry -----------------------------------------------------------------

lose_disks
must registry kill
must registry start
ends orders PARTIAL "the rest is restored by REST" post_poweron
says orders "each record is named as kept, and why" \
  '[.ledger[] | select(.kind == "registry_log" and (.reason | test("are confluent.s, the registry here is axonops.s")))] | length > 90'
same "none is in the topic" 0 "$(lab one ends _schemas)"
report orders '[.ledger[] | select(.kind == "schema" and .what == "not restored") | .name]' >"$tmp/named"
jq -c --slurpfile named "$tmp/named" 'select(.[0] as $key | $named[0] | index($key) | not)' "$tmp/schemas" >"$tmp/expected"
check "more than half of the schemas are taken" test $(($(wc -l <"$tmp/expected") * 2)) -gt "$(wc -l <"$tmp/schemas")"
resolved >"$tmp/resolved"
jq -cS '.[1:]' "$tmp/expected" | sort -u >"$tmp/texts"
same_files "and each id leads to the text that it led to" "$tmp/texts" "$tmp/resolved"
check "nothing differs from the snapshot" kcb orders diff --exit-code
for time in first second; do
  hook orders periodic --params '{"now":true}'
  says orders "the $time backup after it has all three kinds, by REST" \
    '.kinds | [.registry_log, .schema, .registry_config] | all(.state == "captured" and (.suspect | not))'
done
lose_disks
must registry kill
must registry start
hook orders post_poweron
resolved >"$tmp/resolved"
same_files "and so it is after the next power cycle" "$tmp/texts" "$tmp/resolved"

finish
