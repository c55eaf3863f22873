#!/usr/bin/env python3
"""s3.py - a store that speaks S3, and token services, in memory: as good, or as bad, as it is told; for tests of core/store.

  s3.py        listens on loopback, prints "PORT", serves until standard input ends

Each line it reads is JSON, and one line of JSON answers:
  {"do": "reset"}                       good again, empty, nothing seen
  {"do": "be", "lies": {...}}           see LIES below
  {"do": "seen"}                        ["PUT /bucket/key|header: value|...", ...] since the last time
  {"do": "keys"}                        what is in the bucket
  {"do": "put", "key": K, "text": T}    an object by another's hand
It checks signatures by a reckoning of its own. Keys: ID, SECRET, region "here"; a session token, where there is one, is TOKEN.
"""
import base64
import hashlib
import hmac
import json
import os
import socket
import struct
import sys
import threading
import time
import urllib.parse
import xml.sax.saxutils

BUCKET = "bucket"
KEYS = {"ID": "SECRET", "TEMP": "TEMPSECRET", "TEMP2": "TEMPSECRET2"}
TOKENS = {"TEMP": "TOKEN/+=", "TEMP2": "TOKEN2/+="}

# What it may be told to do otherwise than a good store:
LIES = {
    "condition": "",      # ignored: puts overwrite; refused: 501; goog: both kinds of headers are an error anyway
    "sum": False,         # true: x-amz-checksum-sha256 is not looked at; refused: 400
    "order": False,       # lists backwards
    "stale": False,       # lists nothing that was put since
    "max": False, "prefix": False, "after": False,  # ignored
    "encoding": True,     # encoding-type=url is honoured
    "versions": False,    # removals hide
    "deny": [],           # "list", "get", "put", "delete"
    "busy": 0,            # so many answers 503 first; -1: always
    "busy_every": 0,      # each n-th request is answered 503
    "retry_after": "",
    "reset_after": -1,    # bytes of a request's body, or (from 100000 on) of an answer, then a reset; once
    "drip": False,        # one byte a second
    "lost": 0,            # so many puts are done, and not answered
    "conflict": 0,        # so many puts are answered 409 ConditionalRequestConflict
    "skew": 0,            # its clock, in seconds
    "redirect": "",       # Location of a 307
    "region": "",         # 301 with this x-amz-bucket-region
    "xml": "",            # the body of each list
    "no_bucket": False,
    "flip": False,        # an object is given with one bit changed
    "whole": False,       # ranges are ignored
    "refuse": "",         # "403 ExpiredToken": the answer to every request signed with the key TEMP
    "error": "",          # "400 SomeCode text": the answer to everything
    "expires_in": 3600,   # of what the token services give
    "second": False,      # they give the second key now
    "token_error": "",    # "403 Code": their answer
}
lies = dict(LIES)
objects, listed, seen = {}, set(), []
lock = threading.Lock()
counts = {"requests": 0}
others = []  # other clouds (clouds.py): is a request theirs, and what serves it


def reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()
    raise OSError("reset")


def answer(conn, status, body=b"", more=(), head=False):
    text = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nDate: " + time.strftime(
        "%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + lies["skew"])) + "\r\n"
    data = (text + "".join(m + "\r\n" for m in more) + "\r\n").encode() + (b"" if head else body)
    if lies["reset_after"] >= 100000:
        n, lies["reset_after"] = lies["reset_after"] - 100000, -1
        conn.sendall(data[:n])
        time.sleep(0.02)
        reset(conn)
    if lies["drip"]:
        for i in range(len(data)):
            conn.sendall(data[i:i + 1])
            time.sleep(1)
    conn.sendall(data)


def error(conn, status, code, text="", more=(), head=False):
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{text} secret-of-the-server</Message></Error>'
    answer(conn, status, body.encode(), more, head)


# ---- signatures ----

