#!/bin/sh
# Proves that a service kept in a bucket of a real S3 server survives what it survives in a directory: the loss of all
# disks, kill -9 at each step, two writers; and that each bad day of a bucket has its own error and loses nothing.
# shellcheck disable=SC2317  # functions that check and eventually call
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/clouds.sh
. "$live/clouds.sh"
# shellcheck source=tests/live/s3.sh
. "$live/s3.sh"
version=${LIVE_VERSION:-4.4.0}
need_kafka "$version"
need_s3
where=bucket
stored() { (cd "$(bucket_dir backups)" && find . -type f -exec cksum {} + | sort -k 3); }
objects_of() { in_store orders "$1"; }
keep_state() { rm -rf "$tmp/state.$1"; cp -a "$(bucket_dir backups)" "$tmp/state.$1"; }
put_state() { rm -rf "$(bucket_dir backups)"; cp -a "$tmp/state.$1" "$(bucket_dir backups)"; }
replace_newest() {
  replacement=$tmp/state.$1/kafka/backups/orders/s
  cp -a "$replacement/$(cd "$replacement" && LC_ALL=C ls | head -n 1)" "$(bucket_dir backups)/kafka/backups/orders/s/$(objects_of s | head -n 1)"
}

s3_start --access-log "$tmp/s3/access"
s3_bucket contract
if [ -x "$BUILD/tests/unit/t_store_contract" ]; then
  check "the contract of stores holds" env KCB_S3_URL="$(s3_url)" KCB_S3_BUCKET=contract KCB_S3_REGION="$s3_region" \
    AWS_ACCESS_KEY_ID="$s3_root" AWS_SECRET_ACCESS_KEY="$s3_secret" "$BUILD/tests/unit/t_store_contract"
else
  skip "the contract of stores holds" "its program is not built: make check builds it"
fi

new_cluster one
service orders one scram-512
s3_bucket backups
in_bucket orders backups
witness one
power_cycle
refuse "no snapshot shows a topic's name to who reads the bucket" grep -rqaF debezium "$(bucket_dir backups)"

# ---- a bucket that was rolled back -------------------------------------------------------------------------------------

rolled_back

# ---- bad days --------------------------------------------------------------------------------------------------------

wrong_secret=$tmp/wrong-secret
printf 'canary-wrong-secret-x7' >"$wrong_secret"
bogus_token=$tmp/bogus-token
printf 'canary-session-token-x7' >"$bogus_token"
bad "a bucket that is not there" CONFIG "NoSuchBucket: .*correct store.bucket" '.store.bucket = "no-such-bucket"'
bad "another region" CONFIG "AuthorizationHeaderMalformed: is store.region" '.store.region = "eu-central-9"'
bad "an endpoint where nobody listens" AGAIN "http://127.0.0.1:1[/:].*is the server up" '.store.endpoint = "http://127.0.0.1:1"'
bad "a wrong secret" CONFIG "SignatureDoesNotMatch: is the secret access key" \
  '.store.credentials.secret_access_key = {file: "'"$wrong_secret"'"}'
bad "a key that nobody knows" CONFIG "knows no such access key" '.store.credentials.access_key_id = "NOBODY"'
bad "an expired token" CONFIG "InvalidToken|ExpiredToken" '.store.credentials.session_token = {file: "'"$bogus_token"'"}'
bad "a secret that others can read" CONFIG "lets others at it" \
  '.store.credentials.secret_access_key = {file: "/etc/passwd"}'

"$("$live/versitygw" path)" admin -a "$s3_root" -s "$s3_secret" -r "$s3_region" --endpoint-url "$(s3_url)" \
  create-user --access LIMITED --secret limited-secret-x7 --role user >"$tmp/created" 2>&1 || note "$(cat "$tmp/created")"
