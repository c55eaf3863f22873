#!/bin/sh
# Random histories of metadata records, as log directories: our state is the state that Kafka's own classes give.
#
#   KCB_SEED=N    repeat the histories from that seed on     KCB_HISTORIES=N    how many (300)
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_kafka
: "${BUILD:=$live/../../build}" "${KCB_HISTORIES:=300}" "${KCB_SEED:=$(date +%s)}"
note "KCB_SEED=$KCB_SEED repeats this"

must "$BUILD/tests/live/log_history" "$KCB_SEED" "$KCB_HISTORIES" "$tmp"
must "$live/kafka" tool "$live/MetadataWitness.java" "$tmp"

compare() { # of each history, what we read and what Kafka read; stops at the first that differs
  number=0 checkpoints=0 lines=0
  while [ "$number" -lt "$KCB_HISTORIES" ]; do
    folder=$tmp/$number
    if ! "$BUILD/tests/live/log_lines" "$folder" >"$folder/actual" 2>"$folder/position"; then
      echo "KCB_SEED=$((KCB_SEED + number)) KCB_HISTORIES=1: $(cat "$folder/position")"
      return 1
    fi
    if ! diff -u "$folder/expected" "$folder/actual"; then
      echo "KCB_SEED=$((KCB_SEED + number)) KCB_HISTORIES=1 repeats it"
      return 1
    fi
    set -- "$folder"/__cluster_metadata-0/*.checkpoint
    [ ! -f "$1" ] || checkpoints=$((checkpoints + 1))
    lines=$((lines + $(wc -l <"$folder/actual")))
    number=$((number + 1))
  done
  echo "$checkpoints $lines" >"$tmp/counts"
}
check "$KCB_HISTORIES random histories give what Kafka makes of them" compare
if [ -f "$tmp/counts" ]; then
  read -r checkpoints lines <"$tmp/counts"
  note "$lines lines; $checkpoints of the histories begin with a checkpoint that Kafka wrote"
  check "and some began with a checkpoint of Kafka's" test "$KCB_HISTORIES" -lt 10 -o "$checkpoints" -gt 0
  check "and there was something to compare" test "$lines" -gt "$KCB_HISTORIES"
fi
finish