def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature_error(method, path, query, fields, body):
    """None, or (status, code)."""
    header = fields.get("authorization", "")
    if not header.startswith(("AWS4-HMAC-SHA256 ", "GOOG4-HMAC-SHA256 ")):
        return "403 Forbidden", "AccessDenied"
    google = header.startswith("GOOG4")
    other = "x-amz-" if google else "x-goog-"
    if any(name.startswith(other) for name in fields):
        return "400 Bad Request", "ExcessHeaderValues"
    parts = dict(p.split("=", 1) for p in header.split(" ", 1)[1].split(", "))
    key, day, region, service, end = parts["Credential"].split("/")
    date = fields.get("x-goog-date" if google else "x-amz-date", "")
    if key not in KEYS:
        return "403 Forbidden", "InvalidAccessKeyId"
    if lies["refuse"] and key == "TEMP":
        return tuple(lies["refuse"].split(" ", 1)) if " " in lies["refuse"] else ("403", lies["refuse"])
    if (service, end) != (("storage", "goog4_request") if google else ("s3", "aws4_request")):
        return "400 Bad Request", "AuthorizationHeaderMalformed"
    if not google and region != "here":
        return "400 Bad Request", "AuthorizationHeaderMalformed"
    token = fields.get("x-goog-security-token" if google else "x-amz-security-token")
    if token != TOKENS.get(key):
        return "400 Bad Request", "InvalidToken"
    asked = time.mktime(time.strptime(date, "%Y%m%dT%H%M%SZ")) - time.timezone
    if abs(asked - time.time() - lies["skew"]) > 900:
        return "403 Forbidden", "RequestTimeTooSkewed"
    sent = fields.get("x-goog-content-sha256" if google else "x-amz-content-sha256", "")
    signed = parts["SignedHeaders"].split(";")
    if any(n not in signed for n in fields if n.startswith(("x-", "range", "if-", "host"))):
        return "403 Forbidden", "AccessDenied"
    canonical = "\n".join([method, path, query] + [f"{n}:{fields[n].strip()}" for n in signed]
                          + ["", ";".join(signed), sent])
    text = "\n".join([header.split(" ")[0], date, "/".join([day, region, service, end]),
                      hashlib.sha256(canonical.encode()).hexdigest()])
    k = ("GOOG4" if google else "AWS4") + KEYS[key]
    k = mac(mac(mac(mac(k.encode(), day), region), service), end)
    if not hmac.compare_digest(hmac.new(k, text.encode(), hashlib.sha256).hexdigest(), parts["Signature"]):
        return "403 Forbidden", "SignatureDoesNotMatch"
    if hashlib.sha256(body).hexdigest() != sent:
        return "400 Bad Request", "XAmzContentSHA256Mismatch"
    return None


# ---- the store ----

def escaped(key):
    return urllib.parse.quote(key.encode("utf-8", "surrogateescape"), safe="/-._~").replace("%20", "+")


def list_page(conn, query):
    asked = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    prefix = "" if lies["prefix"] else asked.get("prefix", "")
    after = "" if lies["after"] else asked.get("continuation-token", asked.get("start-after", ""))
    most = 1000000 if lies["max"] else int(asked.get("max-keys", 1000))
    with lock:
        keys = sorted(listed if lies["stale"] else objects, key=lambda k: k.encode("utf-8", "surrogateescape"))
    items, groups, last = [], [], ""
    for key in keys:
        if not key.startswith(prefix):
            continue
        below = key[len(prefix):]
        group = prefix + below.split("/")[0] + "/" if asked.get("delimiter") == "/" and "/" in below else None
        if (group or key) <= after or (group and group in groups):
            continue
        if len(items) + len(groups) == most:
            break
        (groups if group else items).append(group or key)
        last = group or key
    else:
        last = ""
    if lies["order"]:
        items.reverse()
    if lies["xml"]:
        answer(conn, "200 OK", lies["xml"].encode())
        return
    show = escaped if lies["encoding"] else xml.sax.saxutils.escape
    body = '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    body += f"<Name>{BUCKET}</Name><IsTruncated>{'true' if last else 'false'}</IsTruncated>"
    body += "".join(f"<Contents><Key>{show(k)}</Key><Size>1</Size></Contents>" for k in items)
    body += "".join(f"<CommonPrefixes><Prefix>{show(g)}</Prefix></CommonPrefixes>" for g in groups)
    if last:
        body += f"<NextContinuationToken>{xml.sax.saxutils.escape(last)}</NextContinuationToken>"
    if lies["encoding"]:
        body += "<EncodingType>url</EncodingType>"
    answer(conn, "200 OK", (body + "</ListBucketResult>").encode())


