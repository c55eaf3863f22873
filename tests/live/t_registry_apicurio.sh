#!/bin/sh
# A registry that answers 200 to everything and keeps no ids: it is backed up, and a restore stops after one schema.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/registry.sh
. "$live/registry.sh"
need_kafka "${LIVE_VERSION:-4.4.0}"
need_registry
need_apicurio

new_cluster one
service orders one
printf 'orders	3	1	retention.ms=5\n' >"$tmp/topics"
must lab one create "$tmp/topics"
must registry start
for subject in a b c; do
  must asked POST "/subjects/$subject/versions" "{\"schema\": \"{\\\"type\\\": \\\"fixed\\\", \\\"name\\\": \\\"$subject\\\", \\\"size\\\": 4}\"}"
done
configure orders ".registry = {url: \"$(registry_url)\", topic: \"no-such-topic\"}"
ends orders OK "a registry that keeps ids is backed up" pre_poweroff

must registry kill
must start_apicurio
must cluster one wipe
must cluster one format
must cluster one start
configure orders ".registry.url = \"$(apicurio_url)\""
ends orders PARTIAL "one that keeps none cannot have them back" post_poweron
says orders "which is said of each" '[.ledger[] | select(.kind == "schema" and .loss and (.reason | test("keeps no ids")))] | length == 3'
same "and no more than one schema was sent, which has not the id that a registry gives first" '["c"]' "$(curl -s "$(apicurio_url)/subjects" | jq -c .)"
lab one list >"$tmp/listed"
same_files "the topics are back" "$tmp/topics" "$tmp/listed"

service other one
configure other ".registry = {url: \"$(apicurio_url)\", topic: \"no-such-topic\"}"
ends other OK "it can be backed up itself" periodic --params '{"now":true}'
says other "with what it has" '.kinds.schema == {count: 1, state: "captured", suspect: false}'

finish
