# shellcheck shell=sh disable=SC2154  # tmp is lib.sh's
# tests/live/registry.sh: a real Schema Registry that keeps everything in memory; after lib.sh.
#
#   need_registry                      skips the whole test where packaging/setup could not make one
#   registry start [YAML]              an empty one, with more lines of its configuration; waits until it answers
#   registry stop; registry kill
#   asked GET /subjects                its answer; fails unless it is 2xx
registry_home=${KCB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kafka-config-backup}/registry/axonops-0.2.1

need_registry() {
  [ -x "$registry_home/schema-registry" ] || skip_all "no Schema Registry here: packaging/setup compiles one where there is Go 1.26"
}

registry_url() { cat "$tmp/registry.url"; }

registry() { # start [YAML]|stop|kill
  case $1 in
  start)
    [ -f "$tmp/registry.url" ] || printf 'http://127.0.0.1:%s' "$(free_port)" >"$tmp/registry.url"
    printf 'server: {host: 127.0.0.1, port: %s}\nstorage: {type: memory}\n%s\n' \
      "$(registry_url | sed 's/.*://')" "${2:-}" >"$tmp/registry.yaml"
    "$registry_home/schema-registry" -config "$tmp/registry.yaml" >"$tmp/registry.log" 2>&1 8>&- 9>&- &
    echo $! >"$tmp/registry.pid"
    eventually 20 curl -s -o "$tmp/.answer" "$(registry_url)/"
    ;;
  stop | kill)
    kill "-$(case $1 in stop) echo TERM ;; *) echo KILL ;; esac)" "$(cat "$tmp/registry.pid")" || return 1
    wait "$(cat "$tmp/registry.pid")" 2>/dev/null
    rm -f "$tmp/registry.pid"
    ;;
  esac
}

# One that answers as if it kept ids, and keeps none; its URL is printed.
apicurio_home=$(dirname "$registry_home")/apicurio-3.3.3
need_apicurio() {
  [ -f "$apicurio_home/quarkus-run.jar" ] || skip_all "no Apicurio here: packaging/setup fetches one where there is Java 21"
  "$live/registry/java21" >/dev/null || skip_all "no Java 21 here"
}
apicurio_url() { cat "$tmp/apicurio.url"; }
apicurio_answers() { [ "$(curl -s -o "$tmp/.answer" -w '%{http_code}' "$(apicurio_url)/subjects")" = 200 ]; }
start_apicurio() { # without the second pair of options it opens port 9000 too
  apicurio_port=$(free_port)
  printf 'http://127.0.0.1:%s/apis/ccompat/v7' "$apicurio_port" >"$tmp/apicurio.url"
  (cd "$apicurio_home" && exec "$("$live/registry/java21")" -Xmx384m -XX:+UseSerialGC -Dquarkus.http.host=127.0.0.1 \
    -Dquarkus.http.port="$apicurio_port" -Dquarkus.management.host=127.0.0.1 \
    -Dquarkus.management.port="$(free_port)" -jar quarkus-run.jar) >"$tmp/apicurio.log" 2>&1 8>&- 9>&- &
  echo $! >"$tmp/apicurio.pid"
  eventually 120 apicurio_answers
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

asked() { # METHOD PATH [JSON]
  curl -sS -m 60 -X "$1" ${3:+-H 'Content-Type: application/json' -d "$3"} -o "$tmp/.answer" -w '%{http_code}\n' \
    "$(registry_url)$2" >"$tmp/.status" || return 1
  cat "$tmp/.answer"
  grep -q '^2' "$tmp/.status"
}

# Every version by its own request, and the settings of each: what clients would see.
registry_shown() {
  for context in $(asked GET /contexts | jq -r '.[]'); do
    prefix=$([ "$context" = . ] || printf '/contexts/%s' "$context")
    asked GET "$prefix/subjects?deleted=true" | jq -r '.[]? | @uri' | grep -v '^kafka-config-backup-highest-id$' |
      while read -r subject; do
        for version in $(asked GET "$prefix/subjects/$subject/versions?deleted=true" | jq -r '.[]'); do
          live=$(asked GET "$prefix/subjects/$subject/versions/$version" >/dev/null && echo live || echo deleted)
          asked GET "$prefix/subjects/$subject/versions/$version?deleted=true" |
            jq -cS --arg live "$live" --arg context "$context" \
              '[$context, .subject, .version, .id, $live, .schemaType, .schema, .references]'
        done
        asked GET "$prefix/config/$subject" >/dev/null && jq -cS --arg s "$subject" '[$s, .]' "$tmp/.answer"
        asked GET "$prefix/mode/$subject" >/dev/null && jq -cS --arg s "$subject" '[$s, .]' "$tmp/.answer"
      done
    asked GET "$prefix/config" | jq -cS . && asked GET "$prefix/mode" | jq -cS .
  done
}
