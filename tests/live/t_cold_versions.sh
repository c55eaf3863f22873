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

one() { # NAME FROM TO QUORUM NODES [WORD..]
  one_name=$1 one_from=$2 one_to=$3 one_quorum=$4 one_nodes=$5; shift 5
  note "$one_name: $one_from to $one_to, quorum $one_quorum, nodes $one_nodes"
  cold_cluster "$one_name" "$one_from" "$one_quorum" "$one_nodes"
  must cluster "$one_name" start
  cold_service "$one_name" "$one_name" "$one_nodes"
  fill_cluster "$one_name" "$one_nodes"
  ends "$one_name" OK "Kafka $one_from, $one_quorum quorum, is backed up from its log" pre_poweroff
  must cluster "$one_name" wipe
  cold_cluster "$one_name.new" "$one_to" "$one_quorum" "$one_nodes"
  same_service "$one_name.new" "$one_name" "$one_name.new" scram-512
  cold_nodes "$one_name.new" "$one_name.new" "$one_nodes"
  pre_start_all "$one_name.new" "$one_nodes" OK
  must cluster "$one_name.new" start
  equal_to_before "$one_name.new" "$@"
  check "a user logs in with the old password" by_librdkafka "$one_name.new" user512 secret-512 512 orders
  ends "$one_name.new" OK "power-on verifies and adopts Kafka $one_to" post_poweron
  must cluster "$one_name.new" wipe
}

# 4.4.0 onto itself: t_cold.sh, and t_cold_nodes.sh.
one b 4.3.1 4.3.1 static 1
one c 4.3.1 4.3.1 dynamic 1
one d 3.9.2 3.9.2 static 1
one e 3.9.2 3.9.2 dynamic 3
one up 3.9.2 4.4.0 static 1 list ids users acls quotas
one down 4.4.0 4.3.1 static 1
one far 4.4.0 3.9.2 dynamic 1 list ids users acls quotas
finish
