#!/bin/sh
# A service whose snapshots are in a container of Azure's: the whole power cycle, its bad days, two writers, kill -9 at each
# step; by an account's key, by a SAS, and by a managed identity's token that expires.
# shellcheck disable=SC2317  # functions that check and eventually call
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/clouds.sh
. "$live/clouds.sh"
version=${LIVE_VERSION:-4.4.0}
need_kafka "$version"
need_azure
where=container
stored() { azure_list backups; }
objects_of() { azure_list backups "kafka/backups/orders/$1/" | sed 's/ .*//; s/.*\///'; }

keep_state() { azure_keep backups "$1"; }
put_state() { azure_put_back backups "$1"; }
replace_newest() {
  for replacement in "$tmp/state.$1"/kafka,backups,orders,s,*; do break; done # they stand in the store's order
  must azure PUT "/backups/kafka/backups/orders/s/$(objects_of s | head -n 1)" '' "$replacement"
}

azure_start
must azure PUT /contract restype=container
if [ -x "$BUILD/tests/unit/t_store_contract" ]; then
  check "the contract of stores holds" env KCB_AZURE_URL="$(azure_url)" KCB_AZURE_CONTAINER=contract \
    KCB_AZURE_ACCOUNT="$azure_account" KCB_AZURE_KEY="$azure_key" "$BUILD/tests/unit/t_store_contract"
else
  skip "the contract of stores holds" "its program is not built: make check builds it"
fi

new_cluster one
service orders one scram-512
must azure PUT /backups restype=container
in_container orders backups
witness one
power_cycle
azure_list backups >"$tmp/kept"
while read -r name _; do azure GET "/backups/$name"; done <"$tmp/kept" >"$tmp/bytes"
refuse "no object shows a topic's name to who reads the container" grep -qaF debezium "$tmp/bytes"

# ---- a container that was rolled back ----------------------------------------------------------------------------------

rolled_back

# ---- bad days --------------------------------------------------------------------------------------------------------

wrong_key=$(printf 'canary-of-a-wrong-account-key-x7' | base64)
printf '%s' "$wrong_key" >"$tmp/wrong-key"
use_sas() { # PERMISSIONS SECONDS: prints what configures it
  azure_sas backups "$1" "$2" >"$tmp/sas.$1"
  sed 's/.*sig=//' "$tmp/sas.$1" >>"$tmp/signatures"
  echo '.store.credentials = {source: "sas", sas_token: {file: "'"$tmp/sas.$1"'"}}'
}
bad "a container that is not there" CONFIG "ContainerNotFound: .*correct store.container" '.store.container = "no-such-container"'
bad "a wrong account" CONFIG "the store answers 40[0-9]" '.store.account = "another" | .store.endpoint |= sub("devstoreaccount1"; "another")'
bad "an endpoint where nobody listens" AGAIN "http://127.0.0.1:1[/:].*is the server up" '.store.endpoint = "http://127.0.0.1:1/devstoreaccount1"'
bad "a wrong account key" CONFIG "the key is another account" '.store.credentials.account_key = {file: "'"$tmp/wrong-key"'"}'
bad "an account key that others can read" CONFIG "lets others at it" '.store.credentials.account_key = {file: "/etc/passwd"}'
bad "a source of S3" CONFIG "azure takes .*shared_key" '.store.credentials.source = "imds"'
bad "a SAS that has expired" CONFIG "SAS or the token is wrong or has expired|a right is missing" "$(use_sas rwdl -3600)"
bad "a SAS to get but not to list" CONFIG "a right is missing .*in a SAS: rwdl|the right to list" "$(use_sas rw 3600)"
bad "a SAS to read but not to write" CONFIG "a right is missing .*in a SAS: rwdl|the right to write" "$(use_sas rl 3600)"
configure orders "$(use_sas rwl 3600)"
ends orders OK "without the right to delete, a backup is taken all the same" periodic --params '{"now":true}'
ends orders CONFIG "but check says what will not work" check
says orders "and which probe it had to leave" '.message | test("a probe is left in the store, kafka/backups/.kcb-check-")'
report orders . >>"$tmp/said"
azure_list backups kafka/backups/.kcb-check- | while read -r name _; do azure DELETE "/backups/$name"; done
configure orders "$(use_sas rwdl 3600)"
ends orders OK "with a SAS of the four permissions that the manual names all is well" check
ends orders OK "and a backup is taken" periodic --params '{"now":true}'
report orders . >>"$tmp/said"
cp "$tmp/good.json" "$(config_file orders)"

two_writers
kills

# ---- a managed identity, over TLS --------------------------------------------------------------------------------------

stop_server azure
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=azure -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$tmp/key.pem" -out "$tmp/cert.pem" 2>/dev/null || fail "a certificate can be made"
azure_scheme=https
azure_start --oauth basic --cert "$tmp/cert.pem" --key "$tmp/key.pem"
tokens_start
bearer() { # SECONDS: a token as Azure gives them, good for so long
  python3 - "$1" <<'PYTHON'
import base64, json, sys, time
part = lambda o: base64.urlsafe_b64encode(json.dumps(o).encode()).decode().rstrip("=")
now = int(time.time())
print(part({"alg": "RS256", "typ": "JWT"}) + "." + part({"aud": "https://storage.azure.com", "nbf": now - 7200, "iat": now - 7200, "exp": now + int(sys.argv[1]),
      "iss": "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/", "oid": "x"}) + ".canary-signature-x7")
PYTHON
}
configure orders '.store.endpoint = "'"$(azure_url)"'" | .store.ca_file = "'"$tmp/cert.pem"'" |
  .store.credentials = {source: "managed_identity", endpoint: "'"$(tokens_url)"'"}'
cp "$(config_file orders)" "$tmp/good.json"
good=$(bearer 3600) stale=$(bearer -3600)
tell_tokens '{"do": "be", "lies": {"bearers": ["'"$good"'", "'"$good"'"]}}' >/dev/null
ends orders OK "with a managed identity check finds the container good" check
ends orders OK "and a backup is taken" periodic --params '{"now":true}'
tell_tokens '{"do": "be", "lies": {"bearers": ["'"$stale"'", "'"$good"'"], "in_turn": true}}' >/dev/null
tell_tokens '{"do": "seen"}' >/dev/null
ends orders OK "a token that has expired is fetched once more" check
same "once" 2 "$(tell_tokens '{"do": "seen"}' | jq length)"
report orders . >>"$tmp/said"
tell_tokens '{"do": "be", "lies": {"bearers": ["'"$stale"'", "'"$stale"'"]}}' >/dev/null
bad "a token that has expired and is not renewed" CONFIG "wrong or has expired|a right is missing" .
tell_tokens '{"do": "be", "lies": {"token_error": "400 invalid_request"}}' >/dev/null
bad "a machine without an identity" CONFIG "no such managed identity: assign one" .
tell_tokens '{"do": "be", "lies": {"token_error": "", "bearers": ["'"$good"'", "'"$good"'"]}}' >/dev/null

must azure DELETE /backups restype=container
deleted_meanwhile
report orders . >>"$tmp/said"

# ---- no secret is shown ----------------------------------------------------------------------------------------------

shows_no_secret "$azure_key" "$wrong_key" canary-of-a-wrong canary-signature-x7 "$good" SharedKey sig= $(sort -u "$tmp/signatures")
finish
