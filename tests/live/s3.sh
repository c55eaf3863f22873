# shellcheck shell=sh disable=SC2154  # tmp and live are lib.sh's
# tests/live/s3.sh: a real S3 server, and services that keep their snapshots in it; after lib.sh, service.sh and clouds.sh.
#
#   need_s3; s3_start [OPTION of versitygw..]; s3_bucket backups
#   in_bucket orders backups          the service orders has its store there, with root's key
#   s3 PUT '/backups?policy' FILE     a request of the tests' own, signed as root
#
# The server keeps buckets as folders, so that what is in them can be looked at: $(bucket_dir backups).
s3_root=KCBROOT s3_secret=root-secret-of-the-tests s3_region=here-1

need_s3() { "$live/versitygw" has || skip_all "versitygw is not here: packaging/setup compiles it where there is Go"; }

s3_start() { # [OPTION..]: on a port of its own; a second call starts it again on the same data
  mkdir -p "$tmp/s3/data" "$tmp/s3/iam" "$tmp/s3/versions"
  s3_port=${s3_port:-$(free_port)}
  ROOT_ACCESS_KEY_ID=$s3_root ROOT_SECRET_ACCESS_KEY=$s3_secret "$("$live/versitygw" path)" --quiet --region "$s3_region" \
    --port "127.0.0.1:$s3_port" --iam-dir "$tmp/s3/iam" "$@" posix --versioning-dir "$tmp/s3/versions" "$tmp/s3/data" >"$tmp/s3/log" 2>&1 </dev/null 8>&- 9>&- &
  echo $! >"$tmp/s3.pid"
  must eventually 30 listens "$s3_port"
}
s3_stop() { kill -KILL "$(cat "$tmp/s3.pid")" 2>/dev/null; rm -f "$tmp/s3.pid"; }
s3_url() { echo "${s3_scheme:-http}://127.0.0.1:$s3_port"; }
bucket_dir() { echo "$tmp/s3/data/$1"; }
s3_bucket() { must s3 PUT "/$1"; }
s3_field= # "name: value": a header that the next requests have too

# METHOD PATH [FILE]: signed as root, or as $s3_key with $s3_key_secret; prints the answer, fails unless it is 2xx.
s3() {
  S3_URL=$(s3_url) S3_KEY=${s3_key:-$s3_root} S3_SECRET=${s3_key_secret:-$s3_secret} S3_REGION=$s3_region S3_FIELD=$s3_field python3 - "$@" <<'PYTHON'
import hashlib, hmac, http.client, os, sys, time, urllib.parse
method, target = sys.argv[1:3]
body = open(sys.argv[3], "rb").read() if len(sys.argv) > 3 else b""
path, _, query = target.partition("?")
query = "&".join(sorted(q if "=" in q else q + "=" for q in query.split("&"))) if query else ""
url = urllib.parse.urlsplit(os.environ["S3_URL"])
date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
fields = {"host": url.netloc, "x-amz-content-sha256": hashlib.sha256(body).hexdigest(), "x-amz-date": date}
if os.environ["S3_FIELD"]:
    name, _, value = os.environ["S3_FIELD"].partition(": ")
    fields[name] = value
names = ";".join(sorted(fields))
canonical = "\n".join([method, path, query] + [f"{n}:{fields[n]}" for n in sorted(fields)] + ["", names, fields["x-amz-content-sha256"]])
scope = f"{date[:8]}/{os.environ['S3_REGION']}/s3/aws4_request"
key = ("AWS4" + os.environ["S3_SECRET"]).encode()
for part in scope.split("/"):
    key = hmac.new(key, part.encode(), hashlib.sha256).digest()
text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
fields["Authorization"] = f"AWS4-HMAC-SHA256 Credential={os.environ['S3_KEY']}/{scope}, SignedHeaders={names}, Signature={signature}"
c = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
c.request(method, path + ("?" + query if query else ""), body, fields)
answer = c.getresponse()
sys.stdout.write(answer.read().decode("utf-8", "replace"))
sys.exit(0 if answer.status // 100 == 2 else 1)
PYTHON
}

in_bucket() { # SERVICE BUCKET [KEY SECRET]: with the prefix "kafka/backups"
  bucket_secret=$(service_dir "$1")/s3-secret
  printf '%s' "${4:-$s3_secret}" >"$bucket_secret"
  configure "$1" '.store = {type: "s3", bucket: "'"$2"'", prefix: "kafka/backups", endpoint: "'"$(s3_url)"'", region: "'"$s3_region"'",
    credentials: {source: "static", access_key_id: "'"${3:-$s3_root}"'", secret_access_key: {file: "'"$bucket_secret"'"}}}'
}
in_store() { # SERVICE s|c|a|x: the names in one folder of it, newest first
  in_folder=$(bucket_dir "$(jq -r .store.bucket "$(config_file "$1")")")/kafka/backups/$(jq -r .service "$(config_file "$1")")/$2
  if [ -d "$in_folder" ]; then (cd "$in_folder" && LC_ALL=C ls); fi
}
