#!/bin/sh
# The table of metadata records (core/kraft/record_table.c) is what Kafka's own schemas say, in every version that is here:
# numbers, names, fields in their order, types, first versions, tags, nullable, presets, and the newest versions.
# shellcheck source=tests/live/lib.sh
. "$(dirname "$0")/lib.sh"
build=${BUILD:-$live/../../build}
[ -x "$build/tests/live/record_fields" ] || skip_all "$build/tests/live/record_fields is not built"
need_kafka 4.4.0 4.3.1 3.9.2

"$build/tests/live/record_fields" >"$tmp/table" || exit 1
cat >"$tmp/compare.py" <<'PYTHON'
"""What a kafka-metadata jar says of each record, as record_fields prints it; and where the table differs."""
import json, re, sys, zipfile
table_file, newest_file, jar = sys.argv[1:]
table, fields = {}, {}
for line in open(table_file):
    number, rest = line.rstrip("\n").split(" ", 1)
    if rest.startswith("FIELD: "): fields.setdefault(int(number), []).append(rest[7:].split(" "))
    else: table[int(number)] = rest.split(" ")
known = {"int8", "int16", "int32", "float64", "bool", "uuid", "string", "bytes", "[]int32", "[]uuid"}
compared = 0
def differs(*words): print(*words)
def first(versions): return int(re.match(r"\d+", versions).group())
def of_jar(schema, within=""):
    for f in schema:
        if f["versions"] == "none": continue
        kind = f["type"] if f["type"] in known else "[]struct" if f["type"].startswith("[]") else f["type"]
        tagged = "taggedVersions" in f
        number = kind in ("int8", "int16", "int32")
        yield [within + f["name"], kind, str(first(f["versions"])), "nullable" if "nullableVersions" in f else "whole",
               str(f["tag"]) if tagged else "-", str(f.get("default", "0")) if tagged and number else "-"]
        if "fields" in f: yield from of_jar(f["fields"], "+")
seen = set()
with zipfile.ZipFile(jar) as z:
    for name in sorted(z.namelist()):
        if not re.match(r"common/metadata/\w+Record\.json$", name): continue
        text = re.sub(r"^\s*//.*$", "", z.read(name).decode(), flags=re.M)
        schema = json.loads(text)
        number, newest = schema["apiKey"], int(schema["validVersions"].split("-")[-1])
        seen.add(number)
        compared += 1
        with open(newest_file, "a") as f: f.write("%d %d\n" % (number, newest))
        if number not in table: differs("record", number, schema["name"], "is not in the table"); continue
        if table[number][0] != schema["name"]: differs("record", number, table[number][0], "is", schema["name"])
        if first(schema["flexibleVersions"]) != 0: differs(schema["name"], "is not flexible from version 0 on")
        if first(schema["validVersions"]) != 0: differs(schema["name"], "has no version 0 any more")
        if table[number][2] == "passed": continue
        ours = [f for f in fields.get(number, []) if int(f[2]) <= newest]
        theirs = list(of_jar(schema["fields"]))
        compared += len(theirs)
        for a, b in zip(ours, theirs):
            if a != b: differs(schema["name"] + ":", " ".join(a), "is", " ".join(b))
        if len(ours) != len(theirs): differs(schema["name"], "has", len(theirs), "fields, and here", len(ours))
print("compared", compared, file=sys.stderr)
sys.exit(0 if compared > 50 else 1)
PYTHON

for version in $("$live/kafka" versions); do
  jar=$("$live/kafka" jar "$version" kafka-metadata) || continue
  if python3 "$tmp/compare.py" "$tmp/table" "$tmp/newest" "$jar" >"$tmp/differs" 2>"$tmp/told"; then
    same "every record of Kafka $version is in the table as its schema has it ($(cat "$tmp/told"))" "" "$(cat "$tmp/differs")"
  else
    fail "the schemas of Kafka $version are read" "$(cat "$tmp/told" "$tmp/differs")"
  fi
done

sort -k1,1n -k2,2n "$tmp/newest" | awk '{ newest[$1] = $2 } END { for (n in newest) print n, newest[n] }' | sort -n >"$tmp/theirs"
grep -v FIELD: "$tmp/table" | awk '{ print $1, $3 }' | sort -n >"$tmp/ours"
same_files "the newest version of each record is the newest of all of them" "$tmp/theirs" "$tmp/ours"

# The test itself: a table that is wrong in one place is found out.
sed 's/^3 FIELD: Leader int32 0/3 FIELD: Leader int16 0/' "$tmp/table" >"$tmp/wrong"
python3 "$tmp/compare.py" "$tmp/wrong" "$tmp/ignored" "$("$live/kafka" jar 4.4.0 kafka-metadata)" >"$tmp/differs" 2>/dev/null
same "a wrong type would be told" "PartitionRecord: Leader int16 0 whole - - is Leader int32 0 whole - -" "$(cat "$tmp/differs")"
finish
