# shellcheck shell=sh disable=SC2154  # tmp, live and bootstrap are lib.sh's
# tests/live/clouds.sh: servers that speak as Azure and Google do, services that keep their snapshots there, and the story that
# each of them has to tell; after lib.sh and service.sh.
#
#   need_azure; azure_start; azure PUT /backups 'restype=container'
#   in_container orders backups                the service orders has its store there, with the account's key
#   azure_sas backups rl 3600                  prints a SAS of a container, good for an hour
#   need_gcs; gcs_start; gcs_bucket backups; tokens_start; in_gcs orders backups
#   tell_tokens '{"do": "be", "lies": {...}}'  to what gives tokens: tests/fake/clouds.py
#
# A test says how to see what is kept: `stored` prints every object with its sum, `objects_of s|c|a|x` one folder's names.
azure_account=devstoreaccount1 # Azurite's, whose key is published
azure_key=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==
hour=3600000

need_server() { "$live/cloud_server" "$1" has || skip_all "$1 is not here: packaging/setup installs it where there is $2"; }
free_port() { python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
listens() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$1" 2>/dev/null; }
# NAME. Azurite writes what it knows of its blobs when it ends, and else only every few seconds.
stop_server() {
  kill -TERM "$(cat "$tmp/$1.pid")" 2>/dev/null
  eventually 20 server_is_gone "$1" || kill -KILL "$(cat "$tmp/$1.pid")" 2>/dev/null
  rm -f "$tmp/$1.pid"
}
server_is_gone() { ! kill -0 "$(cat "$tmp/$1.pid")" 2>/dev/null; }

# ---- Azure ---------------------------------------------------------------------------------------------------------

need_azure() { need_server azurite npm; }
azure_start() { # [OPTION..]: on a port of its own; a second call starts it again on the same data
  mkdir -p "$tmp/azure"
  azure_port=${azure_port:-$(free_port)}
  node "$("$live/cloud_server" azurite path)" --silent --disableTelemetry --blobHost 127.0.0.1 --blobPort "$azure_port" \
    --location "$tmp/azure" "$@" >"$tmp/azure.log" 2>&1 </dev/null 8>&- 9>&- &
  echo $! >"$tmp/azure.pid"
  must eventually 60 listens "$azure_port"
}
azure_url() { echo "${azure_scheme:-http}://127.0.0.1:$azure_port/$azure_account"; }

# METHOD PATH [QUERY [FILE]]: signed with the account's key; prints the answer, fails unless it is 2xx.
azure() {
  AZURE_URL=$(azure_url) AZURE_KEY=$azure_key python3 - "$@" <<'PYTHON'
import base64, email.utils, hashlib, hmac, http.client, os, ssl, sys, urllib.parse
method, path, query = (sys.argv[1:] + ["", ""])[:3]
body = open(sys.argv[4], "rb").read() if len(sys.argv) > 4 else b""
url = urllib.parse.urlsplit(os.environ["AZURE_URL"])
account, path = url.path[1:], url.path + path
fields = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2019-12-12"}
if body:
    fields["x-ms-blob-type"] = "BlockBlob"
headers = "".join(f"{n}:{fields[n]}\n" for n in sorted(fields))
pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
text = method + "\n\n\n" + (str(len(body)) if body else "") + "\n" * 9 + headers + f"/{account}{path}" + "".join(f"\n{n}:{v}" for n, v in pairs)
mac = hmac.new(base64.b64decode(os.environ["AZURE_KEY"]), text.encode(), hashlib.sha256).digest()
fields["Authorization"] = f"SharedKey {account}:" + base64.b64encode(mac).decode()
fields["Content-Length"] = str(len(body))
c = http.client.HTTPConnection(url.hostname, url.port, timeout=20) if url.scheme == "http" else http.client.HTTPSConnection(
    url.hostname, url.port, timeout=20, context=ssl._create_unverified_context())
c.request(method, path + ("?" + query if query else ""), body, fields)
answer = c.getresponse()
sys.stdout.buffer.write(answer.read())
sys.exit(0 if answer.status // 100 == 2 else 1)
PYTHON
}
azure_list() { # CONTAINER [PREFIX]: "NAME MD5" of every object
  azure GET "/$1" "comp=list&prefix=${2:-}&restype=container" |
    python3 -c 'import re, sys; print("\n".join(" ".join(m) for m in re.findall("<Name>([^<]*)</Name>.*?<Content-MD5>([^<]*)<", sys.stdin.read())))'
}
azure_sas() { # CONTAINER PERMISSIONS SECONDS
  AZURE_KEY=$azure_key python3 - "$azure_account" "$@" <<'PYTHON'
import base64, hashlib, hmac, os, sys, time, urllib.parse
account, container, permissions, seconds = sys.argv[1:]
end, version = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + int(seconds))), "2020-12-06"
text = "\n".join([permissions, "", end, f"/blob/{account}/{container}", "", "", "", version, "c"] + [""] * 7)
mac = base64.b64encode(hmac.new(base64.b64decode(os.environ["AZURE_KEY"]), text.encode(), hashlib.sha256).digest()).decode()
print(urllib.parse.urlencode({"sv": version, "se": end, "sr": "c", "sp": permissions, "sig": mac}))
PYTHON
}
in_container() { # SERVICE CONTAINER: with the prefix "kafka/backups"
  printf '%s\n' "$azure_key" >"$(service_dir "$1")/account-key"
  configure "$1" '.store = {type: "azure", account: "'"$azure_account"'", container: "'"$2"'", prefix: "kafka/backups",
    endpoint: "'"$(azure_url)"'", credentials: {source: "shared_key", account_key: {file: "'"$(service_dir "$1")/account-key"'"}}}'
}

