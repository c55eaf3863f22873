#!/bin/sh
# A service whose snapshots are in a bucket of Google's, by its JSON interface: the whole power cycle, its bad days, two writers,
# kill -9 at each step; by the metadata server's token and by a service account's key.
#
# fake-gcs-server looks at no token: what a wrong one does is in tests/unit/t_store_gcs.c.
# shellcheck disable=SC2317  # functions that check and eventually call
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/clouds.sh
. "$live/clouds.sh"
version=${LIVE_VERSION:-4.4.0}
need_kafka "$version"
need_gcs
where=bucket
stored() { gcs_list backups; }
objects_of() { gcs_list backups "kafka/backups/orders/$1/" | sed 's/ .*//; s/.*\///'; }

gcs_start
tokens_start
gcs_bucket contract
if [ -x "$BUILD/tests/unit/t_store_contract" ]; then
  check "the contract of stores holds" env KCB_GCS_URL="$(gcs_url)" KCB_GCS_BUCKET=contract "$BUILD/tests/unit/t_store_contract"
else
  skip "the contract of stores holds" "its program is not built: make check builds it"
fi

new_cluster one
service orders one scram-512
gcs_bucket backups
configure orders '.store = {type: "gcs", bucket: "backups", prefix: "kafka/backups", endpoint: "'"$(gcs_url)"'",
  credentials: {source: "metadata_server", endpoint: "'"$(tokens_url)"'"}}'
witness one
power_cycle
refuse "no object shows a topic's name to who reads the bucket" grep -rqaF debezium "$tmp/gcs"

# ---- bad days --------------------------------------------------------------------------------------------------------

bad "a bucket that is not there" CONFIG "there is no such bucket: correct store.bucket" '.store.bucket = "no-such-bucket"'
bad "an endpoint where nobody listens" AGAIN "http://127.0.0.1:1[/:].*is the server up" '.store.endpoint = "http://127.0.0.1:1"'
bad "a metadata server that is none of Google" AGAIN "cannot get a token from" '.store.credentials.endpoint = "http://127.0.0.1:1"'
bad "a source of Azure" CONFIG "gcs takes .*service_account" '.store.credentials.source = "sas"'
tell_tokens '{"do": "be", "lies": {"token_error": "404 x"}}' >/dev/null
bad "a machine without an account" CONFIG "no service account: attach one" .
tell_tokens '{"do": "be", "lies": {"token_error": ""}}' >/dev/null

# ---- a service account -------------------------------------------------------------------------------------------------

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$tmp/account.pem" 2>/dev/null
openssl pkey -in "$tmp/account.pem" -pubout -out "$tmp/account.pub" 2>/dev/null
jq -n --rawfile pem "$tmp/account.pem" --arg uri "$(tokens_url)/token" '{type: "service_account", private_key_id: "KEYID",
  private_key: $pem, client_email: "backup@project.iam", token_uri: $uri}' >"$tmp/account.json"
account='.store.credentials = {source: "service_account", service_account_key: {file: "'"$tmp/account.json"'"}}'
tell_tokens '{"do": "be", "lies": {"google_key": "'"$tmp/account.pub"'"}}' >/dev/null
configure orders "$account"
ends orders OK "with a service account's key check finds the bucket good" check
ends orders OK "and a backup is taken" periodic --params '{"now":true}'
ends orders OK "also by a clock that is an hour off" check --wall-ahead "$hour"
report orders . >>"$tmp/said"
cp "$tmp/good.json" "$(config_file orders)"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null | openssl pkey -pubout -out "$tmp/other.pub" 2>/dev/null
tell_tokens '{"do": "be", "lies": {"google_key": "'"$tmp/other.pub"'"}}' >/dev/null
bad "a key that was removed from the account" CONFIG "invalid_grant: the account.s key was removed" "$account"
echo '{"type": "service_account", "private_key": "canary-of-a-key-x7"}' >"$tmp/half.json"
bad "a file that is no key" CONFIG "not the JSON key of a service account" \
  '.store.credentials = {source: "service_account", service_account_key: {file: "'"$tmp/half.json"'"}}'

two_writers
kills

mv "$tmp/gcs/backups" "$tmp/away"
stop_server gcs
gcs_start
deleted_meanwhile
report orders . >>"$tmp/said"

# ---- no secret is shown ----------------------------------------------------------------------------------------------

shows_no_secret TOKEN1 canary-of-a-key-x7 "$(sed -n 2p "$tmp/account.pem")" 'PRIVATE KEY'
finish
