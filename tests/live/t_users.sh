#!/bin/sh
# A manager with a user store of its own, and no metadata log: its users are saved and put back; and while a saved user
# or ACL is not back, connectors stay stopped, until it is or a person gives it up.
# shellcheck disable=SC2317  # functions that eventually calls
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
need_kafka "${LIVE_VERSION:-4.4.0}"
now='{"now": true}'
users=$tmp/users
verifier='{"iterations":4096,"salt":"c2FsdA==","server_key":"c2VydmVy","stored_key":"c3RvcmVk"}'

lose_disks() { must worker one kill; must cluster one wipe; must cluster one format; must cluster one start; }
with_users() { ends orders "$@" --users "$users"; } # STATUS SENTENCE HOOK [OPTION..]
state_of() { connector_state one "$1"; }
is_in_state() { [ "$(state_of "$1")" = "$2" ]; }
listing() { (cd "$users" && for file in *; do printf '%s ' "$file"; base64 -w0 "$file"; echo; done); }
stays_stopped() { # SENTENCE: the connector is there, STOPPED, and pending
  says orders "$1: connectors are pending" '.kinds.connector.state == "pending"'
  check "$1: and STOPPED" eventually 10 is_in_state copy STOPPED
}

new_cluster one
service orders one
configure orders ".connect = {url: \"$(worker one url)\", topics: [\"connect-configs\", \"connect-offsets\", \"connect-status\"]}"
must worker one start
must connectors one POST /connectors '{"name": "copy", "initial_state": "RUNNING", "config":
  {"connector.class": "FileStreamSource", "file": "/dev/null", "topic": "orders", "tasks.max": "1"}}'
must eventually 30 is_in_state copy RUNNING
must lab one acl allow User:alice READ TOPIC orders

# ---- the store is asked --------------------------------------------------------------------------------------------

mkdir "$users"
printf '%s' "$verifier" >"$users/alice@SCRAM-SHA-256"
printf 'not a verifier' >"$users/alice@SCRAM-SHA-512"
printf '\000\001\377' >"$users/bob@PLAIN"
touch "$users/carol@PLAIN"
listing >"$tmp/saved"
with_users OK "a manager's users are saved" pre_poweroff
says orders "three users of four credentials" '.kinds.user == {count: 3, state: "captured", suspect: false}'
refuse "no report, log or kept state shows a credential" grep -rqs -e c2FsdA -e c2VydmVy -e c3RvcmVk -e "not a verifier" \
  "$(service_dir orders)/report.json" "$(service_dir orders)/host.log" "$(service_dir orders)/state"
touch "$users/.broken"
with_users VETO "a store that cannot be read vetoes a power-off" pre_poweroff
says orders "with what it answered" '.kinds.user | .state == "unreachable" and (.reason | test("answered 71"))'
rm "$users/.broken"
configure orders ".kraft = {metadata_log_dir: \"$(cluster one disk 1)\", log_dirs: [\"$(cluster one disk 1)\"], broker_ids: [1]} | .service = \"other\""
touch "$users/.broken"
with_users OK "with the metadata log the store is not asked" check
rm "$users/.broken"
configure orders 'del(.kraft) | .service = "orders"'

# ---- and given back --------------------------------------------------------------------------------------------------

lose_disks
rm "$users"/*@*
printf 'not a verifier' >"$users/alice@SCRAM-SHA-512" # by a run that was killed
must worker one start
with_users OK "users are put back" post_poweron
says orders "named like all others" '.message | test("3 users, 1 acl, 3 topics, 1 connector")'
listing >"$tmp/back"
same_files "byte for byte" "$tmp/saved" "$tmp/back"
check "connectors run again" eventually 30 is_in_state copy RUNNING
with_users OK "the next backup has nothing to say" periodic --params "$now"

# ---- one that the store does not take --------------------------------------------------------------------------------

lose_disks
rm "$users"/*@*
echo bob >"$users/.refused"
printf 'another' >"$users/alice@SCRAM-SHA-512"
must worker one start
with_users PARTIAL "one that is not taken stops no other" post_poweron
says orders "it is named with what the store answered" \
  '[.ledger[] | select(.kind == "user" and .name == "bob" and .what == "not restored") | .reason | test("PLAIN: it answered 13")] == [true]'
says orders "so is one that has another credential, which stays" \
  '[.ledger[] | select(.kind == "user" and .name == "alice" and .what == "kept as found")] | length == 1'
same "the store has what it took" "alice@SCRAM-SHA-512 carol@PLAIN" "$(cd "$users" && echo *@*)"
stays_stopped "while bob is not back"
says orders "and the ledger says how to end that" '[.ledger[] | select(.kind == "connector" and .what == "stopped").reason | test("kcb accept user/NAME")] == [true]'
with_users PARTIAL "a periodic run tries bob again" periodic --params "$now"
stays_stopped "while bob still is not back"
rm "$users/.refused"
with_users OK "and once the store takes him" periodic --params "$now"
check "he is there" test -f "$users/bob@PLAIN"
check "and connectors run" eventually 30 is_in_state copy RUNNING
with_users OK "nothing is pending any more" pre_poweroff

# ---- one that a person gives up --------------------------------------------------------------------------------------

lose_disks
rm "$users"/*@*
echo bob >"$users/.refused"
must worker one start
with_users PARTIAL "bob is not taken again" post_poweron
stays_stopped "again"
check "a person gives him up" kcb orders --quiet accept user/bob
with_users OK "then connectors need not wait" periodic --params "$now"
check "and run" eventually 30 is_in_state copy RUNNING
rm "$users/.refused"

# ---- no store any more: nobody can say -------------------------------------------------------------------------------

with_users OK "two users are saved" pre_poweroff
lose_disks
must worker one start
ends orders PARTIAL "a manager without the store restores the rest" post_poweron
says orders "users wait, with the way to have them" '.kinds.user | .state == "pending" and (.reason | test("metadata_log_dir.*user store"))'
says orders "and are named" '[.ledger[] | select(.kind == "user" and .what == "not restored" and .loss).reason | test("2 are saved and wait")] == [true]'
stays_stopped "while users wait"
ends orders PARTIAL "a periodic run does not forget that" periodic --params "$now"
stays_stopped "still"
ends orders PARTIAL "phase services does not ask for repetition" post_poweron --params '{"phase": "services"}'
ends orders PARTIAL "nor is a power-off vetoed" pre_poweroff
check "a person gives them up" kcb orders --quiet accept user
ends orders OK "then nothing is pending any more" periodic --params "$now"
says orders "users are unsupported, as the configuration has it" '.kinds.user.state == "unsupported" and ([.ledger[] | select(.loss)] == [])'
check "and connectors run" eventually 30 is_in_state copy RUNNING
lose_disks
must worker one start
ends orders OK "what was given up does not come back to haunt the next restore" post_poweron
finish