# ---- Google --------------------------------------------------------------------------------------------------------

need_gcs() { need_server fake-gcs-server go; }
gcs_start() {
  mkdir -p "$tmp/gcs"
  gcs_port=${gcs_port:-$(free_port)}
  "$("$live/cloud_server" fake-gcs-server path)" -backend filesystem -filesystem-root "$tmp/gcs" -scheme http -host 127.0.0.1 \
    -port "$gcs_port" >"$tmp/gcs.log" 2>&1 </dev/null 8>&- 9>&- &
  echo $! >"$tmp/gcs.pid"
  must eventually 30 listens "$gcs_port"
}
gcs_url() { echo "http://127.0.0.1:$gcs_port"; }
gcs() { curl -sSf -m 20 "$@"; }
gcs_bucket() { must gcs -X POST -H 'Content-Type: application/json' -d '{"name": "'"$1"'"}' "$(gcs_url)/storage/v1/b"; }
gcs_list() { # BUCKET [PREFIX]: "NAME MD5" of every object
  gcs "$(gcs_url)/storage/v1/b/$1/o?prefix=${2:-}" | jq -r '.items[]? | "\(.name) \(.md5Hash)"'
}

# ---- what gives tokens ---------------------------------------------------------------------------------------------

tokens_start() {
  rm -f "$tmp/tokens.in" "$tmp/tokens.out"
  mkfifo "$tmp/tokens.in" "$tmp/tokens.out" || exit 1
  python3 "$live/../fake/clouds.py" <"$tmp/tokens.in" >"$tmp/tokens.out" 2>"$tmp/tokens.log" 8>&- 9>&- &
  echo $! >"$tmp/tokens.pid"
  exec 6>"$tmp/tokens.in" 7<"$tmp/tokens.out"
  read -r tokens_port <&7
}
tokens_url() { echo "http://127.0.0.1:$tokens_port"; }
tell_tokens() { echo "$1" >&6; read -r tokens_answer <&7; echo "$tokens_answer"; }

