#!/usr/bin/env python3
"""clouds.py - s3.py, and beside it Azure's Blob service, Google's JSON interface, and what gives tokens for both.

The same objects, orders and lies as there. Azure: account "account", key "SECRET" (in base64: U0VDUkVU), container "bucket",
the SAS "sv=2020&sp=racwdl&sig=SASSECRET%2B"; URLs begin with the account. Tokens to bear are TOKEN1 or, with the lie
"second", TOKEN2. A service account's claim is verified by OpenSSL with the file $GOOGLE_PUBLIC_KEY or the order
{"do": "google_key", "file": F}.
"""
import base64
import email.utils
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
import xml.sax.saxutils

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import s3  # noqa: E402

ACCOUNT = "account"
SAS = {"sv": "2020", "sp": "racwdl", "sig": "SASSECRET+"}
s3.LIES.update({
    "marker": False,     # Azure's marker is ignored
    "bearers": ["TOKEN1", "TOKEN2"],  # the tokens
    "in_turn": False,    # each answer gives the other one
    "flavor": "Google",  # of the metadata server
    "google_key": "",    # file of the public key of the service account
    "updating": 0,       # so many answers 410 of Azure's metadata service
    "spare_page": False,  # Azure ends a list with a marker behind which there is nothing
    "json": "",          # the body of each list of Google's
})
s3.lies.update(s3.LIES)
lies, objects = s3.lies, s3.objects


def crc(data, polynomial, bits):
    ones = (1 << bits) - 1
    value = ones
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (polynomial if value & 1 else 0)
    return value ^ ones


def listed_keys(prefix, after, inclusive, most):
    """Keys and groups below prefix, and the key to go on with."""
    with s3.lock:
        keys = sorted(s3.listed if lies["stale"] else objects, key=lambda k: k.encode("utf-8", "surrogateescape"))
    prefix = "" if lies["prefix"] else prefix
    after = "" if lies["after"] or lies["marker"] else after
    most = 1000000 if lies["max"] else most
    items, groups = [], []
    for key in keys:
        if not key.startswith(prefix) or key < after or (key == after and not inclusive):
            continue
        below = key[len(prefix):]
        group = prefix + below.split("/")[0] + "/" if "/" in below else None
        if group and group in groups:
            continue
        if len(items) + len(groups) == most:
            return items, groups, key
        (groups if group else items).append(group or key)
    if lies["order"]:
        items.reverse()
    return items, groups, "~~~" if lies["spare_page"] and after != "~~~" else ""


def find(fields, head, key):
    """The object's bytes, and its answer's status and headers; or None."""
    with s3.lock:
        body = objects.get(key)
    if body is None:
        return None
    if lies["flip"]:
        body = body[:-1] + bytes([body[-1] ^ 1])
    wanted = fields.get("range") or fields.get("x-ms-range")
    if head or not wanted or lies["whole"]:
        return body, "200 OK", []
    first, _, last = wanted[len("bytes="):].partition("-")
    first, last = int(first), min(int(last) if last else len(body) - 1, len(body) - 1)
    if first >= len(body):
        return b"", "416 Range Not Satisfiable", []
    return body[first:last + 1], "206 Partial Content", [f"Content-Range: bytes {first}-{last}/{len(body)}"]


def store(conn, key, body, conditional):
    """True: it is there already.  Resets where the answer is to be lost."""
    with s3.lock:
        there = key in objects
        if not (there and conditional and lies["condition"] != "ignored"):
            objects[key] = body
            there = False
    if lies["lost"]:
        lies["lost"] -= 1
        s3.reset(conn)
    return there


# ---- Azure ----

def azure_error(conn, status, code, head=False, more=()):
    s3.error(conn, status, code, "AuthenticationErrorDetail: string to sign was", [f"x-ms-error-code: {code}", *more], head)


def shared_key_is_good(method, path, query, fields):
    names = ("content-encoding", "content-language", "content-length", "content-md5", "content-type", "date",
             "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range")
    values = [fields.get(n, "") for n in names]
    values[2] = "" if values[2] == "0" else values[2]
    headers = "".join(f"{n}:{fields[n]}\n" for n in sorted(fields) if n.startswith("x-ms-"))
    pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
    text = "\n".join([method] + values) + "\n" + headers + f"/{ACCOUNT}{path}" + "".join(f"\n{n}:{v}" for n, v in pairs)
    mac = base64.b64encode(hmac.new(b"SECRET", text.encode(), hashlib.sha256).digest()).decode()
    return hmac.compare_digest(fields["authorization"], f"SharedKey {ACCOUNT}:{mac}")


