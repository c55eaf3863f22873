#!/bin/sh
# Proves that a service kept in a bucket of a real S3 server survives what it survives in a directory: the loss of all
# disks, kill -9 at each step, two writers; and that each bad day of a bucket has its own error and loses nothing.
# shellcheck disable=SC2317  # functions that check and eventually call
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/s3.sh
. "$live/s3.sh"
version=${LIVE_VERSION:-4.4.0}
need_kafka "$version"
need_s3
hour=3600000

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
topics() { told list | sort; }
printf 'debezium.a\t1\t1\nb\t4\t1\tretention.ms=86400000\nc\t2\t1\n' | LC_ALL=C sort >"$tmp/topics"
must told create "$tmp/topics"
must told wait 3

# ---- the main job ----------------------------------------------------------------------------------------------------

ends orders OK "check finds the bucket good" check
says orders "it honours conditions and sums, and its lists are in order" '[.ledger[] | select(.name == "store")] == []'
same "and check has left nothing behind" "" "$(find "$(bucket_dir backups)" -type f)"
ends orders OK "the final backup is taken" pre_poweroff
says orders "and is the first snapshot" '[.snapshot | .epoch, .sequence, .written] == [1, 1, true]'
refuse "no snapshot shows a topic's name to who reads the bucket" grep -rqaF debezium "$(bucket_dir backups)"
lose_disks() {
  dismiss_witness
  must cluster one wipe
  must cluster one format
  must cluster one start
  witness one
}
lose_disks
ends orders VETO "the empty cluster is not backed up" pre_poweroff
ends orders OK "power-on restores from the bucket" post_poweron
topics >"$tmp/restored"
same_files "the same topics are there" "$tmp/topics" "$tmp/restored"
check "kcb lists what is in the bucket" kcb orders list
check "and verifies all of it" kcb orders verify --all
ends orders OK "a periodic run finds everything unchanged" periodic --wall-ahead $((3 * hour + 1000))
says orders "and stores nothing" '.message | startswith("unchanged")'

# ---- bad days --------------------------------------------------------------------------------------------------------

stored() { (cd "$(bucket_dir backups)" && find . -type f -exec cksum {} + | sort -k 3); }
cp "$(config_file orders)" "$tmp/good.json"
# WHAT STATUS WORDS JQ: every hook says so, and nothing changes in the bucket
bad() {
  stored >"$tmp/before"
  configure orders "$4"
  ends orders "$2" "$1: a periodic backup says so" periodic --params '{"now":true}' --deadline 20000
  says orders "$1: in words" '.message | test("'"$3"'")'
  ends orders VETO "$1: power-off is vetoed" pre_poweroff --deadline 20000
  ends orders "$2" "$1: and check says so too" check --deadline 20000
  cp "$tmp/good.json" "$(config_file orders)"
  stored >"$tmp/after"
  same_files "$1: the bucket is as it was" "$tmp/before" "$tmp/after"
}
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
allow s3:ListBucket s3:GetObject s3:PutObject s3:DeleteObject
ends orders OK "with four rights all is well" check
cp "$tmp/good.json" "$(config_file orders)"

mv "$(bucket_dir backups)" "$tmp/s3/away"
ends orders CONFIG "a bucket that was deleted meanwhile is no empty store" periodic --params '{"now":true}'
ends orders CONFIG "nor at a power-on" post_poweron
ends orders VETO "nor at a power-off" pre_poweroff
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
long=$(printf 'n%.0s' $(seq 240))
mkdir -p "$folder/0/$long/$long/$long"
echo foreign >"$folder/0/$long/$long/$long/$long"
echo foreign >"$folder/readme"
echo foreign >"$folder/0 & <b>\"'+%41"
echo foreign >"$(bucket_dir backups)/kafka/backups/other"
hook orders periodic --params '{"now":true}'
if [ "$(report orders .status)" = OK ] || [ "$(report orders .status)" = PARTIAL ]
then pass "with foreign objects and names of 1,000 bytes under the prefix a backup is taken"
else fail "with foreign objects and names of 1,000 bytes under the prefix a backup is taken"; diagnose_hook orders; fi
says orders "it is written" '.snapshot.written'
check "and good" kcb orders verify "$(report orders .snapshot.id)"
rm -r "${folder:?}/0" "$folder/readme" "$folder/0 & <b>\"'+%41" "$(bucket_dir backups)/kafka/backups/other"

# ---- two writers, and kill -9 ----------------------------------------------------------------------------------------

same_service second orders one scram-512 2>/dev/null || :
jq '.store' "$(config_file orders)" >"$tmp/store.json"
configure second ".store = $(jq -c . "$tmp/store.json")"
before=$(in_store orders s | wc -l)
(hook second periodic --params '{"now":true}') &
second_pid=$!
hook orders periodic --params '{"now":true}'
wait "$second_pid"
if [ "$(report orders .status)" = OK ] || [ "$(report second .status)" = OK ]
then pass "of two writers at once one at least is told that its backup is there"
else fail "of two writers at once one at least is told that its backup is there"; diagnose_hook orders; diagnose_hook second; fi
if [ "$(in_store orders s | wc -l)" -gt "$before" ]; then pass "and it is"; else fail "and it is"; fi
check "and every object in the bucket is whole" kcb orders verify --all

ends orders OK "a last backup is taken" pre_poweroff
report orders '.phases[].name' | awk '!seen[$0]++' >"$tmp/steps"
half=
while IFS= read -r step; do
  hook orders pre_poweroff --kill-at "$step"
  killed=$?
  [ "$killed" = 137 ] || half="$half $step(not killed: $killed)"
  kcb orders verify --all >"$tmp/verified" 2>&1 || half="$half $step"
done <"$tmp/steps"
if [ -z "$half" ]; then pass "kill -9 at each of $(wc -l <"$tmp/steps") steps of a backup leaves nothing half"
else fail "kill -9 at each step of a backup leaves nothing half" "$half" "$(tail -n 5 "$tmp/verified")"; fi
ends orders OK "and the next power-off is as every other" pre_poweroff
lose_disks
ends orders OK "and so is the power-on" post_poweron
topics >"$tmp/restored"
same_files "with the same topics" "$tmp/topics" "$tmp/restored"

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

kcb orders check -v >"$tmp/said.check" 2>&1
kcb orders report --json >"$tmp/said.report" 2>&1
for canary in "$s3_secret" canary-wrong-secret-x7 canary-session-token-x7 limited-secret-x7 Signature= ; do
  refuse "nothing that was said or kept holds ${canary%%-x7}" grep -rqF -e "$canary" "$tmp/said.check" "$tmp/said.report" \
    "$(service_dir orders)/report.json" "$(service_dir orders)/host.log" "$(service_dir orders)/state"
done
finish