# The whole container as it is now, in $tmp/state.NAME; and as it was then.
azure_keep() { # CONTAINER NAME
  rm -rf "$tmp/state.$2"
  mkdir "$tmp/state.$2"
  azure_list "$1" >"$tmp/azure.names"
  while read -r azure_name _; do must azure GET "/$1/$azure_name"; cp "$tmp/.must" "$tmp/state.$2/$(echo "$azure_name" | tr / ,)"; done <"$tmp/azure.names"
}
azure_put_back() { # CONTAINER NAME
  azure_list "$1" >"$tmp/azure.names"
  while read -r azure_name _; do must azure DELETE "/$1/$azure_name"; done <"$tmp/azure.names"
  for azure_file in "$tmp/state.$2"/*; do must azure PUT "/$1/$(basename "$azure_file" | tr , /)" '' "$azure_file"; done
}

# ---- the story: $where is "container" or "bucket" --------------------------------------------------------------------

topics() { told list | sort; }
lose_disks() {
  dismiss_witness
  must cluster one wipe
  must cluster one format
  must cluster one start
  witness one
}

power_cycle() { # of the service orders on cluster one, whose store is configured
  printf 'debezium.a\t1\t1\nb\t4\t1\tretention.ms=86400000\nc\t2\t1\n' | LC_ALL=C sort >"$tmp/topics"
  must told create "$tmp/topics"
  must told wait 3
  ends orders OK "check finds the $where good" check
  says orders "it honours conditions and sums, and its lists are in order" '[.ledger[] | select(.name == "store")] == []'
  same "and check has left nothing behind" "" "$(stored)"
  ends orders OK "the final backup is taken" pre_poweroff
  says orders "and is the first snapshot" '[.snapshot | .epoch, .sequence, .written] == [1, 1, true]'
  lose_disks
  ends orders VETO "the empty cluster is not backed up" pre_poweroff
  ends orders OK "power-on restores from the $where" post_poweron
  topics >"$tmp/restored"
  same_files "the same topics are there" "$tmp/topics" "$tmp/restored"
  check "kcb lists what is in the $where" kcb orders list --long
  check "and verifies all of it" kcb orders verify --all
  ends orders OK "a periodic run finds everything unchanged" periodic --wall-ahead $((3 * hour + 1000))
  says orders "and stores nothing" '.message | startswith("unchanged")'
  cp "$(config_file orders)" "$tmp/good.json"
}

# WHAT STATUS WORDS JQ: every hook says so, and nothing changes in the store
bad() {
  stored >"$tmp/before"
  configure orders "$4"
  ends orders "$2" "$1: a periodic backup says so" periodic --params '{"now":true}' --deadline 20000
  says orders "$1: in words" '.message | test("'"$3"'")'
  report orders . >>"$tmp/said"
  ends orders VETO "$1: power-off is vetoed" pre_poweroff --deadline 20000
  ends orders "$2" "$1: and check says so too" check --deadline 20000
  report orders . >>"$tmp/said"
  cp "$tmp/good.json" "$(config_file orders)"
  stored >"$tmp/after"
  same_files "$1: the $where is as it was" "$tmp/before" "$tmp/after"
}

# A store that has less than it had (R12). `keep_state NAME` keeps all of it, `put_state NAME` makes it so again, and
# `replace_newest STATE` puts the newest object of that state in the place of the newest of now.
rolled_back() {
  keep_state old
  printf 'd\t1\t1\n' >"$tmp/more"
  must told create "$tmp/more"
  must told wait 4
  ends orders OK "a backup is taken, and its anchor kept by the manager" periodic --params '{"now":true}'
  report orders '{anchor: .anchor} | tojson' >"$tmp/anchored"
  anchored=$(cat "$tmp/anchored")
  topics >"$tmp/with-d"
  keep_state new
  put_state old
  stored >"$tmp/before"
  ends orders NEEDS_OPERATOR "all of the $where replaced by an older state: a periodic run needs an operator" periodic --params "$anchored"
  says orders "since the store was rolled back" '.guard == "rolled back"'
  ends orders VETO "power-off is vetoed" pre_poweroff --params "$anchored"
  lose_disks
  ends orders NEEDS_OPERATOR "and nothing is restored into new disks" post_poweron --params "$anchored"
  says orders "it says why" '.guard == "rolled back" and (.message | test("bring the missing snapshots back"))'
  same "they are still empty" "" "$(topics)"
  stored >"$tmp/after"
  same_files "and the $where is as it was" "$tmp/before" "$tmp/after"
  put_state new
  ends orders OK "with the state back the newest is restored" post_poweron --params "$anchored"
  topics >"$tmp/restored"
  same_files "all of it" "$tmp/with-d" "$tmp/restored"
  cp "$tmp/with-d" "$tmp/topics"
  an_older_one_in_its_place
}

an_older_one_in_its_place() { # of the newest; the bytes are genuine, and signed by us
  anchored=$(report orders '{anchor: .anchor} | tojson')
  keep_state new
  replaced=s/$(objects_of s | head -n 1)
  replace_newest old
  stored >"$tmp/before"
  ends orders NEEDS_OPERATOR "an older snapshot under the newest one's name: a periodic run needs an operator" periodic --params "$anchored"
  says orders "the object is named, and what it is" '[.ledger[] | select(.name == "'"$replaced"'").reason | test("renamed")] == [true]'
  ends orders VETO "power-off is vetoed" pre_poweroff --params "$anchored"
  ends orders NEEDS_OPERATOR "power-on refuses" post_poweron --params "$anchored"
  kcb orders verify newest >"$tmp/verified" 2>&1
  same "kcb verify newest passes over it, and ends with 3" "3 1" "$? $(grep -c "^passed over  ${replaced#s/}: misplaced: " "$tmp/verified")"
  check "and proves the one behind it" grep -q '^ok ' "$tmp/verified"
  kcb orders list --long >"$tmp/listed" 2>&1
  same "kcb list --long shows it as misplaced, and ends with 3" "3 1" "$? $(grep -c '  misplaced: ' "$tmp/listed")"
  stored >"$tmp/after"
  same_files "and the $where is as it was" "$tmp/before" "$tmp/after"
  ends orders PARTIAL "without an anchor a backup is taken, and it is named" periodic --params '{"now":true}'
  says orders "as skipped" '[.ledger[] | select(.name == "'"$replaced"'").what] == ["skipped"] and .snapshot.written'
  put_state new
}

two_writers() {
  same_service second orders one scram-512 2>/dev/null || :
  jq '.store' "$(config_file orders)" >"$tmp/store.json"
  configure second ".store = $(jq -c . "$tmp/store.json")"
  before=$(objects_of s | wc -l)
  (hook second periodic --params '{"now":true}') &
  second_pid=$!
  hook orders periodic --params '{"now":true}'
  wait "$second_pid"
  if [ "$(report orders .status)" = OK ] || [ "$(report second .status)" = OK ]
  then pass "of two writers at once one at least is told that its backup is there"
  else fail "of two writers at once one at least is told that its backup is there"; diagnose_hook orders; diagnose_hook second; fi
  if [ "$(objects_of s | wc -l)" -gt "$before" ]; then pass "and it is"; else fail "and it is"; fi
  check "and every object in the $where is whole" kcb orders verify --all
}

kills() {
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
}

deleted_meanwhile() { # after the store was taken away
  ends orders CONFIG "a $where that was deleted meanwhile is no empty store" periodic --params '{"now":true}'
  ends orders CONFIG "nor at a power-on" post_poweron
  ends orders VETO "nor at a power-off" pre_poweroff
}

shows_no_secret() { # SECRET..: after all of it
  kcb orders check -v >>"$tmp/said" 2>&1
  kcb orders report --json >>"$tmp/said" 2>&1
  for secret in "$@"; do
    refuse "nothing that was said or kept holds $(printf '%.12s' "$secret" | tr -c 'A-Za-z0-9=\n' _)..." \
      grep -rqF -e "$secret" "$tmp/said" "$(service_dir orders)/report.json" "$(service_dir orders)/host.log" "$(service_dir orders)/state"
  done
}
