#!/bin/sh
# Proves that no secret comes out (R8): recognisable ones stand in every place that may hold one, every hook and command
# runs well and badly with the log at its most talkative, and then all that was said and stored is searched for them.
# shellcheck disable=SC2317  # functions that check and refuse call
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
older=4.3.1 # knows no max.decompressed.message.bytes
need_kafka 4.4.0 "$older"

# ---- secrets, and the search for them --------------------------------------------------------------------------------

secrets=$tmp/secrets # one file each: what must not be found
said=$tmp/said       # one file each: what a run said
mkdir "$secrets" "$said"
secret() { # NAME: a new one, on standard output and in the list
  printf 'CANARY-%s-%s' "$1" "$(head -c 9 /dev/urandom | base64 | tr '+/' 'xy')" | tee "$secrets/$1"
}
# Each of the secrets as it is, in hex, and in base64 at any place of a longer text; a key's raw bytes; and any 20
# characters in a row of it.  Prints FILE: SECRET for what is found in files, in their names too.
found_in() { # FOLDER..
  python3 - "$secrets" "$@" <<'PYTHON'
import base64, os, sys
def forms(secret):
    yield from (secret[i:i + 20] for i in range(max(1, len(secret) - 19)))
    yield secret.hex().encode()
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + secret)[4 if shift else 0:-4]
        yield text
        yield text.translate(bytes.maketrans(b"+/", b"-_"))
secrets = {}
for name in os.listdir(sys.argv[1]):
    secret = open(sys.argv[1] + "/" + name, "rb").read().strip()
    if secret:
        secrets[name] = set(forms(secret))
        if name.startswith("key-"):
            raw = base64.urlsafe_b64decode(secret.split(b":")[-1] + b"=")
            secrets[name] |= set(forms(raw))
            secrets[name] |= set(forms(secret.split(b":")[-1]))
    # a prefix like x25519-secret: is no secret
    secrets[name] = {f for f in secrets.get(name, ()) if not f.startswith((b"x25519-", b"ed25519-", b"5519-", b"519-", b"19-"))}
for folder in sys.argv[2:]:
    for root, _, files in os.walk(folder):
        for file in files:
            data = open(os.path.join(root, file), "rb").read() + b"\0" + os.path.join(root, file).encode()
            for name, texts in sorted(secrets.items()):
                if any(t in data for t in texts):
                    print("%s: %s" % (os.path.join(root, file), name))
PYTHON
}

runs=0
keep() { # NAME: what the hook that ran last said
  runs=$((runs + 1))
  cp "$(service_dir "$1")/report.json" "$said/$runs.report"
  cp "$(service_dir "$1")/host.log" "$said/$runs.log"
  for kept in "$(service_dir "$1")"/state/*; do [ ! -f "$kept" ] || cp "$kept" "$said/$runs.${kept##*/}"; done
}
run_hook() { hook "$@"; run_status=$?; keep "$1"; }
run_ask() { ask "$@"; keep "$1"; }
run_kcb() { # NAME ARG..
  runs=$((runs + 1))
  kcb "$@" >"$said/$runs.out" 2>"$said/$runs.err" </dev/null
}
refused() { # NAME WHAT: by a veto, or when the configuration is read
  run_kcb "$1" check -v --timeout 5
  run_hook "$1" pre_poweroff --deadline 5000
  if [ "$run_status" = 2 ] || [ "$run_status" = 56 ]; then pass "refused: $2"; return; fi
  fail "refused: $2" "the host's status is $run_status"
  diagnose_hook "$1"
}

# ---- a service that runs well ----------------------------------------------------------------------------------------

password=$(secret password) wrong=$(secret wrong) literal=$(secret literal)
must cluster one make
must cluster one format --add-scram "SCRAM-SHA-512=[name=keeper,password=$password,iterations=4096]"
must cluster one start
must kafka_acls one --add --allow-principal User:keeper --operation All --cluster --topic '*'
service main one scram-512
configure main '.kafka["sasl.username"] = "keeper"'
printf %s "$password" >"$(service_dir main)/password"
keys=$tmp/service.main/keys
cp "$keys/identity" "$secrets/key-identity"
cp "$keys/signing" "$secrets/key-signing"
value=1987654321 # of a config, which is nobody's business either
printf 'a\t1\t1\nb\t1\t1\tmax.decompressed.message.bytes=%s\tretention.ms=60000\n' "$value" >"$tmp/topics"
must lab one create "$tmp/topics"
must lab one wait 2

