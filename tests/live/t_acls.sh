#!/bin/sh
# ACLs through the brokers: captured as the metadata log tells them, refused where an answer could be a lie, restored
# warm with DENY first.
# shellcheck disable=SC2317  # functions that eventually calls
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/live/service.sh
. "$live/service.sh"
version=${LIVE_VERSION:-4.4.0}
need_kafka "$version"
now='{"now": true}'
tab=$(printf '\t')

acl_file() { tr ' ' "$tab" >"$tmp/acls"; must lab "$1" acl-file "$tmp/acls"; } # CLUSTER; words on stdin
acls_of() { lab "$1" acls; }
acls_are() { [ "$(lab "$1" acls | wc -l)" = "$2" ]; } # CLUSTER COUNT: a broker's view lags
keys_by_api() { # NAME: the keys of the newest snapshot
  ask "$1" show '{"kind": "acl"}'
  report "$1" '.result.lines[].key'
}
keys_by_log() { # CLUSTER
  "$BUILD/tests/live/log_lines" "$(cluster "$1" disk 1)" 2>/dev/null | jq -r 'select(.kind == "acl").key'
}
same_as_log() { # SENTENCE NAME CLUSTER
  keys_by_log "$3" >"$tmp/by.log"
  keys_by_api "$2" >"$tmp/by.api"
  same_files "$1" "$tmp/by.log" "$tmp/by.api"
}
# permissionType (2 DENY, 3 ALLOW) of each ACL in the order in which the controller wrote them: CLUSTER
written_acls() {
  "$live/kafka" tool org.apache.kafka.tools.DumpLogSegments --cluster-metadata-decoder \
    --files "$(cluster "$1" disk 1)/__cluster_metadata-0/00000000000000000000.log" | grep '"ACCESS_CONTROL_ENTRY_RECORD"' |
    grep -o '"permissionType":[0-9]*'
}
bootstrap_set() { # NAME: the principals that the manager makes by itself
  configure "$1" '.guard.bootstrap_set = {users: ["admin"], acl_principals: ["User:kcb"]}'
}

# ---- no authorizer: nobody can say --------------------------------------------------------------------------------

LIVE_AUTHORIZER=no new_cluster off
printf 'a\t1\t1\n' >"$tmp/a"
must lab off create "$tmp/a"
service off off
ends off OK "a cluster without an authorizer is backed up" pre_poweroff
says off "its ACLs are unsupported, not empty, and why is said" \
  '.kinds.acl | .state == "unsupported" and (.reason | test("no authorizer"))'
says off "so is every kind that only the log tells, with the way to have it" \
  '[.kinds | .user, .quota, .cluster_config, .group_config, .client_metrics | .state == "unsupported" and (.reason | test("metadata_log_dir"))] | all'
cluster off wipe

# ---- capture ------------------------------------------------------------------------------------------------------

must cluster one make
kcb_user='SCRAM-SHA-512=[name=kcb,password=kcb-secret,iterations=4096]'
must cluster one format --add-scram "$kcb_user"
must cluster one start
must lab one create "$tmp/a"
service orders one scram-512
bootstrap_set orders
ends orders OK "a cluster with an authorizer and not one ACL is backed up" periodic --params "$now"
says orders "its ACLs are captured: there are none" '.kinds.acl == {count: 0, state: "captured", suspect: false}'

acl_file one <<END
allow User:alice READ TOPIC ord prefixed
allow User:alice ALL TOPIC * literal
deny User:bob WRITE TOPIC orders literal 10.0.0.1
deny User:* DESCRIBE_CONFIGS TOPIC orders literal
allow User:müller ALL GROUP gruppe-ä literal
allow User:alice DESCRIBE CLUSTER kafka-cluster literal
allow User:alice IDEMPOTENT_WRITE CLUSTER kafka-cluster literal ::1
allow User:CN=x,O="y\\z" WRITE TRANSACTIONAL_ID t prefixed
allow Group:ops CLUSTER_ACTION CLUSTER kafka-cluster literal
END
must eventually 20 acls_are one 9
acls_of one >"$tmp/few"
ends orders OK "nine ACLs of every kind are saved" periodic --params "$now"
same_as_log "line by line they are those of the metadata log" orders one

# ---- an answer that could be a lie --------------------------------------------------------------------------------

same_service few orders one scram-512
configure few '.kafka."sasl.username" = "kcb"'
printf kcb-secret >"$(service_dir few)/password"
must lab one acl allow User:kcb DESCRIBE TOPIC '*'
must lab one acl allow User:kcb DESCRIBE_CONFIGS TOPIC '*'
must eventually 20 acls_are one 11
ends few VETO "a user who may see all topics, and not the cluster, has its power-off vetoed" pre_poweroff
says few "since it cannot see ACLs, and what to grant is said" \
  '.kinds.acl.state == "unreachable" and .kinds.topic.state == "captured" and (.message | test("acl: .*grant Describe on Cluster"))'