def bearer_error(fields, expired):
    """None, or (status, code)."""
    token = fields.get("authorization", "").removeprefix("Bearer ")
    if token not in lies["bearers"]:
        return expired
    if lies["refuse"] and token == lies["bearers"][0]:
        return tuple(lies["refuse"].split(" ", 1))
    return None


def azure_is_refused(method, path, query, fields):
    """None, or (status, code)."""
    asked = dict(urllib.parse.parse_qsl(query))
    failed = "403 Forbidden", "AuthenticationFailed"
    if "sig" in asked:
        return None if all(asked.get(k) == v for k, v in SAS.items()) else failed
    if fields.get("authorization", "").startswith("Bearer "):
        return bearer_error(fields, ("401 Unauthorized", "InvalidAuthenticationInfo"))
    if not fields.get("authorization", "").startswith("SharedKey "):
        return "401 Unauthorized", "NoAuthenticationInformation"
    if abs(email.utils.parsedate_to_datetime(fields["x-ms-date"]).timestamp() - time.time() - lies["skew"]) > 900:
        return failed
    return None if shared_key_is_good(method, path, query, fields) else failed


def azure_list(conn, query):
    asked = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    after = asked.get("marker", "").removeprefix("2!mark!")
    items, groups, going = listed_keys(asked.get("prefix", ""), after, True, int(asked.get("maxresults", 5000)))
    show = xml.sax.saxutils.escape
    body = lies["xml"] or (
        '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="x" ContainerName="bucket"><Blobs>'
        + "".join(f"<Blob><Name>{show(k)}</Name><Properties><Content-Length>1</Content-Length></Properties></Blob>" for k in items)
        + "".join(f"<BlobPrefix><Name>{show(g)}</Name></BlobPrefix>" for g in groups)
        + (f"</Blobs><NextMarker>2!mark!{show(going)}</NextMarker>" if going else "</Blobs><NextMarker />") + "</EnumerationResults>")
    s3.answer(conn, "200 OK", body.encode("utf-8", "surrogateescape"), ["Content-Type: application/xml"])


def azure_put(conn, key, fields, body):
    if lies["condition"] == "refused" and "if-none-match" in fields:
        return azure_error(conn, "400 Bad Request", "UnsupportedHeader")
    if fields.get("x-ms-blob-type") != "BlockBlob":
        return azure_error(conn, "400 Bad Request", "InvalidHeaderValue")
    wanted = fields.get("x-ms-content-crc64")
    if wanted and not lies["sum"] and base64.b64decode(wanted) != crc(body, 0x9A6C9329AC4BC9B5, 64).to_bytes(8, "little"):
        return azure_error(conn, "400 Bad Request", "Crc64Mismatch")
    if store(conn, key, body, fields.get("if-none-match") == "*"):
        return azure_error(conn, "409 Conflict", "BlobImmutableDueToPolicy" if lies["versions"] else "BlobAlreadyExists")
    return s3.answer(conn, "201 Created", more=["x-ms-version-id: 2026"] if lies["versions"] else [])


def azure_refusal(fields, path):
    """(status, code) of what is told before it is looked at who asks; None."""
    if lies["error"]:
        status, code, _ = lies["error"].split(" ", 2)
        return status + " Some", code
    if s3.is_busy():
        return "503 Busy", "ServerBusy"
    if lies["conflict"]:
        lies["conflict"] -= 1
        return "409 Conflict", "AccountBeingCreated"
    if path.split("/")[2] != s3.BUCKET or lies["no_bucket"]:
        return "404 Not Found", "ContainerNotFound"
    return None


def serve_azure(conn, method, path, query, fields, body):
    head = method == "HEAD"
    key = urllib.parse.unquote("/".join(path.split("/")[3:]), errors="surrogateescape")
    what = {"GET": "get" if key else "list", "HEAD": "get", "PUT": "put", "DELETE": "delete"}[method]
    if fields.get("x-ms-version", "") < "2017-11-09" or "x-ms-date" not in fields:
        return azure_error(conn, "400 Bad Request", "MissingRequiredHeader", head)
    if lies["redirect"]:
        return azure_error(conn, "307 Temporary Redirect", "TemporaryRedirect", head, [f"Location: {lies['redirect']}"])
    wrong = azure_refusal(fields, path) or azure_is_refused(method, path, query, fields)
    if not wrong and what in lies["deny"]:
        wrong = "403 Forbidden", "AuthorizationPermissionMismatch"
    if wrong:
        return azure_error(conn, *wrong, head, [f"Retry-After: {lies['retry_after']}"] if lies["retry_after"] else [])
    if what == "list":
        return azure_list(conn, query)
    if what == "put":
        return azure_put(conn, key, fields, body)
    if what == "delete":
        with s3.lock:
            there = objects.pop(key, None) is not None
        return s3.answer(conn, "202 Accepted", more=["x-ms-delete-type-permanent: " + ("false" if lies["versions"] else "true")]) \
            if there else azure_error(conn, "404 Not Found", "BlobNotFound")
    found = find(fields, head, key)
    if found is None:
        return azure_error(conn, "404 Not Found", "BlobNotFound", head)
    if found[1].startswith("416"):
        return azure_error(conn, found[1], "InvalidRange")
    return s3.answer(conn, found[1], found[0], found[2], head)


