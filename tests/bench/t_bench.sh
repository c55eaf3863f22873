#!/bin/sh
# t_bench - the benchmark can measure every figure.  TAP.  A figure over its bar fails nothing: machines differ.
#
#   t_bench [--full]
set -u
here=$(cd "$(dirname "$0")" && pwd)
tests=0 failed=0
figures="capture-1000-time capture-1000-requests capture-1000-memory-mib restore-1000-time document-cpu
  document-cpu-by-line log-1000-time log-1000-memory-mib cold-1000-seconds cold-1000-memory-mib cold-1000-start idle-threads idle-descriptors idle-memory-mib load-ms choose-requests choose-ms
  registry-read-time registry-capture-time registry-restore-time registry-restore-whole-time registry-memory-mib
  registry-growth registry-rest-time registry-rest-requests registry-rest-memory-mib registry-rest-each-1000-time
  registry-rest-restore-time"
[ "${1:-}" != --full ] || figures="$figures capture-10000-time capture-10000-requests capture-10000-memory-mib
  capture-growth log-10000-time log-10000-memory-mib log-growth cold-10000-seconds cold-10000-memory-mib
  cold-10000-start cold-growth registry-rest-each-10000-time"
! "$here/../live/versitygw" has || figures="$figures publish-time publish-time-presigned retry-5-percent-time
  choose-cloud-requests choose-cloud-time"
number='[0-9][0-9.e+-]*'

if ! said=$("$here/run" "$@" 2>&1); then
  tests=1 failed=1
  echo "not ok 1 - the benchmark runs to its end"
fi
printf '%s\n' "$said" | sed '/^#\|^bench /!s/^/# /'
for figure in $figures; do
  tests=$((tests + 1))
  if printf '%s\n' "$said" | grep -qx "bench $figure $number \($number\|-\) \(ok\|over\)"; then
    echo "ok $tests - $figure is measured"
  else
    echo "not ok $tests - $figure is measured"
    failed=$((failed + 1))
  fi
done
echo "1..$tests"
[ "$failed" -eq 0 ]
