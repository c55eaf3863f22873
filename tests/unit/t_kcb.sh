#!/bin/sh
# t_kcb.sh - kcb against a plugin that does as a script says (tests/fake/plugin.c).  Run in the build directory, or with
# BUILD naming it.
[ "${T_KCB_BOUNDED-}" = yes ] || T_KCB_BOUNDED=yes exec timeout 300 "${SHELL:-/bin/sh}" "$0" "$@"

KCB=${BUILD:-$PWD}/kcb
FAKE_PLUGIN=${BUILD:-$PWD}/tests/fake/.libs/plugin.so
dir=$(mktemp -d /tmp/t_kcb.XXXXXX)
trap 'rm -rf "$dir"' EXIT
unset KCB_CONFIG
export KCB_PLUGIN="$FAKE_PLUGIN" FAKE_SCRIPT="$dir/script" FAKE_CALLS="$dir/calls"
tests=0 failed=0

# ---- helpers ----

# test NAME: run the function of that name, whose words are the sentence
t() {
	tests=$((tests + 1))
	rm -rf "$dir"/*
	echo '{"service":"orders"}' >"$dir/service.json"
	( set -e; "$1" ) >"$dir.log" 2>&1
	if [ $? = 0 ]; then
		echo "ok $tests - $(echo "$1" | tr _ ' ')"
	else
		echo "not ok $tests - $(echo "$1" | tr _ ' ')"
		sed 's/^/# /' "$dir.log"
		failed=$((failed + 1))
	fi
	rm -f "$dir.log"
}

script() { echo "[$1]" >"$dir/script"; }

# kcb with the fake's service: what it says goes to out and err, how it ends to $code
kcb() {
	code=0
	"$KCB" -c "$dir/service.json" --state-dir "$dir/state" "$@" >"$dir/out" 2>"$dir/err" || code=$?
}

bad() { echo "$@"; echo "--- out"; cat "$dir/out"; echo "--- err"; cat "$dir/err"; return 1; }
code_is() { [ "$code" = "$1" ] || bad "exit code $code, not $1"; }
out_has() { grep -qF -- "$1" "$dir/out" || bad "out lacks: $1"; }
out_lacks() { ! grep -qF -- "$1" "$dir/out" || bad "out has: $1"; }
err_has() { grep -qF -- "$1" "$dir/err" || bad "err lacks: $1"; }
err_lacks() { ! grep -qF -- "$1" "$dir/err" || bad "err has: $1"; }
out_is() { printf '%s\n' "$1" | cmp -s - "$dir/out" || bad "out is not: $1"; }
err_is() { printf '%s\n' "$1" | cmp -s - "$dir/err" || bad "err is not: $1"; }
out_is_empty() { [ ! -s "$dir/out" ] || bad "out is not empty"; }
err_is_empty() { [ ! -s "$dir/err" ] || bad "err is not empty"; }
called() { grep -qxF -- "$1" "$dir/calls" || { cat "$dir/calls"; bad "never called: $1"; }; }
begins() { grep -c '^begin' "$dir/calls" || :; }

# In the background, its calls readable from descriptor 3 as they come.  The shell has background jobs ignore SIGINT,
# which $heeded undoes.
heeded=INT,TERM
start() {
	mkfifo "$dir/pipe"
	exec 3<>"$dir/pipe"
	FAKE_CALLS="$dir/pipe" env --default-signal=$heeded "$KCB" -c "$dir/service.json" \
		--state-dir "$dir/state" "$@" >"$dir/out" 2>"$dir/err" &
	pid=$!
}

# Read calls until one that begins so.
await() {
	while read -r call <&3; do
		case $call in "$1"*) return 0 ;; esac
	done
	return 1
}

finish() {
	code=0
	wait "$pid" || code=$?
}

report='{"anchor":{"epoch":1,"hash":"00ff","sequence":4},"cluster":"abc","guard":"adopted","hook":"periodic","kinds":{"topic":{"age_ms":7200000,"count":3,"state":"captured","suspect":true},"user":{"count":0,"reason":"not authorised","state":"unreachable","suspect":false},"quota":{"count":0,"state":"unsupported","suspect":false},"schema":{"count":0,"state":"disabled","suspect":false},"connector":{"count":0,"state":"disabled","suspect":false}},"ledger":[{"kind":"topic","loss":false,"name":"a","reason":"as it was","what":"kept as found"},{"kind":"topic","loss":true,"name":"b","reason":"2 brokers","what":"lowered"}],"ledger_unnamed":5,"message":"inner","never_included":"topic records","phases":[{"ms":12,"name":"read keys"},{"ms":3,"name":"capture"}],"service":"orders","snapshot":{"created_at_ms":1700000000000,"epoch":1,"id":"0123456789abcdef0123456789abcdef","name":"n","sequence":4,"written":true},"status":"PARTIAL"}'

# ---- endings ----

each_status_has_its_exit_code() {
	while read -r status expected name; do
		script "{\"status\":$status,\"message\":\"because\"}"
		kcb check
		code_is "$expected"
		[ "$status" = 0 ] || [ "$status" = 1 ] || err_is "kcb: check: $name: because"
	done <<-END
	0 0 OK
	1 3 PARTIAL
	2 4 VETO
	3 5 AGAIN
	4 8 CANCELLED
	5 7 DEADLINE
	6 2 CONFIG
	7 9 UNSUPPORTED
	8 1 FAILED
	9 6 NEEDS_OPERATOR
	42 1 FAILED
	-1 1 FAILED
	END
}

a_hook_prints_its_report() {
	script "{\"status\":1,\"message\":\"m\",\"report\":$report}"
	kcb backup
	code_is 3
	err_is_empty
	cat >"$dir/expected" <<-'END'
	PARTIAL  inner
	service   orders
	cluster   abc
	guard     adopted
	snapshot  0123456789ab  1.4  2023-11-14T22:13:20Z  written now
	  topic: captured, 3, suspect, 2 h older than the newest snapshot
	  user: unreachable, 0: not authorised
	  unsupported: quota
	  disabled: schema, connector

	  lost  topic b: lowered: 2 brokers
	  note  topic a: kept as found: as it was
	  and 5 more
	took 15 ms: read keys 12
	never included: topic records
	END
	diff "$dir/expected" "$dir/out"
}

a_failed_hook_says_so_on_standard_error_and_reports_the_rest() {
	script "{\"status\":2,\"message\":\"user cannot be read\",\"report\":$report}"
	kcb power-off
	code_is 4
	err_is "kcb: power-off: VETO: user cannot be read"
	out_lacks "inner"
	out_has "  lost  topic b"
}

json_is_one_document_and_nothing_else() {
	script '{"status":9,"message":"m","log":["l"],"report":{"a":[1,2.5,"x\ny"],"message":"m"}}'
	kcb backup --json
	code_is 6
	out_is '{"a":[1,2.5,"x\u000ay"],"message":"m"}'
	err_is "kcb: backup: NEEDS_OPERATOR: m"
}

json_of_what_never_began_is_one_document_too() {
	kcb pre-start --disks lost --json
	code_is 9
	out_is '{"message":"the plugin fake 1 does not implement this hook","status":"UNSUPPORTED"}'
	err_is "kcb: pre-start: the plugin fake 1 does not implement this hook"
}

quiet_leaves_only_what_went_wrong() {
	script "{\"status\":0,\"message\":\"m\",\"report\":$report},{\"status\":1,\"message\":\"less\",\"report\":$report}"
	kcb -q backup
	code_is 0
	out_is_empty
	err_is_empty
	script "{\"status\":1,\"message\":\"less\",\"report\":$report}"
	kcb backup -q
	code_is 3
	out_is_empty
	err_is "kcb: backup: PARTIAL: less"
}

verbose_shows_the_log_escaped() {
	script '{"status":0,"message":"m","log":["one\u001b[2Jtwo\nthree"]}'
	kcb check
	err_lacks one
	kcb -v check
	err_is 'kcb: warning: one\u001b[2Jtwo\u000athree'
}

a_report_that_is_no_json_is_a_failure_that_hides_nothing() {
	for wrong in '"{"' '"[]"' '"{} {}"'; do
		script "{\"status\":0,\"message\":\"done\",\"report\":$wrong}"
		kcb backup
		code_is 1
		out_is_empty
		err_has "kcb: backup: OK: done: "
		script "{\"status\":6,\"message\":\"why\",\"report\":$wrong}"
		kcb backup
		code_is 2
		err_has "kcb: backup: CONFIG: why: "
	done
}

a_missing_report_is_a_failure() {
	script '{"status":0,"message":"done","no_report":true}'
	kcb check
	code_is 1
	err_has "kcb: check: OK: done: the plugin gave no report"
}

output_that_cannot_be_written_is_a_failure() {
	script "{\"status\":0,\"message\":\"m\",\"report\":$report}"
	code=0
	"$KCB" -c "$dir/service.json" --state-dir "$dir/state" check >/dev/full 2>"$dir/err" || code=$?
	code_is 1
	err_is "kcb: standard output cannot be written"
}

a_begin_that_is_refused_is_said() {
	script '{"refuse":7}'
	kcb power-on
	code_is 9
	err_is "kcb: power-on: the plugin fake 1 does not take the request: UNSUPPORTED"
}

# ---- requests ----

each_command_asks_for_what_was_said() {
	script '{"status":0,"message":"m"}'
	while IFS='|' read -r arguments expected; do
		rm -f "$dir/calls"
		eval "kcb $arguments"
		code_is 0
		called "begin $expected"
	done <<-'END'
	check|1 0 never {}
	backup|2 0 never {"now":true}
	backup --timeout 5|2 0 deadline {"now":true}
	power-off|4 0 never {}
	power-off --force|4 1 never {}
	power-on|8 0 never {}
	power-on --phase kafka --snapshot 01ab --dry-run|8 2 never {"phase":"kafka","snapshot":"01ab"}
	power-on --phase=services|8 0 never {"phase":"services"}
	show|32 0 never {"command":"show"}
	show 01ab --kind acl --name 'User:a b'|32 0 never {"command":"show","kind":"acl","name":"User:a b","snapshot":"01ab"}
	diff|32 0 never {"command":"diff"}
	diff 01ab|32 0 never {"command":"diff","from":"01ab"}
	diff 01ab live|32 0 never {"command":"diff","from":"01ab","to":"live"}
	list|32 0 never {"command":"list"}
	list --long|32 0 never {"command":"list","long":true}
	verify|32 0 never {"command":"verify"}
	verify 01ab|32 0 never {"command":"verify","snapshot":"01ab"}
	verify --all|32 0 never {"all":true,"command":"verify"}
	report|32 0 never {"command":"report"}
	restore|32 0 never {"command":"restore"}
	restore 01ab --kind topic --name o --into-used --dry-run|32 2 never {"command":"restore","into_used":true,"kind":"topic","name":"o","snapshot":"01ab"}
	adopt|32 0 never {"command":"adopt"}
	accept topic|32 0 never {"command":"accept","kind":"topic"}
	accept acl/a/b|32 0 never {"command":"accept","kind":"acl","name":"a/b"}
	accept -- topic/-x|32 0 never {"command":"accept","kind":"topic","name":"-x"}
	expire --dry-run|32 2 never {"command":"expire"}
	rewrap|32 0 never {"command":"rewrap"}
	END
}

a_timeout_is_a_deadline_on_the_hosts_clock() {
	script '{"status":5,"message":"half of it is done","wait":"deadline"}'
	before=$(date +%s%N)
	kcb backup --timeout 1
	code_is 7
	err_is "kcb: backup: DEADLINE: half of it is done"
	[ $(($(date +%s%N) - before)) -ge 900000000 ]
}

the_instance_is_opened_with_the_id_and_closed() {
	script '{"status":0,"message":"m"}'
	kcb check
	called "open orders $dir/state"
	called close
	[ "$(stat -c %a "$dir/state")" = 700 ]
}

without_a_state_directory_it_works_and_says_so() {
	script '{"status":0,"message":"m"}'
	: >"$dir/state"
	kcb check
	code_is 0
	called "open orders -"
	err_has "kcb: warning: no last report will be kept: $dir/state: "
	rm "$dir/state" && mkdir -m 777 "$dir/state" && chmod 777 "$dir/state"
	kcb check
	err_has "must belong to this user and be writable by nobody else"
}

the_configuration_is_found_by_the_environment() {
	script '{"status":0,"message":"m"}'
	mv "$dir/service.json" "$dir/other.json"
	code=0
	KCB_CONFIG="$dir/other.json" "$KCB" --state-dir "$dir/state" check >"$dir/out" 2>"$dir/err" || code=$?
	code_is 0
	kcb check
	code_is 2
	err_has "kcb: check: $dir/service.json: cannot be read: No such file or directory"
}

a_configuration_that_the_plugin_refuses_is_2_and_names_the_file() {
	echo '{"service":"orders","wrong":1}' >"$dir/service.json"
	kcb backup --json
	code_is 2
	err_is "kcb: backup: $dir/service.json: configuration: wrong: no such key"
	out_is "{\"message\":\"$dir/service.json: configuration: wrong: no such key\",\"status\":\"CONFIG\"}"
}

a_service_id_never_leaves_its_folder() {
	script '{"status":0,"message":"m"}'
	for id in ../up a/b .hidden ''; do
		rm -f "$dir/calls"
		echo "{\"service\":\"$id\"}" >"$dir/service.json"
		kcb check
		called "open  $dir/state"
	done
}

a_configuration_with_a_nul_byte_is_refused() {
	printf '{"service":"orders"}\0{' >"$dir/service.json"
	kcb check
	code_is 2
	err_has "holds a NUL byte"
}

# ---- plugins ----

a_plugin_that_does_not_fit_is_refused() {
	script '{"status":0,"message":"m"}'
	export FAKE_TABLE
	for FAKE_TABLE in abi tail; do
		kcb check
		code_is 9
		err_has "its table is not one of ABI 1"
	done
	FAKE_TABLE=needs
	kcb check
	code_is 9
	err_has "needs a manager that offers more than kcb"
	FAKE_TABLE=refuse
	kcb check
	code_is 1
	err_has "not on this machine"
}

a_plugin_that_is_not_there_is_said() {
	KCB_PLUGIN="$dir/nothing.so" kcb check
	code_is 1
	err_has "kcb: check: the plugin cannot be loaded: $dir/nothing.so"
}

the_plugin_of_the_build_directory_is_found() {
	unset KCB_PLUGIN
	echo '{"service":3}' >"$dir/service.json"
	kcb check
	code_is 2
	err_has "kcb: check: $dir/service.json: configuration: "
}

# ---- answers ----

good='{"carried":2,"cluster":"c","complete":false,"created_at_ms":1700000000000,"epoch":1,"id":"0123456789abcdef","kafka_down":false,"kinds":{"acl":{"count":0,"state":"unreachable","suspect":false},"schema":{"count":0,"state":"disabled","suspect":false},"topic":{"count":12,"state":"captured","suspect":true},"user":{"count":0,"state":"unreachable","suspect":false}},"name":"n","sequence":41,"signer":"ed25519:AbCdEfGhIjKlMnOpQrStUvWxYz","size":123456,"source":"log"}'
plain='{"carried":0,"cluster":"c","complete":true,"created_at_ms":1699996400000,"epoch":1,"id":"fedcba9876543210","kafka_down":true,"kinds":{"topic":{"count":9,"state":"captured","suspect":false},"user":{"count":3,"state":"captured","suspect":false}},"name":"n","sequence":40,"signer":"ed25519:AbCdEfGhIjKlMnOpQrStUvWxYz","size":9000,"source":"log"}'
forged='{"epoch":1,"id":"aaaaaaaaaaaaaaaa","name":"m","problem":"not authentic","reason":"the signature of its header does not verify","sequence":39}'
hostile='{"epoch":18446744073709551615,"id":"cccccccccccccccc","name":"m","problem":"foreign","reason":"rubbish","sequence":1}'
foreign='{"id":null,"name":"readme\u001b[2J","problem":"foreign","reason":"its name is no snapshot'"'"'s"}'

list_is_ids_and_places() {
	script '{"status":0,"message":"2 snapshots","report":{"result":{"next":null,"snapshots":[{"epoch":1,"id":"0123456789abcdef","name":"n","sequence":41},{"epoch":1,"id":"fedcba9876543210","name":"m","sequence":40}]}}}'
	kcb list
	code_is 0
	err_is_empty
	cat >"$dir/expected" <<-'END'
	ID            POSITION
	0123456789ab  1.41
	fedcba987654  1.40
	END
	diff "$dir/expected" "$dir/out"
}

a_long_list_is_a_table_and_what_is_bad_a_row_of_it() {
	script '{"status":1,"message":"4 objects, some of which are none","report":{"result":{"next":null,"snapshots":['"$good,$plain,$forged,$hostile,$foreign"']}}}'
	kcb list --long
	code_is 3
	err_is "kcb: list: PARTIAL: 4 objects, some of which are none"
	sed -E 's/ +[0-9]+ d  /  AGE  /' "$dir/out" >"$dir/without-age"
	cat >"$dir/expected" <<-'END'
	ID            POSITION   CREATED                    AGE      BYTES  SOURCE    SIGNED BY         HOLDS
	0123456789ab  1.41       2023-11-14T22:13:20Z  AGE     123456  log       ed25519:AbCdEfGh  incomplete: topic 12; suspect: topic; unreachable: acl, user; carried: 2
	fedcba987654  1.40       2023-11-14T21:13:20Z  AGE       9000  log,down  ed25519:AbCdEfGh  complete: topic 9, user 3
	aaaaaaaaaaaa  1.39       not authentic: the signature of its header does not verify
	cccccccccccc  18446744073709551615.1  foreign: rubbish
	readme\u001b[2J  -  foreign: its name is no snapshot's
	END
	diff "$dir/expected" "$dir/without-age"
}

# of a list in two parts: what the first and the second answer
first='{"status":1,"message":"2 objects","report":{"hook":"command","result":{"next":"m","snapshots":['"$good,$forged"']}}}'
second='{"status":0,"message":"1 snapshots","report":{"hook":"command","ledger":[],"result":{"next":null,"snapshots":['"$plain"']}}}'

a_list_goes_on_part_after_part() {
	script "$first,$second"
	kcb list --long --timeout 60
	code_is 3
	err_is "kcb: list: PARTIAL: 3 objects, 1 of which are no snapshots of this service's"
	[ "$(grep -c '^[0-9a-f]\{12\} ' "$dir/out")" = 3 ] || bad "not three rows"
	[ "$(grep -c '^ID ' "$dir/out")" = 1 ] || bad "not one heading"
	called 'begin 32 0 deadline {"command":"list","long":true}'
	called 'begin 32 0 deadline {"after":"m","command":"list","long":true}'
	[ "$(begins)" = 2 ]
}

a_list_in_parts_is_one_document() {
	script "$first,$second"
	kcb list --long --json
	code_is 3
	jq -e -s 'length == 1 and (.[0] | .status == "PARTIAL" and .hook == "command" and .ledger == [] and .result.next == null
		and [.result.snapshots[].sequence] == [41, 39, 40])' "$dir/out" >"$dir/jq" || bad "no such document"
	script '{"status":0,"message":"0","report":{"result":{"next":null,"snapshots":[]}}}'
	kcb list --json
	jq -e -s 'length == 1 and .[0].result.snapshots == [] and .[0].status == "OK"' "$dir/out" >"$dir/jq" || bad "no such document"
}

a_list_that_breaks_off_shows_what_it_had_and_how_it_ended() {
	script "$first"',{"status":3,"message":"the store does not answer","report":{"hook":"command"}}'
	kcb list
	code_is 5
	err_is "kcb: list: AGAIN: the store does not answer"
	[ "$(grep -c '^[0-9a-f]\{12\} ' "$dir/out")" = 2 ] || bad "not two rows"
	kcb list --json
	code_is 5
	jq -e '.status == "AGAIN" and (.result.snapshots | length) == 2' "$dir/out" >"$dir/jq" || bad "no such document"
	script "$first"',{"status":0,"message":"m","report":"no JSON"}'
	kcb list --json
	code_is 1
	jq -e '.status == "FAILED" and (.result.snapshots | length) == 2' "$dir/out" >"$dir/jq" || bad "no such document"
}

a_list_that_goes_in_a_circle_ends() {
	script "$first"
	kcb list
	code_is 1
	err_has "the plugin's answers go in a circle"
	[ "$(begins)" = 2 ]
}

list_of_nothing_says_so() {
	script '{"status":0,"message":"0","report":{"result":{"next":null,"snapshots":[]}}}'
	kcb list
	out_is "no snapshots"
}

show_prints_one_document_a_line() {
	script '{"status":0,"message":"2 lines","report":{"result":{"id":"ab","lines":[{"key":"a","kind":"topic","value":{"partitions":3}},{"key":"b\u009b2J\u202e","kind":"topic","value":{}}]}}}'
	kcb show
	code_is 0
	out_is '{"key":"a","kind":"topic","value":{"partitions":3}}
{"key":"b\u009b2J\u202e","kind":"topic","value":{}}'
}

diff='{"status":0,"message":"3","report":{"result":{"differences":[{"change":"added","kind":"topic","name":"orders","text":""},{"change":"removed","kind":"topic","name":"x","text":""},{"change":"changed","kind":"topic","name":"y","text":"partitions 3 -> 6"}],"equal":7,"from":"newest","to":"live"}}}'
same='{"status":0,"message":"0","report":{"result":{"differences":[],"equal":7,"from":"newest","to":"live"}}}'

diff_prints_signs() {
	script "$diff"
	kcb diff
	code_is 0
	out_is '+ topic orders
- topic x
~ topic y: partitions 3 -> 6'
}

diff_exits_with_10_only_when_asked_and_they_differ() {
	script "$diff"
	kcb diff --exit-code
	code_is 10
	kcb diff --exit-code --json
	code_is 10
	script "$same"
	kcb diff --exit-code
	code_is 0
	out_is "no difference from newest to live: 7 equal"
}

verify_names_each_object() {
	script '{"status":9,"message":"2 looked at","report":{"result":{"objects":[{"name":"1.kcb","complete":true,"ok":true},{"name":"2.kcb","complete":false,"ok":true},{"name":"3.kcb","problem":"not authentic","ok":false,"reason":"signature"},{"name":"4.kcb","problem":"not ours","ok":false,"passed_over":true,"reason":"signer"}]}}}'
	kcb verify --all
	code_is 6
	out_is 'ok   1.kcb: complete
ok   2.kcb: incomplete: some kinds are not in it; see kcb list --long
bad  3.kcb: not authentic: signature
passed over  4.kcb: not ours: signer'
	err_is "kcb: verify: NEEDS_OPERATOR: 2 looked at"
}

report_prints_the_last_one() {
	script "{\"status\":0,\"message\":\"the last report\",\"report\":{\"result\":$report}}"
	kcb report
	code_is 0
	out_has "periodic: PARTIAL  inner"
	out_has "  lost  topic b: lowered: 2 brokers"
	out_has "never included: topic records"
}

expire_shows_why_each_stays_or_goes() {
	script '{"status":0,"message":"m","report":{"result":{"dry_run":true,"going":1,"snapshots":[{"action":"keep","created_at_ms":null,"epoch":2,"name":"0-aaaaaaaaaaaaaaaa.kcb","reason":"does not verify","sequence":9},{"action":"remove","created_at_ms":1700000000000,"epoch":2,"name":"0-bbbbbbbbbbbbbbbb.kcb","reason":"older","sequence":8}],"staying":1}}}'
	kcb expire --dry-run
	code_is 0
	err_is_empty
	out_is '        ID            POSITION   CREATED               WHY
keep    aaaaaaaaaaaa  2.9        unknown               does not verify
remove  bbbbbbbbbbbb  2.8        2023-11-14T22:13:20Z  older
1 go, 1 stay; a dry run: nothing was removed'
}

report_says_that_there_is_none_yet() {
	script '{"status":0,"message":"there is no report yet","report":{"message":"there is no report yet"}}'
	kcb report
	code_is 0
	out_is "there is no report yet"
}

a_plan_names_what_is_not_equal() {
	script '{"status":0,"message":"m","report":{"message":"m","result":{"plan":[{"action":"create","kind":"topic","name":"a","reason":null},{"action":"equal","kind":"topic","name":"b","reason":null},{"action":"keep","kind":"topic","name":"c","reason":"6 partitions, not 3"}]}}}'
	kcb restore --dry-run
	code_is 0
	out_is 'OK  m

  create    topic a
  keep      topic c: 6 partitions, not 3
  1 equal already'
}

a_hostile_name_cannot_reach_the_terminal() {
	script '{"status":1,"message":"m","report":{"cluster":"\u001b]0;x\u0007","kinds":{"\u001b[1mtopic":{"state":"\r","count":1}},"ledger":[{"kind":"topic","loss":true,"name":"a\u001b[2J\nok  fine","reason":"\u009b31m","what":"\u007f"}],"message":"\u202eevil"}}'
	kcb backup
	code_is 3
	out_has 'lost  topic a\u001b[2J\u000aok  fine: \u007f: \u009b31m'
	out_has 'PARTIAL  \u202eevil'
	out_has '\u001b[1mtopic'
	[ "$(tr -d '\n\040-\176' <"$dir/out" | wc -c)" = 0 ] || bad "a byte that is not printable"
}

# ---- the anchor ----

anchored() { echo "{\"status\":$1,\"message\":\"m\",\"report\":{\"anchor\":{\"epoch\":$2,\"hash\":\"00ff\",\"sequence\":$3}}}"; }

the_anchor_is_written_after_a_success_and_handed_in() {
	script "$(anchored 0 1 4)"
	kcb backup --anchor "$dir/anchor"
	code_is 0
	called 'begin 2 0 never {"now":true}'
	[ "$(cat "$dir/anchor")" = '{"epoch":1,"hash":"00ff","sequence":4}' ]
	script "$(anchored 1 1 5)"
	kcb power-off --anchor "$dir/anchor"
	code_is 3
	called 'begin 4 0 never {"anchor":{"epoch":1,"hash":"00ff","sequence":4}}'
	[ "$(cat "$dir/anchor")" = '{"epoch":1,"hash":"00ff","sequence":5}' ]
	[ "$(ls "$dir" | grep -c anchor)" = 1 ]
}

the_anchor_stays_after_a_failure_a_look_or_a_dry_run() {
	script "$(anchored 0 1 4)"
	kcb backup --anchor "$dir/anchor"
	script "$(anchored 9 1 5)"
	kcb backup --anchor "$dir/anchor"
	script "$(anchored 0 1 5)"
	kcb list --anchor "$dir/anchor"
	kcb check --anchor "$dir/anchor"
	kcb power-on --dry-run --anchor "$dir/anchor"
	script "$(anchored 0 1 3)"
	kcb power-on --snapshot 01ab --anchor "$dir/anchor"
	script '{"status":0,"message":"disabled","report":{}}'
	kcb backup --anchor "$dir/anchor"
	[ "$(cat "$dir/anchor")" = '{"epoch":1,"hash":"00ff","sequence":4}' ]
}

a_file_that_is_no_anchor_stops_everything() {
	script "$(anchored 0 1 4)"
	for wrong in '' '{}' '{"epoch":1,"hash":"00ff"}' '{"epoch":-1,"hash":"00ff","sequence":4}' \
		'{"epoch":1,"hash":"xyz","sequence":4}' 'x'; do
		printf '%s' "$wrong" >"$dir/anchor"
		kcb backup --anchor "$dir/anchor"
		code_is 2
		err_has "kcb: backup: the anchor $dir/anchor: is not what kcb writes there"
		[ "$(cat "$dir/anchor")" = "$wrong" ]
	done
	[ "$(begins)" = 0 ]
}

an_anchor_that_cannot_be_written_does_not_undo_the_backup() {
	script "$(anchored 0 1 4)"
	kcb backup --anchor "$dir/nowhere/anchor"
	code_is 0
	err_has "kcb: the anchor $dir/nowhere/anchor: cannot be written"
}

# ---- signals ----

a_signal_cancels_and_the_exit_is_8() {
	script '{"status":0,"message":"m","wait":"cancel"}'
	for signal in INT TERM; do
		rm -f "$dir/pipe"
		start backup
		await begin
		kill -"$signal" "$pid"
		await "cancel 1"
		finish
		code_is 8
		err_is "kcb: backup: CANCELLED: cancelled"
	done
}

a_second_signal_ends_at_once() {
	script '{"status":0,"message":"m","wait":"deadline"}'
	start backup --timeout 250
	await begin
	kill -INT "$pid"
	await "cancel 1"
	kill -INT "$pid"
	finish
	code_is 130
}

a_signal_that_was_ignored_from_the_start_stays_ignored() {
	script '{"status":5,"message":"m","wait":"deadline"}'
	heeded=TERM
	start backup --timeout 2
	await begin
	kill -INT "$pid"
	kill -TERM "$pid" # the first one that counts: a second one would end kcb at once
	await "cancel 1"
	finish
	code_is 7
}

run_waits_for_power_on_then_looks_for_due_backups_and_ends_by_sigterm() {
	script '{"status":3,"message":"brokers start","retry_after_ms":1},{"status":0,"message":"restored"},
		{"status":0,"message":"not due"},{"status":9,"message":"foreign"},{"status":9,"message":"foreign"},
		{"status":0,"message":"not due"},{"status":0,"message":"not due"},{"status":0,"message":"stored","report":{"snapshot":{"written":true}}},
		{"status":0,"message":"m","wait":"cancel"}'
	before=$(date +%s%N)
	start run --period 1
	await "begin 8 0 never {}"
	await "begin 8 0 never {}"
	[ $(($(date +%s%N) - before)) -ge 1000000000 ]
	for i in 1 2 3 4 5 6 7; do
		await "begin 2 0 never {}"
	done
	[ $(($(date +%s%N) - before)) -ge 7000000000 ]
	kill -TERM "$pid"
	await "cancel 9"
	await close
	finish
	code_is 0
	out_is_empty
	err_is 'kcb: orders: power-on: AGAIN: brokers start
kcb: orders: power-on: OK: restored
kcb: orders: periodic: NEEDS_OPERATOR: foreign
kcb: orders: periodic: OK: not due
kcb: orders: periodic: OK: stored
kcb: orders: ended by a signal; this is no power-off'
}

run_repeats_a_power_on_that_was_refused() {
	script '{"status":9,"message":"foreign"},{"status":9,"message":"foreign"},{"status":1,"message":"restored, less"},
		{"status":0,"message":"m","wait":"cancel"}'
	start run --period 1
	for i in 1 2 3; do
		await "begin 8"
	done
	await "begin 2"
	kill -INT "$pid"
	finish
	code_is 0
	err_is 'kcb: orders: power-on: NEEDS_OPERATOR: foreign
kcb: orders: power-on: PARTIAL: restored, less
kcb: orders: ended by a signal; this is no power-off'
}

run_sleeps_until_a_signal() {
	script '{"status":0,"message":"restored"},{"status":0,"message":"not due"}'
	start run --period 1000
	await "begin 2"
	kill -TERM "$pid"
	finish
	code_is 0
}

run_ends_when_the_plugin_cannot_do_it() {
	script '{"status":7,"message":"no such hook"}'
	kcb run
	code_is 9
	err_has "kcb: orders: power-on: UNSUPPORTED: no such hook"
	echo '{"service":"orders","wrong":1}' >"$dir/service.json"
	kcb run
	code_is 2
}

# ---- progress ----

progress_is_one_line_that_is_erased() {
	command -v script >/dev/null || return 0
	script '{"status":0,"message":"m","progress":["capture","store\u001b[2J"],"wait":"deadline"}'
	TERM=xterm command script -qec "$KCB -c $dir/service.json --state-dir $dir/state --timeout 1 check" \
		/dev/null >"$dir/out" </dev/null
	: >"$dir/err"
	out_has '[2/2] store\u001b[2J'
	tr '\r' '\n' <"$dir/out" | grep -qF '[2/2]'
	printf '\r\033[K' >"$dir/erased"
	[ "$(tr -d '\n' <"$dir/out" | grep -cF "$(cat "$dir/erased")")" -ge 1 ]
	TERM=xterm command script -qec "$KCB -q -c $dir/service.json --state-dir $dir/state --timeout 1 check" \
		/dev/null >"$dir/out" </dev/null
	out_lacks '[2/2]'
	TERM=dumb command script -qec "$KCB -c $dir/service.json --state-dir $dir/state --timeout 1 check" \
		/dev/null >"$dir/out" </dev/null
	out_lacks '[2/2]'
}

progress_is_for_terminals() {
	script '{"status":0,"message":"m","progress":["capture"]}'
	kcb check
	err_is_empty
}

# ---- words ----

every_command_has_help() {
	"$KCB" --help >"$dir/help"
	commands=$(sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' "$dir/help")
	[ "$(echo $commands)" = "check backup power-off pre-start power-on run list show diff verify report restore adopt accept expire rewrap keygen" ]
	for command in $commands; do
		kcb "$command" --help
		code_is 0
		err_is_empty
		grep -q "^usage: kcb .*$command" "$dir/out"
		out_has "options:"
		out_has "exit codes: "
		out_has "example: kcb "
		# each option that the usage shows is explained
		for option in $(sed -n '1s/[^-]*\(--[a-z-]*\)/\1 /gp' "$dir/out" | tr ' |]' '\n\n\n' | grep '^--'); do
			grep -q "^ .*$option" "$dir/out" || bad "$command: $option is not explained"
		done
	done
	[ ! -e "$dir/calls" ]
}

the_version_is_said() {
	kcb --version
	code_is 0
	grep -qE '^kcb [0-9]+\.[0-9]+\.[0-9]+$' "$dir/out"
}

a_usage_error_is_one_line_and_where_to_look() {
	while IFS='|' read -r arguments message see; do
		rm -f "$dir/calls"
		code=0
		eval "\"\$KCB\" $arguments" >"$dir/out" 2>"$dir/err" || code=$?
		code_is 2
		out_is_empty
		err_is "kcb: $message
see kcb $see--help"
		[ ! -e "$dir/calls" ]
	done <<-'END'
	|no command was given|
	lsit|lsit: no such command; did you mean list?|
	frobnicate|frobnicate: no such command|
	list --jsn|--jsn: no such option; did you mean --json?|list 
	list -x|-x: no such option|list 
	list --force|--force: list does not take it|list 
	backup --dry-run|--dry-run: backup does not take it|backup 
	run --json|--json: run does not take it|run 
	list one|one: list takes no such argument|list 
	diff a b c|c: diff takes no such argument|diff 
	accept|accept: its KIND[/NAME] is missing|accept 
	accept topics|topics: no such kind; there are cluster_config, user, acl, topic, quota, group_config, client_metrics, registry_log, schema, registry_config, connector|accept 
	keygen|keygen: its DIRECTORY is missing|keygen 
	show --kind|--kind: its K is missing|show 
	show --name x|--name: needs --kind too|show 
	show ''|SNAPSHOT: is empty|show 
	verify ab --all|verify: either SNAPSHOT or --all|verify 
	pre-start|pre-start: --disks is missing|pre-start 
	pre-start --disks gone|--disks: "gone" is neither lost, kept nor partial|pre-start 
	power-on --phase both|--phase: "both" is neither kafka nor services|power-on 
	list --json=yes|--json=yes: --json takes no value|list 
	list --timeout 0|--timeout: "0" is no number of seconds from 1 to 2592000|list 
	list --timeout 18446744073709551617|--timeout: "18446744073709551617" is no number of seconds from 1 to 2592000|list 
	list --timeout 5s|--timeout: "5s" is no number of seconds from 1 to 2592000|list 
	list --timeout=-1|--timeout: "-1" is no number of seconds from 1 to 2592000|list 
	END
}

# ---- keygen ----

keygen_makes_keys_and_says_what_to_do_with_them() {
	code=0
	KCB_PLUGIN=/nothing "$KCB" keygen "$dir/keys" >"$dir/out" 2>"$dir/err" || code=$?
	code_is 0
	err_is_empty
	[ "$(stat -c '%a %n' "$dir"/keys/* | sed "s|$dir/keys/||" | tr '\n' ',')" = "600 identity,644 identity.pub,600 signing,644 signing.pub," ]
	out_has "\"recipients\":[\"$(cat "$dir/keys/identity.pub")\"]"
	out_has "\"trusted_signers\":[\"$(cat "$dir/keys/signing.pub")\"]"
	out_has "\"identity\":{\"file\":\"$dir/keys/identity\"}"
	for secret in identity signing; do
		out_lacks "$(cut -d: -f2 "$dir/keys/$secret")"
	done
}

keygen_never_overwrites() {
	"$KCB" keygen "$dir/keys" >/dev/null
	cp -r "$dir/keys" "$dir/copy"
	code=0
	"$KCB" keygen "$dir/keys" >"$dir/out" 2>"$dir/err" || code=$?
	code_is 1
	err_has "keys are never overwritten"
	diff -r "$dir/keys" "$dir/copy"
}

keygen_speaks_json() {
	code=0
	"$KCB" keygen --json "$dir/keys" >"$dir/out" 2>"$dir/err" || code=$?
	code_is 0
	out_is "{\"identity\":{\"file\":\"$dir/keys/identity\"},\"recipients\":[\"$(cat "$dir/keys/identity.pub")\"],\"signing_key\":{\"file\":\"$dir/keys/signing\"},\"trusted_signers\":[\"$(cat "$dir/keys/signing.pub")\"]}"
}

kcb_exports_nothing_and_needs_little() {
	command -v readelf >/dev/null || return 0
	case $(readelf -d "$KCB" | grep NEEDED) in *rdkafka* | *libuv* | *zstd*) return 1 ;; esac
}

for name in $(sed -n 's/^\([a-z0-9_]*_[a-z0-9_]*\)() {$/\1/p' "$0"); do
	case $name in code_is | out_* | err_*) continue ;; esac
	t "$name"
done
echo "1..$tests"
[ "$failed" = 0 ]
