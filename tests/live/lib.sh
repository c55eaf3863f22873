# shellcheck shell=sh
# tests/live/lib.sh: what every live test begins with.
#
#   . "$(dirname "$0")/lib.sh"
#   cluster a make; cluster a format; cluster a start      LIVE_NODES=3 cluster b make ...
#   check "topics can be listed" kafka_topics a --list
#   finish
#
# It prints TAP: `ok N - sentence`, `not ok N - sentence` with diagnostics, `ok N - sentence # SKIP why`, and the plan at
# the end. $tmp is the test's own folder. Whatever way the test ends, its clusters are stopped and $tmp is removed;
# LIVE_KEEP=1 keeps the folder (not the processes) for a look at the logs.
set -u
umask 077
live=$(cd "$(dirname "$0")" && pwd)
while [ ! -x "$live/kafka" ] || [ ! -f "$live/lib.sh" ]; do # a test may lie in a folder below
  [ "$live" != / ] || { echo "Bail out! tests/live/kafka is not above $0"; exit 1; }
  live=$(dirname "$live")
done
tmp=$(mktemp -d "${TMPDIR:-/tmp}/kcb-live.XXXXXX") || exit 1
tests_run=0 tests_failed=0 finished=

# ---- results -------------------------------------------------------------------------------------------------------

pass() { tests_run=$((tests_run + 1)); echo "ok $tests_run - $1"; }
fail() { # $1 sentence, the rest: lines of diagnostics
  tests_run=$((tests_run + 1)) tests_failed=$((tests_failed + 1))
  echo "not ok $tests_run - $1"
  shift
  [ $# -eq 0 ] || printf '%s\n' "$@" | diagnose
}
skip() { tests_run=$((tests_run + 1)); echo "ok $tests_run - $1 # SKIP $2"; }
skip_all() { echo "1..0 # SKIP $1"; finished=yes; exit 0; }
diagnose() { sed 's/^/# /'; }
note() { printf '# %s\n' "$*"; }

check() { # $1 sentence, then a command that must succeed; what it printed is told only if it does not
  sentence=$1; shift
  if "$@" >"$tmp/.check" 2>&1; then pass "$sentence"; return 0; fi
  fail "$sentence" "command: $*"
  tail -n 30 "$tmp/.check" | diagnose
  return 1
}
refuse() { # $1 sentence, then a command that must fail
  sentence=$1; shift
  if ! "$@" >"$tmp/.check" 2>&1; then pass "$sentence"; return 0; fi
  fail "$sentence" "this succeeded: $*"
  tail -n 30 "$tmp/.check" | diagnose
  return 1
}
same() { # $1 sentence, $2 the expected text, $3 the text there is
  printf '%s\n' "$2" >"$tmp/.expected"
  printf '%s\n' "$3" >"$tmp/.actual"
  same_files "$1" "$tmp/.expected" "$tmp/.actual"
}
same_files() { # $1 sentence, $2 expected, $3 actual
  if diff -u "$2" "$3" >"$tmp/.check" 2>&1; then pass "$1"; return 0; fi
  fail "$1"
  head -n 40 "$tmp/.check" | diagnose
  return 1
}
eventually() { # $1 seconds, then a command: again and again until it succeeds, since a broker's view lags
  eventually_until=$(($(date +%s) + $1)); shift
  until "$@"; do
    [ "$(date +%s)" -lt "$eventually_until" ] || return 1
    sleep 0.2
  done
}
must() { # a step without which the rest makes no sense: ends the test when it fails
  "$@" >"$tmp/.must" 2>&1 && return
  fail "could be prepared: $*"
  tail -n 30 "$tmp/.must" | diagnose
  exit 1
}

finish() { # the last line of a test
  echo "1..$tests_run"
  finished=yes
  [ "$tests_failed" -eq 0 ] || exit 1
  exit 0
}

# ---- clusters ------------------------------------------------------------------------------------------------------

# cluster NAME COMMAND [ARG..]: any command of tests/live/kafka; the cluster's folder is $tmp/cluster.NAME.
cluster() {
  cluster_name=$1; shift
  LIVE_DIR=$tmp/cluster.$cluster_name "$live/kafka" "$@"
}
cluster_dir() { echo "$tmp/cluster.$1"; }
new_cluster() { must cluster "$1" make; must cluster "$1" format; must cluster "$1" start; } # from nothing to running

# A Connect worker beside cluster NAME: `worker NAME start`, `stop`, `kill`, `url`; it outlives `cluster NAME wipe`.
worker() { # NAME start|stop|kill|url
  case $2 in start) cluster "$1" connect ;; *) cluster "$1" "connect-$2" ;; esac
}
connectors() { # NAME METHOD PATH [JSON]: its REST interface; fails unless the answer is 2xx, prints it
  curl -sS -m 60 -X "$2" ${4:+-H 'Content-Type: application/json' -d "$4"} -o "$tmp/.answer" -w '%{http_code}\n' \
    "$(worker "$1" url)$3" >"$tmp/.status" || return 1
  cat "$tmp/.answer"
  grep -q '^2' "$tmp/.status"
}
connector_state() { connectors "$1" GET "/connectors/$2/status" | jq -r .connector.state; } # NAME CONNECTOR