for hook in check periodic pre_poweroff post_poweron; do run_hook main $hook; done
ended main OK "with the right password everything works"
says main "and the two topics are in the snapshot" '.kinds.topic.count == 2'
run_hook main pre_poweroff --force
run_hook main periodic --params '{"now":true}'
run_hook main pre_start --params '{"disks":"lost"}'
run_hook main pre_poweroff --deadline 1
run_hook main pre_poweroff --cancel-at capture
run_hook main pre_poweroff --kill-at store
for command in list diff report adopt expire rewrap; do run_ask main $command; done
run_ask main verify '{"all":true}'
run_ask main show '{"kind":"identity"}'
run_ask main restore '{}' --dry-run
run_ask main accept '{"kind":"topic"}'
run_ask main nonsense
for words in check backup power-off power-on list diff "verify --all" "show --kind identity" report "restore --dry-run" adopt \
  "accept topic" expire rewrap "power-off --force" "list --json" "list --long" "backup --json"; do
  # shellcheck disable=SC2086  # words
  run_kcb main $words -v
done

# What others see of a process: its command line, and its environment.
must hook_until main capture pre_poweroff
mkdir "$tmp/process"
cat "/proc/$(cat "$tmp/until.main.pid")/cmdline" >"$tmp/process/cmdline"
cat "/proc/$(cat "$tmp/until.main.pid")/environ" >"$tmp/process/environ"
check "the command line that is looked at is the host's" grep -q "tests/live/host" "$tmp/process/cmdline"
let_go_on main
keep main

# ---- badly: the login ------------------------------------------------------------------------------------------------

