#!/bin/sh
# Proves what the other live tests stand on: real Kafka starts, lets users in, dies, loses its disks, and comes back empty.
# shellcheck disable=SC2317  # functions that check and eventually call
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
version=${LIVE_VERSION:-4.4.0}
need_kafka "$version"
note "Kafka $version"

logs_in() { # CLIENT LISTENER: the topics are listed through that login
  "$live/kafka" tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$(bootstrap one "$2")" \
    --command-config "$(client_file one "$1")" --list
}
logs_in_with_wrong_password() {
  sed 's/admin-secret/wrong/' "$(client_file one scram-512)" >"$tmp/wrong.properties"
  "$live/kafka" tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$(bootstrap one sasl)" \
    --command-config "$tmp/wrong.properties" --list
}
no_process_is_left() { ! grep -qaF "$(cluster_dir "$1")" /proc/[0-9]*/cmdline; }

# ---- one node ------------------------------------------------------------------------------------------------------

must cluster one make
must cluster one format
began=$(date +%s)
check "one node starts" cluster one start || exit 1
note "ready after $(($(date +%s) - began)) s"
first_id=$(cluster one id)
first_ports=$(cluster one ports)

check "SCRAM-SHA-256 lets a user in" logs_in scram-256 sasl
check "SCRAM-SHA-512 lets a user in" logs_in scram-512 sasl
check "PLAIN lets a user in" logs_in sasl-plain sasl
check "a client certificate lets its owner in" logs_in mtls mtls
refuse "a wrong password does not" logs_in_with_wrong_password

printf 'b\t3\t1\tcleanup.policy=compact,delete\tretention.ms=86400000\na\t1\t1\n' >"$tmp/topics"
sort "$tmp/topics" >"$tmp/expected"
check "topics are made from a file" lab one create "$tmp/topics"
check "and appear" lab one wait 2
lab one list >"$tmp/listed"
same_files "the list of topics reads like the file" "$tmp/expected" "$tmp/listed"
lab one ids >"$tmp/ids"

check "an ACL is added" kafka_acls one --add --deny-principal User:x --operation Read --topic pay --resource-pattern-type prefixed
acl_is_listed() { [ "$(lab one acls)" = "$(printf 'deny\tUser:x\tREAD\tTOPIC\tpay\tprefixed\t*')" ]; }
check "and listed by another client" eventually 20 acl_is_listed
check "a topic's configuration is altered" kafka_configs one --alter --entity-type topics --entity-name a --add-config retention.ms=5
altered() { lab one list | grep -q "^a	1	1	retention.ms=5\$"; }
check "and the change is seen" eventually 20 altered

check "a clean stop" cluster one stop
check "leaves no process" no_process_is_left one
must cluster one start
same "after a restart the ports are the same" "$first_ports" "$(cluster one ports)"
same "and the topics are the same ones" "$(cat "$tmp/ids")" "$(lab one ids)"

check "power can be cut" cluster one kill
check "and nothing runs then" no_process_is_left one
must cluster one start
same "the disks have survived that" "$(cat "$tmp/ids")" "$(lab one ids)"

check "the disks can be lost" cluster one wipe
refuse "a node without a disk does not start" env LIVE_READY=20 LIVE_DIR="$(cluster_dir one)" "$live/kafka" start
must cluster one format
check "new disks start" cluster one start
same "and are empty" "" "$(lab one list)"
check "with another cluster id" test "$first_id" != "$(cluster one id)"
must cluster one wipe
must env LIVE_CLUSTER_ID="$first_id" LIVE_DIR="$(cluster_dir one)" "$live/kafka" format
same "unless the old one is asked for" "$first_id" "$(cluster one id)"
must cluster one remove

# ---- three nodes ---------------------------------------------------------------------------------------------------

for quorum in static dynamic; do
  must env LIVE_NODES=3 LIVE_QUORUM="$quorum" LIVE_DIR="$(cluster_dir "$quorum")" "$live/kafka" make
  must cluster "$quorum" format
  began=$(date +%s)
  check "three nodes with a $quorum quorum start" cluster "$quorum" start
  note "ready after $(($(date +%s) - began)) s"
  printf 't\t6\t3\n' >"$tmp/topics"
  check "a topic on all three is made" lab "$quorum" create "$tmp/topics"
  check "and listed" lab "$quorum" wait 1
  same "with three replicas" "$(cat "$tmp/topics")" "$(lab "$quorum" list)"
  check "one node of them can be killed" cluster "$quorum" kill 2
  same "and the topic is still there" "$(cat "$tmp/topics")" "$(lab "$quorum" list)"
  check "and the node comes back" cluster "$quorum" start 2
  must cluster "$quorum" remove
  check "no process is left of it" no_process_is_left "$quorum"
done
finish