def put(conn, key, fields, body):
    if lies["sum"] == "refused" and "x-amz-checksum-sha256" in fields:
        return error(conn, "400 Bad Request", "InvalidArgument")
    conditional = fields.get("if-none-match") == "*" or fields.get("x-goog-if-generation-match") == "0"
    if conditional and lies["condition"] == "refused":
        return error(conn, "501 Not Implemented", "NotImplemented")
    if lies["conflict"]:
        lies["conflict"] -= 1
        return error(conn, "409 Conflict", "ConditionalRequestConflict")
    wanted = fields.get("x-amz-checksum-sha256")
    if wanted and not lies["sum"] and wanted != base64.b64encode(hashlib.sha256(body).digest()).decode():
        return error(conn, "400 Bad Request", "BadDigest")
    with lock:
        there = key in objects
        if not (there and conditional and lies["condition"] != "ignored"):
            objects[key] = body
            there = False
    if lies["lost"]:
        lies["lost"] -= 1
        reset(conn)
    if there:
        return error(conn, "412 Precondition Failed", "PreconditionFailed")
    return answer(conn, "200 OK")


def get(conn, key, fields, head):
    with lock:
        body = objects.get(key)
    if body is None:
        return error(conn, "404 Not Found", "NoSuchKey", head=head)
    if lies["flip"]:
        body = body[:-1] + bytes([body[-1] ^ 1])
    wanted = fields.get("range")
    if not wanted or lies["whole"]:
        return answer(conn, "200 OK", body, head=head)
    first, _, last = wanted[len("bytes="):].partition("-")
    first, last = int(first), min(int(last) if last else len(body) - 1, len(body) - 1)
    if first >= len(body):
        return error(conn, "416 Range Not Satisfiable", "InvalidRange")
    return answer(conn, "206 Partial Content", body[first:last + 1], [f"Content-Range: bytes {first}-{last}/{len(body)}"])


def remove(conn, key):
    with lock:
        objects.pop(key, None)
    answer(conn, "204 No Content", more=["x-amz-delete-marker: true", "x-amz-version-id: v1"] if lies["versions"] else [])


def is_busy():
    with lock:
        counts["requests"] += 1
        if lies["busy"] != 0:
            lies["busy"] -= 1 if lies["busy"] > 0 else 0
            return True
        return lies["busy_every"] > 0 and counts["requests"] % lies["busy_every"] == 0


def serve_store(conn, method, path, query, fields, body):
    head = method == "HEAD"
    if lies["error"]:
        status, code, text = lies["error"].split(" ", 2)
        return error(conn, status + " Some", code, text, head=head)
    if is_busy():
        more = [f"Retry-After: {lies['retry_after']}"] if lies["retry_after"] else []
        return error(conn, "503 Slow Down", "SlowDown", more=more, head=head)
    if lies["redirect"]:
        return error(conn, "307 Temporary Redirect", "TemporaryRedirect", more=[f"Location: {lies['redirect']}"])
    if lies["region"]:
        return error(conn, "301 Moved Permanently", "PermanentRedirect", more=[f"x-amz-bucket-region: {lies['region']}"])
    wrong = signature_error(method, path, query, fields, body)
    if wrong:
        return error(conn, wrong[0], wrong[1], head=head)
    key = urllib.parse.unquote(path, errors="surrogateescape").lstrip("/")
    if not fields.get("host", "").startswith(BUCKET + "."):
        bucket, _, key = key.partition("/")
        if bucket != BUCKET:
            return error(conn, "404 Not Found", "NoSuchBucket", head=head)
    if lies["no_bucket"]:
        return error(conn, "404 Not Found", "NoSuchBucket", head=head)
    what = {"GET": "get" if key else "list", "HEAD": "get", "PUT": "put", "DELETE": "delete"}[method]
    if what in lies["deny"]:
        return error(conn, "403 Forbidden", "AccessDenied", head=head)
    if what == "list":
        return list_page(conn, query)
    if what == "put":
        return put(conn, key, fields, body)
    return remove(conn, key) if what == "delete" else get(conn, key, fields, head)


# ---- token services ----

