# shellcheck shell=sh disable=SC2154  # tmp, live and BUILD are of lib.sh and service.sh
# tests/live/cold.sh: what every test of a cold restore begins with; after lib.sh and service.sh.
#
#   cold_cluster old 4.4.0 static 1     made and running, with everything that Kafka can hold
#   cold_service orders old 1           a service on node 1's disk, and on that of each node as orders.2 ...
#   witness_all old before              what Kafka's own AdminClient says of it, in $tmp/before.*
#   power_cycle orders old new          power-off, disks lost, format, pre-start on every node, start

cold_cluster() { # NAME VERSION QUORUM NODES
  must env LIVE_VERSION="$2" LIVE_QUORUM="$3" LIVE_NODES="$4" LIVE_AUTHORIZER=yes \
    LIVE_DIR="$(cluster_dir "$1")" "$live/kafka" make
  must cluster "$1" format
}

# The section kraft of one node: NAME CLUSTER NODE NODES
kraft_of() {
  ids=$(seq -s , 1 "$4")
  configure "$1" ".kraft = {metadata_log_dir: \"$(cluster "$2" disk "$3")\", log_dirs: [\"$(cluster "$2" disk "$3")\"],
    broker_ids: [$ids]} | .guard.bootstrap_set.users = [\"admin\"]"
}
cold_service() { # NAME CLUSTER NODES: its keys and store are NAME's; nodes 2 and 3 are NAME.2 and NAME.3
  service "$1" "$2" scram-512
  cold_nodes "$@"
}
cold_nodes() { # NAME CLUSTER NODES: the same service on another cluster's nodes
  for cold_node in $(seq 1 "$3"); do
    [ "$cold_node" = 1 ] || same_service "$1.$cold_node" "$1" "$2" scram-512
    name=$1
    [ "$cold_node" = 1 ] || name=$1.$cold_node
    kraft_of "$name" "$2" "$cold_node" "$3"
  done
}

# Users, ACLs, quotas, configs and topics of every kind: CLUSTER NODES
fill_cluster() {
  tab=$(printf '\t')
  sed "s/ /$tab/g" >"$tmp/topics" <<END
... 3 1
0 2 1
orders 6 $2 cleanup.policy=compact,delete retention.ms=1000000
$(printf 'n%.0s' $(seq 249)) 1 1
payments.eu 4 1 segment.bytes=2097152
END
  must lab "$1" create "$tmp/topics"
  must lab "$1" wait 5
  set -f # the stars are Kafka's
  for acl in "allow User:alice READ TOPIC ord prefixed" "deny User:bob WRITE TOPIC orders literal 10.0.0.1" \
    "allow User:müller ALL GROUP * literal" "allow User:alice DESCRIBE CLUSTER kafka-cluster literal" \
    "allow User:CN=x,O=y WRITE TRANSACTIONAL_ID t prefixed"; do
    # shellcheck disable=SC2086  # words
    must lab "$1" acl $acl
  done
  set +f
  for mechanism in 256=8192 512=4096; do
    must kafka_configs "$1" --alter --entity-type users --entity-name "user${mechanism%=*}" \
      --add-config "SCRAM-SHA-${mechanism%=*}=[iterations=${mechanism#*=},password=secret-${mechanism%=*}]"
  done
  must kafka_configs "$1" --alter --entity-type users --entity-name gone --add-config 'SCRAM-SHA-256=[password=gone]'
  must kafka_configs "$1" --alter --entity-type users --entity-name gone --delete-config SCRAM-SHA-256
  must kafka_configs "$1" --alter --entity-type users --entity-name user256 --add-config consumer_byte_rate=1024
  must kafka_configs "$1" --alter --entity-type users --entity-default --entity-type clients --entity-name app \
    --add-config producer_byte_rate=2000,request_percentage=12.5
  must kafka_configs "$1" --alter --entity-type ips --entity-name 10.1.2.3 --add-config connection_creation_rate=7
  must kafka_configs "$1" --alter --entity-type brokers --entity-default --add-config log.retention.ms=77777777
  must kafka_configs "$1" --alter --entity-type brokers --entity-name 1 --add-config log.cleaner.threads=2
}

cold_words="list ids users acls quotas configs"
witness_all() { # CLUSTER NAME
  witness "$1"
  for word in $cold_words; do told "$word" >"$tmp/$2.$word" 2>&1; done
  dismiss_witness
}
equal_to_before() { # CLUSTER [WORD..]: all of them, or these
  cold_on=$1; shift
  witness_all "$cold_on" after
  # shellcheck disable=SC2086  # words
  for word in ${*:-$cold_words}; do
    same_files "Kafka's own AdminClient says the same of $word" "$tmp/before.$word" "$tmp/after.$word"
  done
}

pre_start_all() { # NAME NODES STATUS [OPTION..]
  pre_name=$1 pre_nodes=$2 pre_status=$3; shift 3
  for pre_node in $(seq 1 "$pre_nodes"); do
    pre_of=$pre_name
    [ "$pre_node" = 1 ] || pre_of=$pre_name.$pre_node
    ends "$pre_of" "$pre_status" "the starting records of node $pre_node are extended" pre_start \
      --params '{"disks":"lost"}' "$@"
  done
}

# A client of a user with a password, by librdkafka (kcb asks as that user) and by Java: CLUSTER USER PASSWORD 256|512
java_login() {
  printf 'security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-%s\nsasl.jaas.config=%s required username="%s" password="%s";\n' \
    "$4" org.apache.kafka.common.security.scram.ScramLoginModule "$2" "$3" >"$tmp/login.properties"
  "$live/kafka" lab ids "$(bootstrap "$1" sasl)" --config "$tmp/login.properties"
}
librdkafka_login() {
  same_service login orders "$1" scram-512
  printf %s "$3" >"$(service_dir login)/password"
  configure login ".kafka.\"sasl.username\" = \"$2\" | .kafka.\"sasl.mechanism\" = \"SCRAM-SHA-$4\" | del(.kraft)"
  hook login check
  [ "$(jq -r '.cluster // ""' "$(service_dir login)/report.json")" = "$(cluster "$1" id)" ]
}