# ---- Google ----

def gcs_error(conn, status, reason, message="secret-of-the-server", more=()):
    body = json.dumps({"error": {"code": int(status[:3]), "message": message, "errors": [{"reason": reason, "message": message}]}})
    s3.answer(conn, status, body.encode(), ["Content-Type: application/json", *more])


def gcs_list(conn, asked):
    after, inclusive = asked.get("pageToken", asked.get("startOffset", "")), True
    items, _, going = listed_keys(asked.get("prefix", ""), after, inclusive, int(asked.get("maxResults", 1000)))
    page = {"kind": "storage#objects"}
    if items:
        page["items"] = [{"name": k} for k in items]
    if going:
        page["nextPageToken"] = going
    s3.answer(conn, "200 OK", (lies["json"] or json.dumps(page)).encode("utf-8", "surrogateescape"), ["Content-Type: application/json"])


def gcs_put(conn, asked, fields, body):
    boundary = fields.get("content-type", "").partition("boundary=")[2].encode()
    parts = body.split(b"--" + boundary + b"\r\n")
    if not boundary or len(parts) != 3 or asked.get("uploadType") != "multipart":
        return gcs_error(conn, "400 Bad Request", "badRequest")
    about = json.loads(parts[1].split(b"\r\n\r\n", 1)[1])
    data = parts[2].split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n--" + boundary + b"--\r\n")
    if lies["condition"] == "refused" and "ifGenerationMatch" in asked:
        return gcs_error(conn, "501 Not Implemented", "notImplemented")
    s3.seen.append("about|" + json.dumps(about))
    if not lies["sum"] and base64.b64decode(about["crc32c"]) != crc(data, 0x82F63B78, 32).to_bytes(4, "big"):
        return gcs_error(conn, "400 Bad Request", "invalid", "Provided CRC32C \"x\" doesn't match calculated CRC32C \"y\".")
    if store(conn, about["name"], data, asked.get("ifGenerationMatch") == "0"):
        return gcs_error(conn, "412 Precondition Failed", "conditionNotMet")
    return s3.answer(conn, "200 OK", json.dumps({"size": str(len(data))}).encode(), ["Content-Type: application/json"])


def gcs_refusal(fields, bucket):
    """(status, reason), or None."""
    if lies["error"]:
        status, code, _ = lies["error"].split(" ", 2)
        return status + " Some", code
    if s3.is_busy():
        return "503 Busy", "backendError"
    if lies["conflict"]:
        lies["conflict"] -= 1
        return "409 Conflict", "conflict"
    wrong = bearer_error(fields, ("401 Unauthorized", "authError"))
    if wrong:
        return wrong
    return ("404 Not Found", "notFound") if bucket != s3.BUCKET or lies["no_bucket"] else None


def serve_gcs(conn, method, path, query, fields, body):
    asked = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    upload = path.startswith("/upload/")
    parts = path.removeprefix("/upload").split("/")  # "", storage, v1, b, BUCKET, o, KEY
    key = urllib.parse.unquote(parts[6], errors="surrogateescape") if len(parts) > 6 else ""
    what = "put" if upload else "delete" if method == "DELETE" else "get" if key else "list"
    if lies["redirect"]:
        return s3.answer(conn, "307 Temporary Redirect", more=[f"Location: {lies['redirect']}"])
    wrong = gcs_refusal(fields, parts[4])
    if not wrong and what in lies["deny"]:
        wrong = "403 Forbidden", "forbidden"
    if wrong:
        return gcs_error(conn, *wrong, more=[f"Retry-After: {lies['retry_after']}"] if lies["retry_after"] else [])
    if what == "list":
        return gcs_list(conn, asked)
    if what == "put":
        return gcs_put(conn, asked, fields, body)
    if what == "delete":
        with s3.lock:
            there = objects.pop(key, None) is not None
        return s3.answer(conn, "204 No Content") if there else gcs_error(conn, "404 Not Found", "notFound")
    found = find(fields, False, key)
    if found is None:
        return gcs_error(conn, "404 Not Found", "notFound")
    if asked.get("alt") != "media":
        return s3.answer(conn, "200 OK", json.dumps({"size": str(len(objects[key]))}).encode(), ["Content-Type: application/json"])
    return s3.answer(conn, found[1], found[0], found[2])


