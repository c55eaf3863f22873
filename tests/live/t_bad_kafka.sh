#!/bin/sh
# Proves what a Kafka that is wrong, closed, silent, slow or dead gets: the kind is unreachable with a reason that helps,
# power-off is vetoed, nothing is published, and the snapshot from before is what is restored afterwards.
# shellcheck disable=SC2317  # functions that check and eventually call
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
version=${LIVE_VERSION:-4.4.0}
need_kafka "$version"

now_ms() { date +%s%3N; }
timed() { timed_began=$(now_ms); "$@"; timed_status=$?; took_ms=$(($(now_ms) - timed_began)); return $timed_status; }
within() { # MS SENTENCE: what was timed took no longer
  if [ "$took_ms" -le "$1" ]; then pass "$2"; else fail "$2" "it took $took_ms ms, more than $1"; fi
}
stored() { (cd "$(store_dir good)" && find . -type f | sort); }
nothing_published() { same "$1: nothing is published" "$published" "$(stored)"; }

# NAME WHAT REASON: the hook that ran last could not read the topics, and says in its reason and message why.
is_unreachable() {
  says "$1" "$2: the kind topic is unreachable" '.kinds.topic.state == "unreachable"'
  says "$1" "$2: the reason says why and what to do" "(.kinds.topic.reason | test(\"$3\")) and (.message | test(\"$3\"))"
}
# NAME WHAT REASON MS [OPTION..]: power-off is vetoed within MS milliseconds
vetoes() {
  vetoes_name=$1 what=$2 reason=$3 most_ms=$4; shift 4
  timed ends "$vetoes_name" VETO "$what: power-off is vetoed" pre_poweroff "$@"
  within "$most_ms" "$what: within $most_ms ms"
  is_unreachable "$vetoes_name" "$what" "$reason"
  says "$vetoes_name" "$what: the veto names FORCE as a way out" '.message | test("FORCE")'
}
forced() { # NAME WHAT [OPTION..]
  forced_name=$1 what=$2; shift 2
  ends "$forced_name" PARTIAL "$what: FORCE lets the power be cut, and says PARTIAL" pre_poweroff --force "$@"
  says "$forced_name" "$what: and that there is no final backup" '.message | test("without a final backup")'
}
login_as() { # NAME USER PASSWORD: changes the service's login
  printf '%s' "$3" >"$(service_dir "$1")/password"
  configure "$1" '.kafka["sasl.username"] = "'"$2"'"'
}

# ---- a cluster with users of few rights, and one good snapshot -------------------------------------------------------

must cluster one make
scram() { echo "SCRAM-SHA-512=[name=$1,password=$1-secret,iterations=4096]"; }
must cluster one format --add-scram "$(scram blind)" --add-scram "$(scram half)" --add-scram "$(scram most)"
must cluster one start
printf 'a\t1\t1\nb\t2\t1\tretention.ms=86400000\npay\t3\t1\tcleanup.policy=compact\nz\t1\t1\n' >"$tmp/topics"
must lab one create "$tmp/topics"
must lab one wait 4
must kafka_acls one --add --allow-principal User:half --operation Describe --operation DescribeConfigs --topic a
must kafka_acls one --add --allow-principal User:most --operation Describe --operation DescribeConfigs --topic '*'
must kafka_acls one --add --deny-principal User:most --operation Describe --topic pay
lab one list | sort >"$tmp/expected"

service good one scram-512
ends good OK "a first backup is taken" pre_poweroff
published=$(stored)

# ---- nobody there ----------------------------------------------------------------------------------------------------

same_service wrong good one
configure wrong '.kafka["bootstrap.servers"] = "127.0.0.1:1"'
vetoes wrong "wrong address" "127.0.0.1:1.*refused.*bootstrap.servers" 4000 --deadline 2000
forced wrong "wrong address" --deadline 1000
hook wrong periodic --deadline 3000 --params '{"now":true}'
says wrong "wrong address: a periodic backup is worth another try" '.status == "AGAIN" or .status == "DEADLINE"'
is_unreachable wrong "wrong address, periodic" "refused"
nothing_published "wrong address"
ends wrong AGAIN "wrong address: power-on waits until its deadline" post_poweron --deadline 3000
says wrong "wrong address: power-on says what it waited for" '.message | test("127.0.0.1:1.*refused.*bootstrap.servers")'

configure wrong '.kafka["bootstrap.servers"] = "no-such-host.invalid:9092"'
vetoes wrong "wrong name" "no-such-host.invalid.*resolve.*bootstrap.servers" 4000 --deadline 2000

# ---- not let in ------------------------------------------------------------------------------------------------------