allow() { # ACTION..: what LIMITED may do
  printf '"%s",' "$@" | sed 's/,$//' >"$tmp/actions"
  printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["LIMITED"]},"Action":[%s],"Resource":["arn:aws:s3:::backups","arn:aws:s3:::backups/*"]}]}' \
    "$(cat "$tmp/actions")" >"$tmp/policy"
  must s3 PUT '/backups?policy' "$tmp/policy"
}
limited='.store.credentials.access_key_id = "LIMITED" | .store.credentials.secret_access_key = {file: "'"$tmp/limited"'"}'
printf limited-secret-x7 >"$tmp/limited"
allow s3:GetObject s3:PutObject
bad "a right to get but not to list" CONFIG "AccessDenied: .*grant it s3:ListBucket" "$limited"
allow s3:ListBucket s3:GetObject
bad "a right to read but not to write" CONFIG "AccessDenied: .*grant it s3:PutObject" "$limited"
allow s3:ListBucket s3:GetObject s3:PutObject
configure orders "$limited"
ends orders OK "without the right to remove, a backup is taken all the same" periodic --params '{"now":true}'
ends orders CONFIG "but check says what will not work" check
says orders "and which probe it had to leave" '.message | test("a probe is left in the store, kafka/backups/.kcb-check-.*s3:DeleteObject")'
find "$(bucket_dir backups)" -name '.kcb-check-*' -delete
documented_policy() { # that of README.md, for this bucket, prefix and user
  awk '/^```json$/ { block = ""; inside = 1; next }
    /^```$/ { if (inside && block ~ /"Statement"/) printf "%s", block; inside = 0 }
    inside { block = block $0 "\n" }' "$live/../../README.md" | sed 's|example-backups/kafka|backups/kafka/backups|; s/example-backups/backups/' |
    jq '.Statement[] += {Principal: {AWS: ["LIMITED"]}}'
}
documented_policy >"$tmp/policy"
must s3 PUT '/backups?policy' "$tmp/policy"
ends orders OK "with the policy that README.md shows all is well" check
ends orders OK "and a backup is taken and read back" periodic --params '{"now":true}'
cp "$tmp/good.json" "$(config_file orders)"

mv "$(bucket_dir backups)" "$tmp/s3/away"
deleted_meanwhile
mv "$tmp/s3/away" "$(bucket_dir backups)"

hook orders check --wall-ahead "$hour"
ended orders OK "with a clock one hour ahead the bucket can be used"
says orders "and that is said" '[.ledger[] | select(.what == "clocks differ" and (.reason | test("36[0-9][0-9] s ahead|35[0-9][0-9] s ahead")))] | length == 1'
ends orders OK "and a backup is taken" periodic --params '{"now":true}' --wall-ahead -$hour

# ---- versions and locks ----------------------------------------------------------------------------------------------

s3_bucket versions
printf '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>' \
  >"$tmp/versioning"
must s3 PUT '/versions?versioning' "$tmp/versioning"
configure orders '.store.bucket = "versions"'
ends orders OK "a bucket that keeps versions can be used" check
says orders "and that removing only hides is said, once" '[.ledger[] | select(.what == "removed is hidden" and (.loss | not))] | length == 1'
says orders "and nothing else" '[.ledger[] | select(.name == "store")] | length == 1'
mkdir -p "$(bucket_dir versions)/kafka/backups"
cp -a "$(bucket_dir backups)/kafka/backups/orders" "$(bucket_dir versions)/kafka/backups/"
configure orders '.retention = {keep_last: 1}'
hidden='[.ledger[] | select(.what == "removed is hidden") | .reason]'
ends orders OK "a backup is stored there, and older ones go" periodic --params '{"now":true}'
says orders "that they are only hidden is said" '([.ledger[].what] | index("expired") != null) and ('"$hidden"' | length) == 1'
configure orders 'del(.retention)'
ends orders OK "as many stay without a rule" periodic --params '{"now":true}'
configure orders '.retention = {keep_last: 1}'
ends orders OK "expire removes one" command --params '{"command":"expire"}'
says orders "and says so too" "$hidden | length == 1"
ends orders OK "or nothing" command --params '{"command":"expire"}'
says orders "and then says nothing" "$hidden == []"
must "$BUILD/kcb" keygen "$tmp/second"
configure orders 'del(.retention) | .keys.recipients += ["'"$(cat "$tmp/second/identity.pub")"'"]'
ends orders OK "snapshots are sealed to one more" command --params '{"command":"rewrap"}'
says orders "and who could open the old ones still can" "$hidden | length == 1 and (.[0] | test(\"still can\"))"
configure orders 'del(.keys.recipients[1])'
s3_field='x-amz-bucket-object-lock-enabled: true'
s3_bucket locked
s3_field=
configure orders '.store.bucket = "locked" | .store.lock_mode = "GOVERNANCE" | .store.lock_days = 3'
ends orders OK "a bucket with locks can be used" check
mkdir -p "$(bucket_dir locked)/kafka/backups"
cp -a "$(bucket_dir backups)/kafka/backups/orders" "$(bucket_dir locked)/kafka/backups/"
ends orders OK "for a backup" periodic --params '{"now":true}'
locked=$(in_store orders s | head -n 1)
s3 GET "/locked/kafka/backups/orders/s/$locked?retention" >"$tmp/retention"
check "and the snapshot is locked as was asked" grep -q "<Mode>GOVERNANCE</Mode>.*<RetainUntilDate>20" "$tmp/retention"
cp "$tmp/good.json" "$(config_file orders)"

# ---- foreign objects -------------------------------------------------------------------------------------------------

folder=$(bucket_dir backups)/kafka/backups/orders/s
long=$(printf 'n%.0s' $(seq 249)) # with the prefix and three '/' a key of 1,024 bytes
mkdir -p "$folder/0/$long/$long/$long"
echo foreign >"$folder/0/$long/$long/$long/$long"
echo foreign >"$folder/readme"
echo foreign >"$folder/0 & <b>\"'+%41"
echo foreign >"$(bucket_dir backups)/kafka/backups/other"
hook orders periodic --params '{"now":true}'
if [ "$(report orders .status)" = OK ] || [ "$(report orders .status)" = PARTIAL ]
then pass "with foreign objects and names of 1,024 bytes under the prefix a backup is taken"
else fail "with foreign objects and names of 1,024 bytes under the prefix a backup is taken"; diagnose_hook orders; fi
says orders "it is written" '.snapshot.written'
check "and good" kcb orders verify "$(report orders .snapshot.id)"
rm -r "${folder:?}/0" "$folder/readme" "$folder/0 & <b>\"'+%41" "$(bucket_dir backups)/kafka/backups/other"

# ---- two writers, and kill -9 ----------------------------------------------------------------------------------------

two_writers
kills

# ---- many ------------------------------------------------------------------------------------------------------------

for i in $(seq 10000); do # of the first epoch, so all of them are older
  printf '%s/fffffffffffffffe%016x-%032x.kcb\n' "$folder" "$i" "$i"
done >"$tmp/names"
xargs -n 500 touch <"$tmp/names"
lists() { grep -c s3_ListObjectsV2 "$tmp/s3/access"; }
lists_before=$(lists)
ends orders OK "with 10,000 snapshots in the bucket a power-on finds nothing to do" post_poweron
same "and lists one page of each folder to know it" 4 "$(($(lists) - lists_before))"
xargs -n 500 rm -f <"$tmp/names"

# What a list costs: a genuine snapshot under 10,000 names, so that each is read and one alone is right.
asked() { grep -c "$1" "$tmp/s3/access"; }
must python3 -c 'import os, sys
for name in open(sys.argv[1]): os.link(sys.argv[2], name.strip())' "$tmp/names" "$folder/$(objects_of s | head -n 1)"
count=$(objects_of s | wc -l)
lists_before=$(lists) gets_before=$(asked s3_GetObject)
kcb orders list >"$tmp/listed" 2>"$tmp/listed.err"
same "kcb list shows all of more than 10,000 snapshots" "0 $((count + 1))" "$? $(wc -l <"$tmp/listed")"
same "by a list of each 1,000, and no read" "$(((count + 999) / 1000)) 0" \
  "$(($(lists) - lists_before)) $(($(asked s3_GetObject) - gets_before))"
lists_before=$(lists) gets_before=$(asked s3_GetObject)
kcb orders list --long --json >"$tmp/listed" 2>"$tmp/listed.err"
same "kcb list --long says of each what its header says, as one document" "3 $count 10000" \
  "$? $(jq -r '.result.snapshots | "\(length) \(map(select(.problem == "misplaced")) | length)"' "$tmp/listed")"
same "by a read of each, and as many lists" "$(((count + 999) / 1000)) $count" \
  "$(($(lists) - lists_before)) $(($(asked s3_GetObject) - gets_before))"
same "in the order of the store" "$(objects_of s | cksum)" "$(jq -r '.result.snapshots[].name' "$tmp/listed" | cksum)"
xargs -n 500 rm -f <"$tmp/names"

# ---- TLS -------------------------------------------------------------------------------------------------------------

s3_stop
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=s3 -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$tmp/s3/key.pem" -out "$tmp/s3/cert.pem" 2>/dev/null || fail "a certificate can be made"
s3_start --cert "$tmp/s3/cert.pem" --key "$tmp/s3/key.pem"
configure orders '.store.endpoint = "https://127.0.0.1:'"$s3_port"'"'
ends orders CONFIG "a server whose certificate nobody vouches for is refused" check
says orders "and that is said" '.message | test("CA file")'
configure orders '.store.ca_file = "'"$tmp/s3/cert.pem"'"'
ends orders OK "with its CA the same bucket is used over TLS" check
ends orders OK "for a backup too" periodic --params '{"now":true}'

# ---- no secret is shown ----------------------------------------------------------------------------------------------

shows_no_secret "$s3_secret" canary-wrong-secret-x7 canary-session-token-x7 limited-secret-x7 Signature=
finish
