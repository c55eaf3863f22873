#!/bin/sh
# t_fuzz.sh: the fuzzers of core/kraft and of JSON, each for FUZZ_SECONDS (60), at most JOBS at once, as TAP.
#
# BUILD is a build by a clang that has libFuzzer, after `make fuzzers`.  Each begins with its corpus in the tree.  An
# input that crashes stays, and its path is printed: `BUILD/tests/fuzz/fuzz_NAME PATH` repeats it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${FUZZ_SECONDS:=60}" "${JOBS:=$(nproc)}"
fuzzers='frames batch log json'

fuzz() { # $1 name, $2 folder: 0 if nothing was found; what it says is in FOLDER/NAME.out
  mkdir -p "$2/$1"
  timeout $((FUZZ_SECONDS + 120)) "$BUILD/tests/fuzz/fuzz_$1" -max_total_time="$FUZZ_SECONDS" -timeout=60 -rss_limit_mb=1024 \
    -max_len=4096 -print_final_stats=1 -artifact_prefix="$kept/$1-" "$2/$1" "$here/corpus/$1" >"$2/$1.out" 2>&1
}

if [ "${1:-}" = --one ]; then
  kept=$3
  fuzz "$2" "$4"
  echo $? >"$4/$2.status"
  exit 0
fi

for name in $fuzzers; do
  [ -x "${BUILD:?a build folder}/tests/fuzz/fuzz_$name" ] || { echo "1..0 # SKIP no fuzzers in $BUILD: its compiler has no libFuzzer"; exit 0; }
done
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
kept=$BUILD/tests/fuzz/found
mkdir -p "$kept"
for name in $fuzzers; do printf '%s\0' "$name"; done | xargs -0 -r -I '{}' -P "$JOBS" "$0" --one '{}' "$kept" "$tmp"

n=0 failed=0
for name in $fuzzers; do
  n=$((n + 1))
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$tmp/$name.out")
  if [ "$(cat "$tmp/$name.status")" = 0 ] && [ "${runs:-0}" -gt 0 ]; then
    echo "ok $n - fuzz_$name found nothing in $FUZZ_SECONDS s and $runs inputs"
  else
    failed=1
    echo "not ok $n - fuzz_$name ended with status $(cat "$tmp/$name.status")"
    grep -a -m 1 'ERROR\|not so' "$tmp/$name.out" | sed 's/^/# /'
    grep -a 'Test unit written to' "$tmp/$name.out" | sed 's/^.*written to/# the input:/'
    tail -n 30 "$tmp/$name.out" | sed 's/^/# /'
  fi
done
echo "1..$n"
exit $failed
