#!/bin/sh
# The cold restore on every version of Kafka that is tested, by both ways to form a quorum; onto a newer one, and onto an
# older one.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
# shellcheck source=tests/live/cold.sh
. "$live/cold.sh"
need_kafka 4.4.0 4.3.1 3.9.2

one() { # NAME FROM TO QUORUM STATUS [WORD..]
  one_name=$1 one_from=$2 one_to=$3 one_quorum=$4 one_status=$5; shift 5
  note "$one_name: $one_from to $one_to, quorum $one_quorum"
  cold_cluster "$one_name" "$one_from" "$one_quorum" 1
  must cluster "$one_name" start
  cold_service "$one_name" "$one_name" 1
  fill_cluster "$one_name" 1
  ends "$one_name" OK "Kafka $one_from, $one_quorum quorum, is backed up from its log" pre_poweroff
  must cluster "$one_name" wipe
  cold_cluster "$one_name.new" "$one_to" "$one_quorum" 1
  same_service "$one_name.new" "$one_name" "$one_name.new" scram-512
  kraft_of "$one_name.new" "$one_name.new" 1 1
  ends "$one_name.new" "$one_status" "the starting records of Kafka $one_to are extended" pre_start --params '{"disks":"lost"}'
  must cluster "$one_name.new" start
  equal_to_before "$one_name.new" "$@"
  check "a user logs in with the old password" by_librdkafka "$one_name.new" user512 secret-512 512 orders
  ends "$one_name.new" "$one_status" "power-on verifies and adopts Kafka $one_to" post_poweron
  must cluster "$one_name.new" wipe
}

one a 4.4.0 4.4.0 dynamic OK
one b 4.3.1 4.3.1 static OK
one c 4.3.1 4.3.1 dynamic OK
one d 3.9.2 3.9.2 static OK
one e 3.9.2 3.9.2 dynamic OK
one up 3.9.2 4.4.0 static OK list ids users acls quotas
one down 4.4.0 4.3.1 static OK
one far 4.4.0 3.9.2 dynamic OK list ids users acls quotas
finish