bootstrap() { cluster "$1" bootstrap "${2:-plain}"; }       # NAME [plain|sasl|mtls]
client_file() { cluster "$1" client "$2"; }                 # NAME plain|scram-256|scram-512|sasl-plain|mtls
need_kafka() { # VERSION..: skips the whole test where the jars are not there
  for needed in "${LIVE_TOOLS_VERSION:-4.3.1}" "$@"; do
    "$live/kafka" has "$needed" || skip_all "Kafka $needed is not here: packaging/setup --kafka $needed"
  done
}

# Kafka's own tools on cluster NAME; without --command-config they come as ANONYMOUS, a super user.
kafka_tool() { # NAME CLASS ARG..
  tool_on=$1 tool_class=$2; shift 2
  "$live/kafka" tool "$tool_class" --bootstrap-server "$(bootstrap "$tool_on")" "$@"
}
kafka_topics() { topics_of=$1; shift; kafka_tool "$topics_of" org.apache.kafka.tools.TopicCommand "$@"; }
kafka_configs() { configs_of=$1; shift; kafka_tool "$configs_of" kafka.admin.ConfigCommand "$@"; }
kafka_acls() { acls_of=$1; shift; kafka_tool "$acls_of" org.apache.kafka.tools.AclCommand "$@"; }
lab() { # NAME COMMAND ARG..: tests/live/Lab.java on cluster NAME
  lab_on=$1 lab_command=$2; shift 2
  "$live/kafka" lab "$lab_command" "$(bootstrap "$lab_on")" "$@"
}

# One start of Java for many questions: `witness NAME`, then `told COMMAND ARG..` answers like `lab NAME COMMAND ARG..`.
# It holds the descriptors 8 and 9, which nothing that lives longer than the test may inherit.
witness() {
  rm -f "$tmp/witness.in" "$tmp/witness.out"
  mkfifo "$tmp/witness.in" "$tmp/witness.out" || exit 1
  lab "$1" serve <"$tmp/witness.in" >"$tmp/witness.out" 2>"$tmp/witness.log" &
  exec 8>"$tmp/witness.in" 9<"$tmp/witness.out"
}
told() { # fails when the command does, or when nobody answers
  printf '%s' "$1" >&8; shift
  for word in "$@"; do printf '\t%s' "$word" >&8; done
  echo >&8
  told_status=0
  while IFS= read -r answer <&9; do
    case $answer in .) return $told_status ;; '! '*) echo "$answer" >&2; told_status=1 ;; *) printf '%s\n' "$answer" ;; esac
  done
  cat "$tmp/witness.log" >&2
  return 1
}
dismiss_witness() { exec 8>&- 9<&-; }

# ---- the end -------------------------------------------------------------------------------------------------------

clean_up() {
  [ -n "$finished" ] || { fail "the test ran to its end"; echo "1..$tests_run"; }
  for folder in "$tmp"/cluster.*; do
    [ ! -f "$folder/settings" ] || LIVE_DIR=$folder "$live/kafka" connect-kill
    [ ! -f "$folder/settings" ] || LIVE_DIR=$folder "$live/kafka" kill
  done
  for pid_file in "$tmp"/*.pid; do # other servers of the test: it writes their pids to $tmp/NAME.pid
    [ ! -f "$pid_file" ] || kill -KILL "$(cat "$pid_file")" 2>/dev/null
  done
  if [ -n "${LIVE_KEEP:-}" ]; then note "kept: $tmp"; else rm -rf "$tmp"; fi
}
at_exit() {
  status=$?
  trap '' INT TERM HUP
  clean_up
  [ -n "$finished" ] || [ "$status" -ne 0 ] || status=1
  exit "$status"
}
trap at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