same_service stranger good one scram-512
printf wrong >"$(service_dir stranger)/password"
vetoes stranger "wrong password" "[Aa]uthentication failed.*sasl.password" 5000
says stranger "wrong password: no word of a time-out" '[.message, .kinds.topic.reason] | any(test("[Tt]imed? ?out")) | not'
forced stranger "wrong password"
timed ends stranger CONFIG "wrong password: periodic says that the configuration must change" periodic --params '{"now":true}'
within 5000 "wrong password: within 5 s"
timed ends stranger CONFIG "wrong password: power-on does not wait for its deadline" post_poweron --deadline 30000
within 5000 "wrong password: at power-on too"
nothing_published "wrong password"

# ---- let in, and shown nothing, or not all ---------------------------------------------------------------------------

login_as stranger blind blind-secret
vetoes stranger "no permission" "grant Describe and DescribeConfigs on" 5000
forced stranger "no permission"
ends stranger CONFIG "no permission: periodic says that the configuration must change" periodic --params '{"now":true}'
ends stranger CONFIG "no permission: check says so" check
is_unreachable stranger "no permission, check" "grant Describe"

login_as stranger half half-secret
vetoes stranger "some topics only" "grant Describe" 5000
nothing_published "no or few permissions"

login_as stranger most most-secret
vetoes stranger "a topic hidden by DENY" "topic pay is hidden.*DENY.*grant" 5000
forced stranger "a topic hidden by DENY"
ends stranger CONFIG "a topic hidden by DENY: periodic says that the configuration must change" periodic --params '{"now":true}'
nothing_published "a topic hidden by DENY"

# ---- there, and silent -----------------------------------------------------------------------------------------------

listener() { # accepts, and never answers; ends with the test
  exec python3 - "$tmp/silent.port" <<'PYTHON'
import os, socket, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(100)
open(sys.argv[1] + ".new", "w").write(str(s.getsockname()[1])); os.rename(sys.argv[1] + ".new", sys.argv[1])
kept = []
while True: kept.append(s.accept())
PYTHON
}
listener & echo $! >"$tmp/silent.pid"
must eventually 10 test -s "$tmp/silent.port"
silent=127.0.0.1:$(cat "$tmp/silent.port")
configure wrong '.kafka["bootstrap.servers"] = "'"$silent"'"'
vetoes wrong "a broker that never answers" "$silent" 5000 --deadline 3000
forced wrong "a broker that never answers" --deadline 1000
for hook in periodic post_poweron check; do
  timed hook wrong $hook --deadline 2500
  within 4500 "a broker that never answers: $hook keeps its deadline"
  says wrong "a broker that never answers: $hook says that it is not done" '.status == "AGAIN" or .status == "DEADLINE"'
  is_unreachable wrong "a broker that never answers, $hook" "$silent"
  says wrong "a broker that never answers: $hook says once that its time is over" \
    '[.message | match("the deadline has passed"; "g")] | length < 2'
done
timed ends wrong CANCELLED "a broker that never answers: cancel ends the wait" pre_poweroff --cancel-at "reach Kafka"
within 2000 "a broker that never answers: and soon"
nothing_published "a broker that never answers"

# ---- slow, or dead in the middle -------------------------------------------------------------------------------------

broker() { cat "$(cluster_dir one)/1/pid"; }
must hook_until good capture pre_poweroff
kill -STOP "$(broker)"
(sleep 2; kill -CONT "$(broker)") &
let_go_on good
ended good OK "a broker that stands still for 2 s in mid-capture is waited for"
published=$(stored)

must hook_until good capture pre_poweroff --deadline 4000
kill -STOP "$(broker)"
timed let_go_on good
ended good VETO "a broker that stands still longer than the deadline: power-off is vetoed"
within 6000 "a broker that stands still: the deadline is kept"
is_unreachable good "a broker that stands still" "bootstrap.servers"
kill -CONT "$(broker)"

must hook_until good "load the newest" pre_poweroff --cancel-at capture
kill -STOP "$(broker)"
timed let_go_on good
ended good CANCELLED "cancel ends a capture from a broker that stands still"
within 2000 "and soon"
kill -CONT "$(broker)"

must hook_until good capture pre_poweroff --deadline 6000
kill -STOP "$(broker)"
(sleep 1; kill -KILL "$(broker)") &
timed let_go_on good
ended good VETO "a broker killed in mid-capture: power-off is vetoed"
within 8000 "a broker killed in mid-capture: the deadline is kept"
is_unreachable good "a broker killed in mid-capture" "bootstrap.servers"
nothing_published "a broker that stands still, or dies"

# ---- and what is restored then ---------------------------------------------------------------------------------------

must cluster one wipe
must cluster one format
must cluster one start
ends good OK "after all that the disks are lost, and a power-on restores the good snapshot" post_poweron
lab one list | sort >"$tmp/restored"
same_files "with the topics that were there at first" "$tmp/expected" "$tmp/restored"
finish
