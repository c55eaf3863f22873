# shellcheck shell=sh disable=SC2154  # tmp and live are lib.sh's
# tests/live/service.sh: services to keep safe, and what a manager does to them; after lib.sh.
#
#   . "$(dirname "$0")/lib.sh"; . "$live/service.sh"
#   service a one scram-512            keys, store, state and configuration in $tmp/service.a, for the cluster one
#   same_service b a two plain         the same service (id, keys, store) as another manager sees it, on the cluster two
#   ends a OK "a backup is taken" periodic --params '{"now":true}'
#   says a "it is the second" '.snapshot.sequence == 2'
#
# A hook is run by the tests' own host (host.c), whose options follow the hook's name; `kcb NAME ..` runs the command
# as a person would.  The report is in $tmp/service.NAME/report.json, what the host said in host.log beside it;
# all that was ever said is in said.
# It uses $BUILD, the build tree (default: build/ in the source tree), and $PLUGIN.
: "${BUILD:=$(dirname "$(dirname "$live")")/build}"
: "${PLUGIN:=$BUILD/.libs/kafka_config_backup.so}"
if [ ! -x "$BUILD/tests/live/host" ] || [ ! -x "$BUILD/kcb" ] || [ ! -f "$PLUGIN" ]; then
  echo "Bail out! there is no kcb or no tests/live/host in $BUILD, or no plugin $PLUGIN: build first"
  exit 1
fi

# ---- a service -----------------------------------------------------------------------------------------------------

service_dir() { echo "$tmp/service.$1"; }
config_file() { echo "$tmp/service.$1/service.json"; }

# The kafka section that lets the plugin into a cluster: NAME plain|scram-256|scram-512|sasl-plain|mtls, $3 the folder
# for the password.  The password is a file, as it must be.
kafka_section() {
  section_tls=$(cluster_dir "$1")/tls
  case $2 in
  plain) set -- "$(bootstrap "$1" plain)" '{}' ;;
  scram-*)
    printf admin-secret >"$3/password"
    set -- "$(bootstrap "$1" sasl)" '{"security.protocol": "sasl_plaintext", "sasl.mechanism": "SCRAM-SHA-'"${2#scram-}"'",
      "sasl.username": "admin", "sasl.password": {"file": "'"$3"'/password"}}' ;;
  sasl-plain)
    printf plain-secret >"$3/password"
    set -- "$(bootstrap "$1" sasl)" '{"security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN",
      "sasl.username": "plain", "sasl.password": {"file": "'"$3"'/password"}}' ;;
  mtls)
    set -- "$(bootstrap "$1" mtls)" '{"security.protocol": "ssl", "ssl.ca.location": "'"$section_tls"'/ca.pem",
      "ssl.certificate.location": "'"$section_tls"'/kcb.pem", "ssl.key.location": "'"$section_tls"'/kcb.key"}' ;;
  esac
  jq -n --arg servers "$1" --argjson login "$2" '{"bootstrap.servers": $servers} + $login'
}

make_service() { # NAME ID CLUSTER LOGIN KEYS STORE
  made=$(service_dir "$1")
  mkdir -p "$made/state" "$5" "$6"
  [ -f "$5/identity" ] || "$BUILD/kcb" keygen "$5" || return 1
  kafka_section "$3" "$4" "$made" >"$made/kafka.json" || return 1
  jq -n --arg service "$2" --arg keys "$5" --arg store "$6" --slurpfile kafka "$made/kafka.json" \
    --rawfile identity "$5/identity.pub" --rawfile signing "$5/signing.pub" '{
      service: $service, kafka: $kafka[0], store: {type: "fs", path: $store},
      keys: {recipients: [$identity | rtrimstr("\n")], trusted_signers: [$signing | rtrimstr("\n")],
        signing_key: {file: ($keys + "/signing")}, identity: {file: ($keys + "/identity")}}}' >"$made/service.json"
}

service() { # NAME CLUSTER [LOGIN]: a new one, with keys and an empty store
  must make_service "$1" "$1" "$2" "${3:-plain}" "$tmp/service.$1/keys" "$tmp/service.$1/store"
}
same_service() { # NAME OTHER CLUSTER [LOGIN]: the service OTHER, on another cluster, or by another login
  must make_service "$1" "$(jq -r .service "$(config_file "$2")")" "$3" "${4:-plain}" \
    "$(dirname "$(jq -r .keys.identity.file "$(config_file "$2")")")" "$(jq -r .store.path "$(config_file "$2")")"
}
configure() { # NAME JQ: change the configuration
  must jq "$2" "$(config_file "$1")"
  cp "$tmp/.must" "$(config_file "$1")"
}

# ---- its store -----------------------------------------------------------------------------------------------------

