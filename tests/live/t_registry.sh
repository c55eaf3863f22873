#!/bin/sh
# Schemas through power cycles, beside a real registry: ids, versions, gaps, references, soft deletions, contexts, configs
# and modes; a registry that is down, one that is in use, a restore that was killed, one subject by a person.
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
lose_registry() { must registry kill; must registry start "${1:-}"; }
body() { jq -nc --arg text "$1" --argjson more "${2:-{\}}" '{schema: $text} + $more'; } # TEXT [MORE]
register() { must asked POST "/subjects/$1/versions" "$(body "$2" "${3:-}")"; }         # SUBJECT TEXT [MORE]
record() { printf '{"type":"record","name":"R%s","fields":[{"name":"f%s","type":"string"}]}' "$1" "$2"; }
resolved() { # every id below 500 that leads somewhere, with its text
  for id in $(seq 1 "${1:-120}"); do asked GET "/schemas/ids/$id" >/dev/null && jq -cS --arg id "$id" '[$id, .schema]' "$tmp/.answer"; done |
    grep -v kafka_config_backup_ # which reserves the highest
}
highest() { asked GET "/schemas/ids/$1?fetchMaxId=true" | jq .maxId; }

new_cluster one
service orders one
printf 'orders	3	1	retention.ms=5\n' >"$tmp/topics"
must lab one create "$tmp/topics"
must registry start
configure orders ".registry = {url: \"$(registry_url)\", topic: \"no-such-topic\"}"

# ---- what there is to keep -------------------------------------------------------------------------------------------

must asked PUT /config '{"compatibility":"NONE"}'
for subject in $(seq 1 20); do
  for version in 1 2 3; do register "s$subject" "$(record "$subject" "$version")"; done
done
register proto-base 'syntax = "proto3"; message Base { string a = 1; }' '{"schemaType":"PROTOBUF"}'
register proto 'syntax = "proto3"; import "base.proto"; message P { Base b = 1; }' \
  '{"schemaType":"PROTOBUF","references":[{"name":"base.proto","subject":"proto-base","version":1}]}'
register json '{"type":"object",  "properties":{"a":{"type":"string"}}}' '{"schemaType":"JSON"}'
register 'odd%20%C3%BC' '"double"'
register other '"double"' # the same id under another subject
must asked PUT '/config/:.eu:' '{"compatibility":"FULL"}'
register ':.eu:s1' '"int"'
must asked DELETE /subjects/s2/versions/2                  # softly
must asked DELETE '/subjects/s3'                           # all of them
must asked DELETE '/subjects/s4/versions/1'
must asked DELETE '/subjects/s4/versions/1?permanent=true' # a gap
register last '"bytes"'
old_highest=$(highest 1)
must asked DELETE /subjects/last
must asked DELETE '/subjects/last?permanent=true'          # an id that was issued, and is gone
must asked PUT /config/s5 '{"compatibility":"FULL_TRANSITIVE","normalize":true}'
must asked PUT /mode/s6 '{"mode":"READONLY"}'
registry_shown >"$tmp/shown"
resolved >"$tmp/resolved"
check "the registry has something of everything" test "$(grep -c deleted "$tmp/shown")" -ge 4

ends orders OK "it is backed up before the power goes" pre_poweroff
versions=$(grep -c '^\["\.' "$tmp/shown")
says orders "every version" ".kinds.schema == {count: $versions, state: \"captured\", suspect: false}"
says orders "and the settings" '.kinds.registry_config.state == "captured"'
kcb orders show --kind schema --json 2>/dev/null >"$tmp/lines"
same "people can look at them" "$versions" "$(jq '.result.lines | length' "$tmp/lines")"
check "nothing differs" kcb orders diff --exit-code

# ---- the power cycle -------------------------------------------------------------------------------------------------

