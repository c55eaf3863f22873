#!/usr/bin/env python3
"""Topics without logs, for benchmarks of a capture: full-size metadata that costs no disk and no descriptor.

  seed.py DISK TOPICS PARTITIONS [ACLS USERS QUOTAS]

DISK is the log directory of a freshly formatted node that was never started. Its first checkpoint gets TOPICS topics
of PARTITIONS partitions and two own configs each; their only replica lives on broker 99, which never runs. A broker
that starts with it answers Metadata, DescribeTopics and DescribeConfigs as if they were all there. ACLS, USERS (with
a SCRAM-SHA-512 credential each) and QUOTAS (of two values each) come after them.
"""
import hashlib
import os
import struct
import sys

TOPIC, PARTITION, CONFIG, USER, QUOTA, ACL = 2, 3, 4, 11, 14, 18  # records of KRaft, by their api keys
RESOURCE_TOPIC = 2
CONTROL = 0x20  # a batch's attribute
SNAPSHOT_FOOTER = 4  # a control record's type
NOBODY = 99  # the broker that never runs
HEADER = struct.Struct(">qiibI")  # base offset, length, leader epoch, magic, CRC
REST = struct.Struct(">hiqqqhii")  # attributes, last offset delta, 2 times, producer id, epoch, sequence, count
BATCH = 5000

CONFIGS = (("cleanup.policy", "compact"), ("retention.ms", "86400000"))


def crc32c_table():
    for c in range(256):
        for _ in range(8):
            c = c >> 1 ^ 0x82F63B78 if c & 1 else c >> 1
        yield c


TABLE = tuple(crc32c_table())


def crc32c(data):
    c = 0xFFFFFFFF
    for byte in data:
        c = TABLE[(c ^ byte) & 255] ^ c >> 8
    return c ^ 0xFFFFFFFF


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def zigzag(n):
    return varint(n * 2 if n >= 0 else -n * 2 - 1)


def text(s):
    return varint(len(s) + 1) + s.encode()


def record(delta, key, value):
    body = b"\0" + zigzag(0) + zigzag(delta)
    body += zigzag(-1) if key is None else zigzag(len(key)) + key
    body += zigzag(len(value)) + value + zigzag(0)
    return zigzag(len(body)) + body


def batch(offset, records, attributes, time):
    """records: (key, value) pairs"""
    body = b"".join(record(i, k, v) for i, (k, v) in enumerate(records))
    rest = REST.pack(attributes, len(records) - 1, time, time, -1, -1, -1, len(records)) + body
    return HEADER.pack(offset, len(rest) + 9, 0, 2, crc32c(rest)) + rest


def frame(api, version, message):
    return varint(1) + varint(api) + varint(version) + message + b"\0"  # no tagged fields


def ints(*values):
    return varint(len(values) + 1) + struct.pack(f">{len(values)}i", *values)


def topic(number, partitions):
    name, uuid = f"big-{number:06d}", struct.pack(">qq", 77, number + 1)
    yield frame(TOPIC, 0, text(name) + uuid)
    for key, value in CONFIGS:
        yield frame(CONFIG, 0, struct.pack(">b", RESOURCE_TOPIC) + text(name) + text(key) + text(value))
    for i in range(partitions):
        # replicas, in sync, being removed, being added; leader and two epochs; one directory, not assigned
        yield frame(PARTITION, 1, struct.pack(">i", i) + uuid + ints(NOBODY) + ints(NOBODY) + ints() + ints()
                    + struct.pack(">iii", NOBODY, 0, 0) + varint(2) + bytes(16))


def binary(b):
    return varint(len(b) + 1) + b


def random_like(what, number, size):
    """Bytes that nobody can compress, the same in every run."""
    return hashlib.shake_256(f"{what} {number}".encode()).digest(size)


def user(number):
    yield frame(USER, 0, text(f"user-{number:06d}") + b"\2" + binary(random_like("salt", number, 26))
                + binary(random_like("stored key", number, 64)) + binary(random_like("server key", number, 64))
                + struct.pack(">i", 4096))


def acl(number):
    """A user reads or writes a topic."""
    yield frame(ACL, 0, random_like("acl", number, 16) + b"\2" + text(f"big-{number // 2:06d}") + b"\3"
                + text(f"User:user-{number % 9973:06d}") + text("*") + bytes((3 + number % 2, 3)))


def quota(number):
    entity = varint(2) + text("user") + text(f"user-{number:06d}") + b"\0"
    for key in "consumer_byte_rate", "producer_byte_rate":
        yield frame(QUOTA, 0, entity + text(key) + struct.pack(">d", 1024.0 * (number + 1)) + b"\0")


def split(data):
    """The checkpoint without its footer, the offset of that, and its time."""
    at = 0
    while True:
        offset, length, *_ = HEADER.unpack_from(data, at)
        attributes, _, time, *_, count = REST.unpack_from(data, at + HEADER.size)
        if at + 12 + length == len(data):
            break
        at += 12 + length
    if not attributes & CONTROL or count != 1:
        raise SystemExit("the checkpoint does not end with a footer")
    return data[:at], offset, time


def checkpoint_of(disk):
    for name in "bootstrap.checkpoint", "__cluster_metadata-0/00000000000000000000-0000000000.checkpoint":
        path = os.path.join(disk, name)  # until 4.3, and since 4.4
        if os.path.exists(path):
            return path
    raise SystemExit(f"{disk} is no freshly formatted log directory: there is no checkpoint in it")


def main(disk, topics, partitions, acls=0, users=0, quotas=0):
    path = checkpoint_of(disk)
    with open(path, "rb") as f:
        head, offset, time = split(f.read())
    records = [(None, r) for n in range(topics) for r in topic(n, partitions)]
    for make, count in (user, users), (acl, acls), (quota, quotas):
        records += [(None, r) for n in range(count) for r in make(n)]
    out = [head]
    for i in range(0, len(records), BATCH):
        part = records[i:i + BATCH]
        out.append(batch(offset, part, 0, time))
        offset += len(part)
    out.append(batch(offset, [(struct.pack(">hh", 0, SNAPSHOT_FOOTER), struct.pack(">h", 0) + b"\0")], CONTROL, time))
    os.chmod(path, 0o600)
    with open(path, "wb") as f:
        f.write(b"".join(out))


if __name__ == "__main__":
    if len(sys.argv) not in (4, 7):
        sys.exit(__doc__)
    main(sys.argv[1], *map(int, sys.argv[2:]))
