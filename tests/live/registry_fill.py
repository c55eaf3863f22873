#!/usr/bin/env python3
"""registry_fill - fills a Schema Registry, and looks at it, by its REST interface; it has nothing of ours.

  registry_fill.py fill URL           60 subjects with 200 versions; prints what is there, and the highest id ever issued last
  registry_fill.py show URL           every version with its state, every config, every id with its text: lines to compare
  registry_fill.py register URL NAME  one schema more, under that subject; prints its id

Avro, JSON Schema, and Protobuf whose files import one another; versions that are softly deleted, gaps in versions and ids,
and last an id that was issued and whose schema is gone.
"""
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

RESERVED = "kafka-config-backup-highest-id"  # how a restore keeps the highest id; no subject of a client's


def ask(method, path, body=None):
    """None: there is no such thing."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        sys.exit(f"{method} {URL + path}: the registry answers {error.code} {error.read().decode(errors='replace')}")
    except OSError as error:
        sys.exit(f"{method} {URL + path}: the registry does not answer: {getattr(error, 'reason', error)}")


def of(subject, version=None):
    path = "/subjects/" + urllib.parse.quote(subject, safe="")
    return path if version is None else f"{path}/versions/{version}"


def register(subject, text, kind="AVRO", references=()):
    body = {"schema": text if isinstance(text, str) else json.dumps(text), "schemaType": kind}
    return ask("POST", of(subject) + "/versions", dict(body, references=list(references)))["id"]


def delete(subject, version, for_good):  # version None: all of it
    ask("DELETE", of(subject, version))  # softly: it must come first
    if for_good:
        ask("DELETE", of(subject, version) + "?permanent=true")


def avro(subject, version):
    fields = [{"name": f"f{i}", "type": "string", "default": ""} for i in range(version)]
    return {"type": "record", "name": subject.title().replace("-", ""), "fields": fields}


def fill():
    for n in range(10):
        register(f"orders-{n}-key", '"string"')  # one id for all ten
    for n in range(30):
        name, gap = f"orders-{n}-value", n % 6 == 0
        for version in range(1, 5 + gap):
            register(name, avro(name, version))
        if gap:
            delete(name, 2, for_good=True)
        if n % 6 == 3:
            delete(name, 1, for_good=False)
    for n in range(10):
        ask("PUT", f"/config/event-{n}", {"compatibility": "NONE"})
        for version in range(1, 5):
            register(f"event-{n}", {"type": "object", "title": f"event {n}", "properties": {
                f"p{i}": {"type": "string"} for i in range(version)}}, "JSON")
    for version in range(1, 4):
        fields = " ".join(f"int64 amount{i} = {i};" for i in range(1, version + 1))
        register("money", 'syntax = "proto3"; message Money { %s }' % fields, "PROTOBUF")
    for n in range(9):
        for version in range(1, 4):
            register(f"payment-{n}", 'syntax = "proto3"; import "money.proto"; message Payment%d { Money m%d = 1; }' % (
                n, version), "PROTOBUF", [{"name": "money.proto", "subject": "money", "version": version}])
    for n in range(5):
        delete(f"payment-{n}", 3, for_good=False)
    highest = register("gone", '"bytes"')
    delete("gone", None, for_good=True)
    lines = [line for line in shown() if line[0] == "version"]
    softly = sum(line[2] == "deleted" for line in lines)
    print(f"{len({line[1]['subject'] for line in lines})} subjects, {len(lines)} versions (Avro, JSON Schema, Protobuf;"
          f" {softly} softly deleted, {sum(n % 6 == 0 for n in range(30))} gaps), highest id {highest}")


def shown():
    ids = set()
    for subject in sorted(ask("GET", "/subjects?deleted=true")):
        for version in ask("GET", of(subject) + "/versions?deleted=true") if subject != RESERVED else ():
            found = ask("GET", of(subject, version) + "?deleted=true")
            ids.add(found["id"])
            yield "version", found, "deleted" if ask("GET", of(subject, version)) is None else "live"
        config = ask("GET", "/config/" + urllib.parse.quote(subject, safe=""))
        if config is not None:
            yield "config", subject, config
    for number in sorted(ids):
        yield "id", number, ask("GET", f"/schemas/ids/{number}")


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("fill", "show", "register"):
        sys.exit(__doc__)
    URL = sys.argv[2]
    if sys.argv[1] == "fill":
        fill()
    elif sys.argv[1] == "register":
        print(register(sys.argv[3], '"float"'))
    else:
        for line in shown():
            print(json.dumps(line, sort_keys=True))