store_dir() { echo "$(jq -r .store.path "$(config_file "$1")")/$(jq -r .service "$(config_file "$1")")"; }
objects() { # NAME s|c|a|x: the names in one folder of the store, newest first
  if [ -d "$(store_dir "$1")/$2" ]; then (cd "$(store_dir "$1")/$2" && LC_ALL=C ls); fi
}
count_of() { objects "$1" "$2" | wc -l; }

# ---- hooks ---------------------------------------------------------------------------------------------------------

# NAME HOOK [OPTION of host..]: run it; its exit is the host's, 137 if it killed itself. $hook_as: a command to run it by.
hook_as=
hook() {
  hook_folder=$(service_dir "$1") hook_name=$2; shift 2
  # shellcheck disable=SC2086  # a command and its options
  $hook_as "$BUILD/tests/live/host" "$PLUGIN" "$hook_folder/service.json" "$hook_name" --state-dir "$hook_folder/state" "$@" \
    >"$hook_folder/report.json" 2>"$hook_folder/host.log" </dev/null
  hook_status=$?
  cat "$hook_folder/report.json" "$hook_folder/host.log" >>"$hook_folder/said"
  return $hook_status
}

# The same in two parts: the hook waits at a step until it is let go on.
hook_until() { # NAME STEP HOOK [OPTION..]
  until_name=$1 until_step=$2; shift 2
  until_folder=$(service_dir "$until_name") until_hook=$1; shift
  rm -f "$until_folder/go" "$until_folder/host.log"
  # What holds the host's standard input open ends when told to; so nothing else inherits an end of the pipe.
  until [ -e "$until_folder/go" ] || [ ! -d "$tmp" ]; do sleep 0.05; done |
    "$BUILD/tests/live/host" "$PLUGIN" "$until_folder/service.json" "$until_hook" --state-dir "$until_folder/state" \
      --stop-at "$until_step" "$@" >"$until_folder/report.json" 2>"$until_folder/host.log" &
  echo $! >"$tmp/until.$until_name.pid"
  eventually 60 at_step "$until_name" "$until_step"
}
at_step() { grep -qsxF "at $2" "$(service_dir "$1")/host.log"; }
let_go_on() { # NAME: and wait for its end
  touch "$(service_dir "$1")/go"
  wait "$(cat "$tmp/until.$1.pid")"
  let_go_on_status=$?
  rm -f "$tmp/until.$1.pid"
  return $let_go_on_status
}

# COMMAND as params of the hook command: `command_params restore '{"snapshot":"ab12cd34"}'`
command_params() { jq -nc --arg command "$1" --argjson more "${2:-{\}}" '{command: $command} + $more'; }
ask() { # NAME COMMAND [JSON of its arguments [OPTION of host..]]
  ask_of=$1 ask_params=$(command_params "$2" "${3:-}"); shift 2
  [ $# -eq 0 ] || shift
  hook "$ask_of" command --params "$ask_params" "$@"
}
kcb() { # NAME ARG..: the command, as a person runs it
  kcb_of=$(service_dir "$1"); shift
  KCB_PLUGIN=$PLUGIN "$BUILD/kcb" --config "$kcb_of/service.json" --state-dir "$kcb_of/state" "$@"
}

# ---- what came of it -----------------------------------------------------------------------------------------------

report() { jq -r "$2" "$(service_dir "$1")/report.json"; } # NAME JQ
diagnose_hook() { # NAME
  note "message: $(report "$1" .message 2>&1)"
  report "$1" '.ledger[]? | "ledger: \(.kind)/\(.name): \(.what): \(.reason)"' 2>&1 | head -n 20 | diagnose
  tail -n 5 "$(service_dir "$1")/host.log" | diagnose
}
ended() { # NAME STATUS SENTENCE: the hook that ran last has ended so
  if [ "$(report "$1" .status 2>&1)" = "$2" ]; then pass "$3"; return 0; fi
  fail "$3" "expected $2, is $(report "$1" .status 2>&1)"
  diagnose_hook "$1"
  return 1
}
ends() { # NAME STATUS SENTENCE HOOK [OPTION..]
  ends_name=$1 ends_status=$2 ends_sentence=$3; shift 3
  hook "$ends_name" "$@"
  ended "$ends_name" "$ends_status" "$ends_sentence"
}
says() { # NAME SENTENCE JQ: the report of the hook that ran last makes the expression true
  if [ "$(report "$1" "$3" 2>&1)" = true ]; then pass "$2"; return 0; fi
  fail "$2" "not true of the report: $3" "it is: $(report "$1" "$3" 2>&1 | head -c 300)"
  diagnose_hook "$1"
  return 1
}
