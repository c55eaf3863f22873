#!/bin/sh
# t_examples.sh - the hosts that README.md shows are the files in examples/, and they work.
# Run in the build directory, or with BUILD naming it; PLUGIN names the plugin.
top=$(cd "$(dirname "$0")/../.." && pwd)
: "${BUILD:=$PWD}"
: "${PLUGIN:=$BUILD/.libs/kafka_config_backup.so}"
dir=$(mktemp -d "${TMPDIR:-/tmp}/t_examples.XXXXXX")
trap 'rm -rf "$dir"' EXIT
tests=0 failed=0

t() { # $1 the sentence, then the command that is true of it
	tests=$((tests + 1)) sentence=$1; shift
	if "$@" >"$dir/log" 2>&1; then echo "ok $tests - $sentence"; return; fi
	echo "not ok $tests - $sentence"
	sed 's/^/# /' "$dir/log" "$dir/out" "$dir/err"
	failed=$((failed + 1))
}

shown() { # $1 language, $2 file: the block of README.md in that language that begins as the file does
	first=$(head -n 1 "$top/$2")
	awk -v fence="\`\`\`$1" -v first="$first" '
		$0 == "```" { inside = 0 }
		inside == 1 && !taken { inside = $0 == first ? 2 : 0; taken = inside == 2 }
		inside == 2 { print }
		$0 == fence { inside = 1 }' "$top/README.md" | diff - "$top/$2"
}
short() { [ "$(wc -l <"$top/$1")" -le 60 ]; }

# The host's exit is the status; ASan must come first in a process that was not built with it.
asan=$(ldd "$PLUGIN" | sed -n 's/.*=> \(.*lib[at]san[^ ]*\).*/\1/p' | paste -sd:)
run() { LD_PRELOAD=$asan ASAN_OPTIONS=detect_leaks=0 "$@" >"$dir/out" 2>"$dir/err"; }
ends() { # $1 status, then the command
	wanted=$1 status=0; shift
	run "$@" || status=$?
	[ "$status" = "$wanted" ] || { echo "status $status, wanted $wanted"; return 1; }
}
says() { grep -q "$1" "$dir/out" "$dir/err"; }

echo '{"service":"orders","enabled":false}' >"$dir/disabled.json"
cat >"$dir/no-keys.json" <<END
{"service":"orders","kafka":{"bootstrap.servers":"127.0.0.1:1"},"store":{"type":"fs","path":"$dir"},
 "keys":{"recipients":["x25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],"trusted_signers":["ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
 "signing_key":{"file":"$dir/none"},"identity":{"file":"$dir/none"}}}
END
for file in host.c host.py; do
	case $file in
	host.c) language=c host=$BUILD/examples/host ;;
	*) language=python host=$top/examples/host.py ;;
	esac
	t "README.md shows examples/$file as it is" shown "$language" "examples/$file"
	t "which has no more than 60 lines" short "examples/$file"
	t "it runs a check of a service that is disabled" ends 0 "$host" "$PLUGIN" orders "$dir/disabled.json" 1
	t "and prints the message" says '^disabled: '
	t "and the report" says '^{"hook":"check",.*"status":"OK"}$'
	t "a check with keys that are none ends CONFIG" ends 6 "$host" "$PLUGIN" orders "$dir/no-keys.json" 1
	t "and names the first of them" says 'keys\.recipients\[0\]: no usable X25519 key'
	t "a hook that nobody knows is refused" ends 7 "$host" "$PLUGIN" orders "$dir/disabled.json" 64
	[ "$file" = host.c ] && refused=100 || refused=1
	t "a configuration of another service is not opened" ends "$refused" "$host" "$PLUGIN" others "$dir/disabled.json" 1
	t "and it says why" says 'the configuration is of "orders"'
done
echo "1..$tests"
[ "$failed" -eq 0 ]