fresh() { # a configuration as it was at first, to be spoilt
  rm -rf "$(service_dir bad)/password"
  same_service bad main one scram-512
  configure bad '.kafka["sasl.username"] = "keeper"'
  printf %s "$password" >"$(service_dir bad)/password"
}
fresh
printf %s "$wrong" >"$(service_dir bad)/password"
refused bad "a wrong password"
run_hook bad post_poweron --deadline 5000
fresh
chmod 644 "$(service_dir bad)/password"
refused bad "a password that others can read"
fresh
configure bad '.kafka["sasl.password"] = {"file": "'"$keys"'/identity"}'
refused bad "a key where the password belongs"
fresh
configure bad '.kafka["sasl.password"] = "'"$literal"'"'
refused bad "a password in the configuration itself"
says_instead() { grep -q "must not stand in this file" "$said"/*.log; }
check "and what should stand there is said" says_instead
for property in ssl.curves.list ssl.cipher.suites sasl.pasword ssl.key.password ssl.key.pem ssl.keystore.password sasl.jaas.config sasl.oauthbearer.config \
  sasl.oauthbearer.client.secret nonsense bootstrap.server security.protocol sasl.mechanism request.timeout.ms; do
  fresh
  configure bad '.kafka["'$property'"] = "'"$literal"'"'
  case $property in ssl.c*) configure bad '.kafka["security.protocol"] = "ssl"' ;; esac
  refused bad "a secret in kafka.$property"
done
fresh
configure bad '.kafka["sasl.password"] = {"fil": "'"$literal"'"}'
refused bad "a secret where a file's name belongs"
fresh
configure bad '.password = "'"$literal"'"'
refused bad "a secret under a name that nobody knows"
fresh
configure bad '.kafka["sasl.password"] = ["'"$literal"'"]'
refused bad "a secret in a list"
fresh
jq -c . "$(config_file bad)" | sed "s|\"sasl.password\":{[^}]*}|\"sasl.password\":$literal|" >"$tmp/broken" && cp "$tmp/broken" "$(config_file bad)"
refused bad "a secret without quotes, which is no JSON"
fresh
jq -c '.kafka["sasl.password"] = "'"$literal"'"' "$(config_file bad)" | sed "s|$literal.*|$literal|" >"$tmp/broken" && cp "$tmp/broken" "$(config_file bad)"
refused bad "a configuration that ends in the middle of a secret"

tls_key=$tmp/tls.key tls_password=$(secret tls-password)
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass "pass:$tls_password" -out "$tls_key" 2>/dev/null
openssl pkey -in "$tls_key" -passin "pass:$tls_password" -outform PEM 2>/dev/null | sed -n 2p >"$secrets/pem"
printf %s "$tls_password" >"$tmp/tls.password"
printf %s "$wrong" >"$tmp/tls.wrong"
for file in tls.password tls.wrong; do
  fresh
  configure bad '.kafka = {"bootstrap.servers": "'"$(bootstrap one mtls)"'", "security.protocol": "ssl",
    "ssl.ca.location": "'"$(cluster_dir one)"'/tls/ca.pem", "ssl.certificate.location": "'"$(cluster_dir one)"'/tls/kcb.pem",
    "ssl.key.location": "'"$tls_key"'", "ssl.key.password": {"file": "'"$tmp/$file"'"}}'
  refused bad "a private key that does not fit, with its password in $file"
done
fresh
configure bad ".kafka[\"ssl.ca.location\"] = $(openssl pkey -in "$tls_key" -passin "pass:$tls_password" | jq -Rs .)"
refused bad "a private key in the configuration itself"
fresh
configure bad '.connect = {"url": "http://user:'"$literal"'@127.0.0.1:1"}'
run_hook bad pre_poweroff --deadline 5000
run_kcb bad check -v --timeout 5
fresh
printf %s "$literal" >"$tmp/connect.password"
configure bad '.connect = {"url": "http://127.0.0.1:1", "user": "u", "password": {"file": "'"$tmp"'/connect.password"}}'
run_hook bad pre_poweroff --deadline 5000
run_kcb bad check -v --timeout 5

# ---- badly: the keys -------------------------------------------------------------------------------------------------

garbage=$(secret garbage)
bad_keys=$tmp/bad-keys
spoil() { # FILE, its content on standard input; a copy of the keys with that instead
  fresh
  rm -rf "$bad_keys"
  cp -a "$keys" "$bad_keys"
  [ "$1" = none ] || cat >"$bad_keys/$1"
  configure bad '.keys.identity.file = "'"$bad_keys"'/identity" | .keys.signing_key.file = "'"$bad_keys"'/signing"'
}
for which in identity signing; do
  printf '%s\n' "$garbage" | spoil $which
  refused bad "garbage in the file $which"
  printf 'x25519-secret:%s\n' "$garbage" | spoil $which
  refused bad "garbage that begins like a key in the file $which"
  { cat "$keys/$which"; echo "$garbage"; } | spoil $which
  refused bad "a second line in the file $which"
  spoil none
  chmod 640 "$bad_keys/$which"
  refused bad "a file $which that others can read"
done
spoil identity <"$keys/signing"
refused bad "the signing key in the identity's place"
spoil signing <"$keys/identity"
refused bad "the identity in the signing key's place"
fresh
configure bad '.keys.recipients += ["'"$(cat "$keys/identity")"'"]'
refused bad "a secret key among the recipients"
fresh
configure bad '.keys.trusted_signers += ["'"$(cat "$keys/signing")"'"]'
refused bad "a secret key among the signers"
fresh
configure bad '.keys.identity = "'"$(cat "$keys/identity")"'"'
refused bad "a secret key in the configuration itself"

# ---- badly: the restore of a config that the broker does not take ----------------------------------------------------

must cluster one kill
must env LIVE_VERSION=$older LIVE_DIR="$(cluster_dir old)" "$live/kafka" make
must cluster old format
must cluster old start
same_service elder main old
printf %s "$value" >"$secrets/config-value"
run_hook elder post_poweron --deadline 30000
ended elder PARTIAL "a topic with a config that the broker does not know is restored without it"
says elder "which names the config" '[.ledger[].reason] | any(test("does not take config max.decompressed.message.bytes"))'
run_hook elder pre_poweroff --deadline 30000
run_kcb elder backup -v
run_kcb elder power-off -v

# ---- what came out ---------------------------------------------------------------------------------------------------

mkdir "$tmp/trial"
printf 'x %s y' "$(printf 'ab%s' "$password" | base64)" >"$tmp/trial/password"
printf 'x %s y' "$(sed 's/.*://' "$keys/identity" | cut -c 5-30)" >"$tmp/trial/key"
same "the search finds a password in base64, and a part of a key" "2" "$(found_in "$tmp/trial" | wc -l)"
logs=$(cat "$said"/*.log | wc -l)
enough() { [ "$runs" -gt 100 ] && [ "$logs" -gt 500 ] && grep -q "^<7>" "$said"/*.log && grep -q "^step capture" "$said"/*.log; }
check "there is something to search: of $runs runs, $logs lines, the most talkative ones too" enough
same "no secret in a log line, a report, a message or progress, nor in the last report kept of each run" "" "$(found_in "$said")"
same "none in the folders that keep the last report" "" \
  "$(found_in "$(service_dir main)/state" "$(service_dir bad)/state" "$(service_dir elder)/state")"
check "which do keep one" test -s "$(service_dir main)/state/last-report.json"
same "none in the store, in names or in bytes" "" "$(found_in "$(dirname "$(store_dir main)")")"
check "which holds snapshots" test "$(count_of main s)" -ge 3
same "none in the command line or the environment" "" "$(found_in "$tmp/process")"
finish