# ---- what gives tokens ----

def token_json(as_text):
    until, token = lies["expires_in"], lies["bearers"][1 if lies["second"] else 0]
    if lies["in_turn"]:
        lies["second"] = not lies["second"]
    return json.dumps({"access_token": token, "token_type": "Bearer",
                       "expires_in": str(until) if as_text else until, "expires_on": str(int(time.time()) + until)}).encode()


def claim_is_good(claim):
    """By OpenSSL, not by what made it; the claim's own times and audience too."""
    head, middle, signature = claim.split(".")
    pad = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    said = json.loads(pad(middle))
    now = time.time() + lies["skew"]
    if json.loads(pad(head)) != {"alg": "RS256", "kid": "KEYID", "typ": "JWT"} or said["exp"] != said["iat"] + 3600 or \
            abs(said["iat"] - now) > 300 or said["iss"] != "backup@project.iam" or not said["aud"].endswith("/token") or \
            said["scope"] != "https://www.googleapis.com/auth/devstorage.read_write":
        return False
    with tempfile.NamedTemporaryFile() as file:
        file.write(pad(signature))
        file.flush()
        return subprocess.run(["openssl", "dgst", "-sha256", "-verify", lies["google_key"] or os.environ.get("GOOGLE_PUBLIC_KEY", ""),
                               "-signature", file.name], input=(head + "." + middle).encode(), capture_output=True, check=False).returncode == 0


def login(conn, path, form):
    failed = None
    if path == "/token":
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" or not claim_is_good(form["assertion"]):
            failed = "invalid_grant"
    elif path != "/tenant-1/oauth2/v2.0/token" or form.get("scope") != "https://storage.azure.com/.default" or \
            form.get("grant_type") != "client_credentials" or form.get("client_id") != "client-1" or \
            form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
        failed = "invalid_request"
    elif form.get("client_assertion") != "federated/token+1":
        failed = "invalid_client"
    if failed:
        body = json.dumps({"error": failed, "error_description": "AADSTS700016 secret-of-the-server"}).encode()
        return s3.answer(conn, "400 Bad Request", body, ["Content-Type: application/json"])
    return s3.answer(conn, "200 OK", token_json(False))


def serve_tokens(conn, method, path, query, fields, body):
    asked = dict(urllib.parse.parse_qsl(query))
    if lies["token_error"]:
        status, _, code = lies["token_error"].partition(" ")
        return s3.answer(conn, status + " Some", json.dumps({"error": code, "error_description": "secret-of-the-server"}).encode())
    if method == "POST":
        return login(conn, path, dict(urllib.parse.parse_qsl(body.decode("latin-1"))))
    if path.startswith("/metadata/identity/"):
        if lies["updating"]:
            lies["updating"] -= 1
            return s3.answer(conn, "410 Gone")
        good = fields.get("metadata") == "true" and asked.get("resource") == "https://storage.azure.com/" and \
            asked.get("api-version") == "2018-02-01" and asked.get("client_id", "client-1") == "client-1"
        return s3.answer(conn, "200 OK", token_json(True)) if good else s3.answer(conn, "400 Bad Request", b'{"error":"invalid_request"}')
    good = fields.get("metadata-flavor") == "Google" and path.endswith("/service-accounts/default/token")
    return s3.answer(conn, "200 OK" if good else "403 Forbidden", token_json(False) if good else b"",
                     [f"Metadata-Flavor: {lies['flavor']}"])


s3.others += [
    (lambda path, fields: path == "/token" or path.endswith("/oauth2/v2.0/token") or path.startswith(("/metadata/", "/computeMetadata/")),
     serve_tokens),
    (lambda path, fields: path.startswith(("/storage/v1/b/", "/upload/storage/v1/b/")), serve_gcs),
    (lambda path, fields: path.startswith(f"/{ACCOUNT}/"), serve_azure),
]

if __name__ == "__main__":
    s3.main()
    os._exit(0)