must lab one acl allow User:kcb DESCRIBE CLUSTER kafka-cluster
must eventually 20 acls_are one 12
eventually 20 hook few pre_poweroff
ended few OK "with Describe on the cluster it is not"
says few "all twelve are seen" '.kinds.acl.count == 12'
ends few PARTIAL "check says what a restore lacks" check
says few "also for ACLs" '[.ledger[] | select(.kind == "acl").reason | test("grant Alter on Cluster")] == [true]'
must lab one acl allow User:kcb ALTER CLUSTER kafka-cluster
few_is_fine() { hook few check; [ "$(report few '[.ledger[].kind] | unique | join(" ")')" = topic ]; }
check "once that is granted, of topics alone" eventually 20 few_is_fine
must lab one acl-delete User:kcb
must eventually 20 acls_are one 9
for right in DESCRIBE DESCRIBE_CONFIGS; do must lab one acl allow User:kcb $right TOPIC '*'; done
must lab one acl allow User:kcb DESCRIBE CLUSTER kafka-cluster
must eventually 20 acls_are one 12
ends few OK "with the least of rights it is backed up" pre_poweroff
says few "with all twelve" '.kinds.acl == {count: 12, state: "captured", suspect: false}'
must lab one acl allow User:alice DESCRIBE DELEGATION_TOKEN x
must eventually 20 acls_are one 13
ends orders VETO "an ACL that librdkafka cannot name makes the kind unreachable" pre_poweroff
says orders "with its principal, and two ways out" '.kinds.acl.reason | test("User:alice on .x.*metadata_log_dir.*remove")'
service logged one scram-512
configure logged ".kraft = {metadata_log_dir: \"$(cluster one disk 1)\", log_dirs: [\"$(cluster one disk 1)\"], broker_ids: [1]}"
ends logged OK "the metadata log tells it" pre_poweroff
says logged "with all others" '.kinds.acl == {count: 13, state: "captured", suspect: false}'
must kafka_acls one --remove --force --allow-principal User:alice --operation Describe --delegation-token x
must eventually 20 acls_are one 12

# ---- a warm restore of many ---------------------------------------------------------------------------------------

many=2500
seq "$many" | awk '{ printf "%s\tUser:u%d\tREAD\tTOPIC\tt%d\t%s\t*\n", $1 % 3 ? "allow" : "deny", $1 % 100, $1, $1 % 2 ? "literal" : "prefixed" }' >"$tmp/acls"
must lab one acl-file "$tmp/acls"
must eventually 30 acls_are one $((many + 12))
acls_of one >"$tmp/before"
ends orders OK "2,512 ACLs are saved" pre_poweroff
same_as_log "they are those of the log" orders one
cp "$tmp/by.api" "$tmp/by.api.many"
must cluster one wipe
must cluster one format --add-scram "$kcb_user"
must cluster one start
must lab one acl allow User:kcb DESCRIBE CLUSTER kafka-cluster
must lab one acl deny User:strange DESCRIBE CLUSTER kafka-cluster
must eventually 20 acls_are one 2
ends orders NEEDS_OPERATOR "a cluster with an ACL of a principal that nobody declared is not fresh" post_poweron
says orders "that ACL is named" '.message | test("User:strange")'
must kafka_acls one --remove --force --deny-principal User:strange --operation Describe --cluster
must eventually 20 acls_are one 1
ends orders OK "one of a declared principal is no obstacle" post_poweron
says orders "all but that one are created" '.message | test("2512 acls, 1 topic, 2512 created, 1 were there")'
says orders "ACLs before topics" '.ledger == []'
acls_of one >"$tmp/after"
same_files "Kafka's own AdminClient says the same as before" "$tmp/before" "$tmp/after"
written_acls one | tail -n +3 >"$tmp/written" # but for the two that were there before
check "every DENY was written before the first ALLOW, over all batches" sort -c "$tmp/written"
same "and each was written once" "$(grep -c '^deny' "$tmp/before") $(($(grep -c '^allow' "$tmp/before") - 1))" \
  "$(grep -c :2 "$tmp/written") $(grep -c :3 "$tmp/written")"
ends orders OK "a second power-on" post_poweron
says orders "has nothing to do" '.message | startswith("nothing to restore")'
ends orders OK "kcb restore finds all there" command --params '{"command": "restore"}'
must kafka_acls one --remove --force --allow-principal User:u1 --operation Read --topic t1
ends orders OK "and puts back one that is missing" command --params '{"command": "restore", "kind": "acl"}'
must eventually 20 acls_are one $((many + 12))
acls_of one >"$tmp/after"
same_files "it is as it was" "$tmp/before" "$tmp/after"

# ---- with the metadata log, but without a restore before the first start ---------------------------------------------

bootstrap_set logged
configure logged '.guard.bootstrap_set.users += ["kcb"]'
must kcb logged --quiet adopt # the other service has restored this cluster
must kafka_configs one --alter --entity-type users --entity-name lost --add-config 'SCRAM-SHA-256=[iterations=4096,password=lost]'
saved_by_log() { hook logged pre_poweroff; [ "$(report logged '[.kinds.user.count, .kinds.acl.count] | join(" ")')" = "3 $((many + 12))" ]; }
check "users and ACLs are saved from the log" eventually 20 saved_by_log
same_files "the same lines as through the brokers" "$tmp/by.api.many" "$(keys_by_api logged >"$tmp/keys"; echo "$tmp/keys")"
configure logged '.kraft.metadata_log_dir = "/nowhere"'
ends logged VETO "where the log cannot be read a power-off is vetoed" pre_poweroff
says logged "though the brokers tell ACLs, as they tell topics" \
  "[.kinds | .user.state, .acl.state, .topic.state, .acl.count] == [\"unreachable\", \"captured\", \"captured\", $((many + 12))]"
configure logged ".kraft.metadata_log_dir = \"$(cluster one disk 1)\""
must cluster one wipe
must cluster one format --add-scram "$kcb_user"
must cluster one start
ends logged PARTIAL "a cluster that was started before anything was restored" post_poweron
says logged "gets its ACLs warm" ".message | test(\"$((many + 13)) created\")"
says logged "and the user is named and carried, with the way to have it" \
  '[.ledger[] | select(.loss) | .name, .what] == ["lost", "not restored"] and ([.ledger[] | select(.loss).reason | test("before the first start")] | all)'
acls_of one >"$tmp/after"
same_files "Kafka's own AdminClient says the same of ACLs" "$tmp/before" "$tmp/after"
finish
