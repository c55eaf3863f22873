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

# Users, ACLs, quotas, configs and topics of every kind, and what Kafka's own AdminClient says of them, in $tmp/before.*:
# CLUSTER NODES. What is sensitive has "planted" in it.
fill_cluster() {
  tab=$(printf '\t')
  sed "s/ /$tab/g" >"$tmp/topics" <<END
... 3 1
0 2 1
orders 6 $2 cleanup.policy=compact,delete retention.ms=1000000
$(printf 'n%.0s' $(seq 249)) 1 1
payments.eu 4 1 segment.bytes=2097152
END
  witness "$1"
  must told create "$tmp/topics"
  fill_acls
  must told user user256 256 8192 secret-256
  must told user user512 512 4096 secret-512
  must told user gone 256 4096 gone
  must told user gone 256
  must told quota user:user256 consumer_byte_rate=1024
  must told quota user:user512 producer_byte_rate=1800 # of 20,000 bytes in the first 10 s that it counts
  must told quota 'user:*,client-id:app' producer_byte_rate=2000 request_percentage=12.5
  must told quota ip:10.1.2.3 connection_creation_rate=7
  must told config broker '' log.retention.ms=77777777 my.plugin.password=planted-default
  must told config broker 1 log.cleaner.threads=2 my.plugin.secret=planted-broker
  must told config client_metrics cpu interval.ms=60000 metrics=org.apache.kafka.producer.
  must eventually 30 all_shown
  dismiss_witness
}
fill_acls() {
  set -f # the stars are Kafka's
  for acl in "allow User:user256 READ TOPIC ord prefixed" "deny User:user256 WRITE TOPIC orders literal" \
    "allow User:user256 WRITE TOPIC * literal" "allow User:user512 WRITE TOPIC orders literal" \
    "deny User:bob WRITE TOPIC orders literal 10.0.0.1" "allow User:müller ALL GROUP * literal" \
    "allow User:alice DESCRIBE CLUSTER kafka-cluster literal" "allow User:CN=x,O=y WRITE TRANSACTIONAL_ID t prefixed"; do
    # shellcheck disable=SC2086  # words
    must told acl $acl
  done
  set +f
}
all_shown() { # a broker's view lags
  tell_all before
  [ "$(cat "$tmp/before.list" "$tmp/before.acls" "$tmp/before.users" "$tmp/before.quotas" | wc -l)" = 20 ] &&
    grep -q "interval.ms=60000${tab}metrics=" "$tmp/before.configs" # which was the last to be set
}

cold_words="list ids users acls quotas configs"
tell_all() { for word in $cold_words; do told "$word" >"$tmp/$1.$word" 2>&1; done; }
witness_all() { # CLUSTER NAME
  witness "$1"
  tell_all "$2"
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

# One node's empty disk alone, of a cluster whose others run: CLUSTER NODE ID
format_alone() {
  cluster "$1" run kafka.tools.StorageTool format -t "$3" -c "$(cluster_dir "$1")/$2/server.properties" \
    --add-scram 'SCRAM-SHA-512=[name=admin,password=admin-secret,iterations=4096]'
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

# An application of a user with a password, by librdkafka and by Java: CLUSTER USER PASSWORD 256|512 TOPIC
by_librdkafka() { "$BUILD/tests/live/client" produce "$(bootstrap "$1" sasl)" "$2" "$3" "$4" "$5"; }
by_java() { lab "$1" produce "$(bootstrap "$1" sasl)" "$2" "$3" "$4" "$5"; }
says_why() { # WHY COMMAND ..: it fails, and says so
  why=$1; shift
  "$@" >"$tmp/.why" 2>&1 && return 1
  cat "$tmp/.why"
  grep -q "$why" "$tmp/.why"
}
# Logins of both libraries and mechanisms, what is denied, and a quota: CLUSTER
applications_are_back() {
  check "a user logs in with the old password, by librdkafka and SCRAM-SHA-256" by_librdkafka "$1" user256 secret-256 256 payments.eu
  check "and by SCRAM-SHA-512" by_librdkafka "$1" user512 secret-512 512 orders
  check "not with another one" says_why _AUTHENTICATION by_librdkafka "$1" user512 wrong 512 orders
  check "what was denied stays denied" says_why TOPIC_AUTHORIZATION_FAILED by_librdkafka "$1" user256 secret-256 256 orders
  check "and so does what was never allowed" says_why TOPIC_AUTHORIZATION_FAILED by_librdkafka "$1" user512 secret-512 512 payments.eu
  witness "$1"
  java_is_back "$(bootstrap "$1" sasl)"
  dismiss_witness
}
java_is_back() { # BOOTSTRAP
  check "by Java and SCRAM-SHA-256 too" told produce "$1" user256 secret-256 256 payments.eu
  same "without a quota nobody is throttled" 0 "$(cat "$tmp/.check")"
  check "and by SCRAM-SHA-512" told produce "$1" user512 secret-512 512 orders
  check "where the quota holds" test "$(cat "$tmp/.check")" -gt 0
  check "not with another password" says_why SaslAuthenticationException told produce "$1" user256 wrong 256 payments.eu
  check "nor against what is denied" says_why TopicAuthorizationException told produce "$1" user256 secret-256 256 orders
}

# Where a node's starting records are, and the folder where a file of them would be: CLUSTER NODE
starting_records() {
  records=$(cluster "$1" disk "$2")
  [ ! -f "$records/bootstrap.checkpoint" ] || { echo "$records/bootstrap.checkpoint"; return; }
  echo "$records/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"
}
# The records of one file as Kafka's own DumpLogSegments reads them, a line each; not the users that format makes, whose
# salts differ from node to node: FILE
dumped() {
  # shellcheck disable=SC2312
  "$live/kafka" tool org.apache.kafka.tools.DumpLogSegments --cluster-metadata-decoder --files "$1" |
    sed -n 's/^.* payload: \({.*}\)$/\1/p' | grep -v '"name":"admin"'
}