lose_disks
lose_registry
ends orders OK "phase kafka is done without the registry" post_poweron --params '{"phase":"kafka"}'
says orders "schemas are pending" '.kinds.schema.state == "pending" and .kinds.registry_config.state == "pending"'
ends orders OK "phase services brings the schemas back" post_poweron --params '{"phase":"services"}'
registry_shown >"$tmp/shown.after"
same_files "each version has its id, its text and its state" "$tmp/shown" "$tmp/shown.after"
resolved >"$tmp/resolved.after"
same_files "each id leads to the text that it led to" "$tmp/resolved" "$tmp/resolved.after"
check "the highest id is known" test "$(highest 1)" -ge "$old_highest"
register new-one '"float"'
check "and the next one is above it" test "$(asked GET /subjects/new-one/versions/1 | jq .id)" -gt "$old_highest"
must asked DELETE /subjects/new-one
must asked DELETE '/subjects/new-one?permanent=true'
check "nothing differs from the backup" kcb orders diff --exit-code
ends orders OK "and once more is nothing" post_poweron

# ---- a registry that does not come up --------------------------------------------------------------------------------

must registry kill
ends orders PARTIAL "a backup without it says so" periodic --params '{"now":true}'
says orders "by the kind" '.kinds.schema.state == "unreachable"'
ends orders VETO "and a power-off is vetoed" pre_poweroff
lose_disks
ends orders PARTIAL "the rest comes back without it" post_poweron
says orders "schemas stay pending" '.kinds.schema.state == "pending"'
must registry start
ends orders OK "the next backup brings them back first" periodic --params '{"now":true}'
registry_shown >"$tmp/shown.after"
same_files "all of them" "$tmp/shown" "$tmp/shown.after"

# ---- a restore that is killed ----------------------------------------------------------------------------------------

lose_disks
lose_registry
hook orders post_poweron --kill-at apply
check "it was killed" test "$(report orders .status 2>/dev/null)" != OK
ends orders OK "the next one goes on" post_poweron
registry_shown >"$tmp/shown.after"
same_files "with all of them" "$tmp/shown" "$tmp/shown.after"

# ---- one that somebody uses ------------------------------------------------------------------------------------------

lose_disks
lose_registry
register somebodys '"string"'
ends orders NEEDS_OPERATOR "a registry in use speaks against a fresh cluster" post_poweron
must registry kill
ends orders OK "without it the power-on begins" post_poweron --params '{"phase":"kafka"}'
must registry start
register somebodys '"string"'
hook orders post_poweron --params '{"phase":"services"}'
says orders "and a registry that is in use by then is named" \
  '[.ledger[] | select(.kind == "schema" and .loss and (.reason | test("in use: it holds 1 versions")))] | length > 0'
same "and not written to" '["somebodys"]' "$(asked GET /subjects)"

# ---- one that keeps its own, and outlived the disks -------------------------------------------------------------------

service other one
must registry kill
must registry start
must asked PUT /config '{"compatibility":"NONE"}'
configure other ".registry = {url: \"$(registry_url)\", topic: \"no-such-topic\"}"
lose_disks
must lab one create "$tmp/topics"
register s1 "$(record 1 1)"
register s1 "$(record 1 2)"
registry_shown >"$tmp/shown"
ends other OK "another service is backed up" periodic --params '{"now":true}'
lose_disks
ends other OK "a registry that kept what it had is no obstacle" post_poweron
registry_shown >"$tmp/shown.after"
same_files "and stays as it was" "$tmp/shown" "$tmp/shown.after"

# ---- what a person lost ----------------------------------------------------------------------------------------------

must asked DELETE /subjects/s1
must asked DELETE '/subjects/s1?permanent=true'
register s2 '"string"'
must kcb other restore --kind schema
same "a person brings a lost subject back, beside what is there" '[[1,2],[1]]' \
  "$(jq -cn "[$(asked GET /subjects/s1/versions), $(asked GET /subjects/s2/versions)]")"
same "with its ids" 2 "$(asked GET /subjects/s1/versions/2 | jq .id)"
check "and the registry is in no mode IMPORT" test "$(asked GET /mode | jq -r .mode)" = READWRITE

finish
