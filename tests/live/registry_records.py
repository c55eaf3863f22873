#!/usr/bin/env python3
"""registry_records - the records of a Schema Registry's topic, as Confluent's and as Karapace write them.

  registry_records.py confluent|karapace SUBJECTS [WIDTH]    for `Lab write`, which takes the lines that it prints

Each subject has 1 to 4 versions with gaps between; some are softly deleted, some hard, some came back; there are
configs, modes and contexts where the vendor has them. What the lab saw of field order, headers, escapes and tombstones
is kept. WIDTH: so many bytes more in each schema.
"""
import base64
import json
import sys

TIME = 1700000000000
VENDOR, SUBJECTS, WIDTH = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0
KARAPACE = VENDOR == "karapace"
HEADERS = [("X-Registry-Version", b"karapace/5.0.3"), ("X-Origin-Host", b"registry-1")] if KARAPACE else []
NULL, NOTHING = None, b""
count = 0


def encoded(data):
    return "~" if data is None else base64.b64encode(data).decode()


def put(key, value):
    global count
    headers = [f"{name}={encoded(data)}" for name, data in HEADERS]
    print("\t".join([str(TIME + count), encoded(key.encode()), encoded(value), *headers]))
    count += 1


def compact(value):
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return (text.replace("/", "\\/") if KARAPACE else text).encode()


def key(keytype, subject=None, version=None):
    parts = {"keytype": keytype}
    if subject is not None or (KARAPACE and keytype == "CONFIG"):
        parts["subject"] = subject
    if version is not None:
        parts["version"] = version
    parts["magic"] = 1 if keytype == "SCHEMA" else 0
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False)


def schema(subject, version, number, text, deleted=False, schema_type=None, references=None):
    value = {"subject": subject, "version": version, "id": number}
    if not KARAPACE:
        value["md5"] = "1B2M2Y8AsgTpgAmY7PhCfg=="
        if schema_type:
            value["schemaType"] = schema_type
        if references:
            value["references"] = references
    value.update(schema=text, deleted=deleted)
    if KARAPACE:
        value.update({k: v for k, v in (("references", references), ("schemaType", schema_type)) if v})
    put(key("SCHEMA", subject, version), compact(value))


def text_of(number):
    return json.dumps({"type": "record", "name": f"R{number}", "doc": "a/b é " + "x" * WIDTH,
                       "fields": [{"name": "f", "type": "string"}]}, separators=(",", ":"), ensure_ascii=False)


def tombstone(subject, version):
    put(key("SCHEMA", subject, version), NOTHING if KARAPACE else NULL)


def delete(subject, version):
    put(key("DELETE_SUBJECT", subject), compact({"subject": subject, "version": version}))


number = 0
if not KARAPACE:
    put(key("NOOP"), NULL)
put(key("CONFIG"), compact({"compatibilityLevel": "FULL"}))
for i in range(SUBJECTS):
    name = f"subject-{i:05d}" if i % 7 else f"team/{i}:value é"
    for version in range(1, 2 + i % 4):
        number += 1
        schema(name, version * 2 - 1, number, text_of(number), schema_type="JSON" if i % 5 == 1 else None)
    if i % 11 == 3:
        schema(name, 1, number - i % 4, text_of(number - i % 4), deleted=True, schema_type="JSON" if i % 5 == 1 else None)
    if i % 13 == 5:
        delete(name, 1)
    if i % 17 == 6:
        tombstone(name, 1)
    if i % 10 == 2:
        put(key("CONFIG", name), compact({"compatibilityLevel": "NONE"}))
    if i % 20 == 12:
        put(key("CONFIG", name), NOTHING if KARAPACE else NULL)
number += 1
schema("proto", 1, number, 'syntax = "proto3";\n// kept\nmessage M { string s = 1; }\n', schema_type="PROTOBUF")
schema("uses-proto", 1, number + 1, 'syntax = "proto3";\nimport "proto";\nmessage N { M m = 1; }\n',
       schema_type="PROTOBUF", references=[{"name": "proto", "subject": "proto", "version": 1}])
schema("gone", 1, number + 1000, text_of(0), deleted=True)  # the highest id, hard-deleted
tombstone("gone", 1)
if not KARAPACE:
    put('{"keytype":"CONTEXT","tenant":"default","context":".other","magic":0}',
        compact({"tenant": "default", "context": ".other"}))
    schema(":.other:q", 1, 1, text_of(1))
    put(key("CONFIG", ":.other:"), compact({"compatibilityLevel": "BACKWARD"}))
    put(key("MODE", "subject-00001"), compact({"subject": "subject-00001", "mode": "READONLY"}))
    put(key("MODE"), compact({"mode": "READWRITE"}))