def fresh():
    key = "TEMP2" if lies["second"] else "TEMP"
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + lies["expires_in"]))
    return key, KEYS[key], TOKENS[key], until


def serve_tokens(conn, method, path, fields, body):
    key, secret, token, until = fresh()
    as_json = json.dumps({"Code": "Success", "AccessKeyId": key, "SecretAccessKey": secret, "Token": token,
                          "Expiration": until}).encode()
    if lies["token_error"]:
        status, _, code = lies["token_error"].partition(" ")
        return answer(conn, status + " Some", f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>".encode())
    if path == "/sts/":
        path = "/"
    form = dict(urllib.parse.parse_qsl(body.decode("latin-1")))
    if method == "POST" and form.get("Action") == "AssumeRoleWithWebIdentity":
        if "authorization" in fields or form.get("WebIdentityToken") != "web/identity+token" or form.get("Version") != "2011-06-15":
            return answer(conn, "400 Bad", b"<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>")
        return answer(conn, "200 OK", (
            "<AssumeRoleWithWebIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><AssumeRoleWithWebIdentityResult>"
            f"<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}"
            f"</SessionToken><Expiration>{until}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
            "</AssumeRoleWithWebIdentityResponse>").encode())
    if path == "/v1/credentials":
        good = fields.get("authorization") == "container-token"
        return answer(conn, "200 OK" if good else "401 Unauthorized", as_json if good else b"")
    if path == "/latest/api/token" and method == "PUT":
        good = fields.get("x-aws-ec2-metadata-token-ttl-seconds", "").isdigit()
        return answer(conn, "200 OK" if good else "400 Bad", b"SESSION==" if good else b"")
    if path.startswith("/latest/meta-data/iam/security-credentials/"):
        if fields.get("x-aws-ec2-metadata-token") != "SESSION==":
            return answer(conn, "401 Unauthorized")
        role = path.rsplit("/", 1)[1]
        return answer(conn, "200 OK", as_json if role == "my-role" else b"my-role\n") if role in ("", "my-role") \
            else answer(conn, "404 Not Found")
    return answer(conn, "404 Not Found")


# ---- HTTP ----

def read_request(conn, have):
    while b"\r\n\r\n" not in have:
        more = conn.recv(65536)
        if not more:
            return None
        have += more
    head, _, have = have.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    if fields.get("expect"):
        conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = int(fields.get("content-length", 0))
    limit = lies["reset_after"] if 0 <= lies["reset_after"] < 100000 and length > 0 else None
    while len(have) < length:
        if limit is not None and len(have) >= limit:
            break
        more = conn.recv(65536 if limit is None else max(1, limit - len(have)))
        if not more:
            return None
        have += more
    if limit is not None:
        lies["reset_after"] = -1
        reset(conn)
    return lines[0].split(" "), fields, have[:length], have[length:], "|".join(lines)


def converse(conn):
    have = b""
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        while True:
            request = read_request(conn, have)
            if request is None:
                return
            (method, target, _), fields, body, have, text = request
            with lock:
                seen.append(text)
            path, _, query = target.partition("?")
            other = next((serve for is_its, serve in others if is_its(path, fields)), None)
            if other:
                other(conn, method, path, query, fields, body)
            elif path.startswith(("/latest/", "/v1/")) or method == "POST":
                serve_tokens(conn, method, path, fields, body)
            else:
                serve_store(conn, method, path, query, fields, body)
    except (OSError, ValueError, KeyError) as e:
        if not isinstance(e, OSError):
            print("s3.py:", repr(e), file=sys.stderr)
    finally:
        conn.close()


def serve(listener):
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=converse, args=(conn,), daemon=True).start()


def obey(order):
    do = order["do"]
    with lock:
        if do == "reset":
            lies.clear()
            lies.update(LIES)
            objects.clear()
            listed.clear()
            seen.clear()
            counts["requests"] = 0
        elif do == "be":
            lies.update(order["lies"])
            listed.update(objects)
        elif do == "put":
            objects[order["key"]] = order["text"].encode()
        elif do == "keys":
            return sorted(objects)
        elif do == "seen":
            taken = list(seen)
            seen.clear()
            return taken
    return "ok"


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
    os._exit(0)
