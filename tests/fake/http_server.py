#!/usr/bin/env python3
"""http_server.py - HTTP servers that behave as badly as the request's path says; for tests of core/loop/http.

  http_server.py FOLDER     makes certificates in FOLDER, listens on loopback, serves until standard input ends

The first line it writes: the ports "plain other tls wrong expired old mutual closed". Then it answers a line for each it reads:
  seen    what was seen since the last: {"other": N, "requests": ["GET /x HTTP/1.1|Host: ...", ...]}
other: a second plain server, and how many connections it had. tls: a certificate for 127.0.0.1 of FOLDER/ca.pem. wrong: one
for another name. expired: one that was good until now. old: TLS 1.1 alone. mutual: wants a client certificate.
closed: nobody listens there.
"""
import email.utils
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

seen = {"other": 0, "requests": []}
lock = threading.Lock()


# ---- certificates ----

def openssl(*words):
    subprocess.run(["openssl", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_authority(folder, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-subj",
            f"/CN={name}", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem")


def make_certificate(folder, name, alternative, days="3650"):
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.csr")
    with open(f"{folder}/{name}.ext", "w", encoding="ascii") as f:
        f.write(f"subjectAltName={alternative}\n")
    openssl("x509", "-req", "-in", f"{folder}/{name}.csr", "-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.key",
            "-days", days, "-CAcreateserial", "-extfile", f"{folder}/{name}.ext", "-out", f"{folder}/{name}.pem")


def make_certificates(folder):
    make_authority(folder, "ca")
    make_authority(folder, "stranger")
    make_certificate(folder, "server", "IP:127.0.0.1,DNS:localhost")
    make_certificate(folder, "wrong", "DNS:elsewhere.example")
    make_certificate(folder, "expired", "IP:127.0.0.1,DNS:localhost", days="0")
    make_certificate(folder, "client", "DNS:client.example")
    openssl("ec", "-in", f"{folder}/client.key", "-aes256", "-passout", "pass:opensesame", "-out",
            f"{folder}/client-locked.key")


def context(folder, name, client_ca=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
    if client_ca:
        c.load_verify_locations(client_ca)
        c.verify_mode = ssl.CERT_REQUIRED
    return c


def old_context(folder):
    c = context(folder, "server")
    c.set_ciphers("ALL:@SECLEVEL=0")
    c.minimum_version = c.maximum_version = ssl.TLSVersion.TLSv1_1
    return c


# ---- one connection ----

def reset(conn):
    """Close with a reset: detach the socket under TLS, which would say good-bye."""
    raw = socket.socket(fileno=conn.detach())
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.close()


def until_client_closes(conn):
    while conn.recv(65536):
        pass


def answer(conn, status="200 OK", body=b'{"ok":true}', kind="application/json", more=()):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *more]
    if kind:
        lines.append(f"Content-Type: {kind}")
    conn.sendall("\r\n".join(lines + ["", ""]).encode() + body)


def head_only(conn, length, more=""):
    conn.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n".encode())


def chunked(conn):
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")


def forever(conn, piece):
    while True:
        conn.sendall(piece)


def drip(conn, text):
    for i in range(len(text)):
        conn.sendall(text[i:i + 1])
        time.sleep(0.05)
    until_client_closes(conn)


def misbehave(conn, path, request):
    """Answer one request. False: the connection is of no use any more."""
    what, _, rest = path.split("?")[0].strip("/").partition("/")
    if what == "status":
        answer(conn, f"{rest} Some", b'{"message":"secret-of-the-server"}')
    elif what == "busy":
        answer(conn, "503 Busy", more=["Retry-After: 7"])
    elif what == "busy-until":
        answer(conn, "503 Busy", more=["Retry-After: " + email.utils.formatdate(time.time() + 60, usegmt=True)])
    elif what == "busy-for-ever":
        answer(conn, "429 Busy", more=["Retry-After: 99999999999999999999"])
    elif what == "html":
        answer(conn, body=b"<html>hello</html>", kind="text/html; charset=utf-8")
    elif what == "untyped":
        answer(conn, kind=None)
    elif what == "vendor":
        answer(conn, kind="application/vnd.schemaregistry.v1+json")
    elif what == "nothing-to-say":
        conn.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    elif what == "fields":
        answer(conn, more=["Date: Sun, 06 Nov 1994 08:49:37 GMT", "ETag: \"abc\"", "X-Empty:"])
    elif what == "echo":
        answer(conn, body=request, kind="text/plain")
    elif what == "who":  # asks: the port of the client's end, so that connections can be told apart
        answer(conn, body=str(conn.getpeername()[1]).encode())
    elif what == "sized":
        answer(conn, body=b"x" * int(rest), kind="application/octet-stream")
    elif what == "truncated":
        head_only(conn, 1000)
        conn.sendall(b"0123456789")
        return False
    elif what == "huge":
        head_only(conn, 2 << 30)
        forever(conn, b"x" * 65536)
    elif what == "endless":
        chunked(conn)
        forever(conn, b"10000\r\n" + b"x" * 65536 + b"\r\n")
    elif what == "endless-fields":
        conn.sendall(b"HTTP/1.1 200 OK\r\n")
        forever(conn, b"X-Field: " + b"x" * 1000 + b"\r\n")
    elif what == "endless-100":
        forever(conn, b"HTTP/1.1 100 Continue\r\n\r\n")
    elif what == "chunked":
        chunked(conn)
        conn.sendall(b'6\r\n{"ok":\r\n5\r\ntrue}\r\n0\r\n\r\n')
    elif what == "bad-chunk":
        chunked(conn)
        conn.sendall(b"nonsense\r\nabc\r\n")
        until_client_closes(conn)
    elif what == "cut-chunk":
        chunked(conn)
        conn.sendall(b"6\r\n{\"ok\":\r\n")
        return False
    elif what == "drip":
        head_only(conn, 100000)
        drip(conn, b"x" * 100000)
    elif what == "stall":
        until_client_closes(conn)
    elif what == "stall-body":
        head_only(conn, 1000)
        until_client_closes(conn)
    elif what == "later":
        time.sleep(int(rest) / 1000)
        answer(conn)
    elif what == "reset":
        reset(conn)
        return False
    elif what == "reset-body":
        head_only(conn, 1000)
        conn.sendall(b"0123456789")
        reset(conn)
        return False
    elif what == "close":
        return False
    elif what == "close-after":
        answer(conn)
        return False
    elif what == "garbage":
        conn.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        return False
    elif what == "garbage-status":
        conn.sendall(b"HTTP/1.1 abc\r\nContent-Length: nonsense\r\n\r\n")
        return False
    elif what == "redirect":
        answer(conn, "307 Elsewhere", b"", more=[f"Location: http://user:hunter2@127.0.0.1:{ports['other']}/steal?t=hunter3"])
    elif what == "redirect-path":
        answer(conn, "301 Elsewhere", b"", more=["Location: /login?token=hunter3"])
    else:
        answer(conn)
    return True


def read_head(conn, have):
    while b"\r\n\r\n" not in have:
        more = conn.recv(65536)
        if not more:
            return None, b""
        have += more
        if not have[:1].isalpha():  # TLS, perhaps
            conn.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            conn.shutdown(socket.SHUT_WR)
            until_client_closes(conn)
            return None, b""
    head, _, rest = have.partition(b"\r\n\r\n")
    return head, rest


def read_body(conn, head, have):
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    if fields.get(b"expect") == b"100-continue":
        conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = int(fields.get(b"content-length", 0))
    while len(have) < length:
        more = conn.recv(65536)
        if not more:
            break
        have += more
    return have[:length], have[length:]


def converse(conn):
    have = b""
    while True:
        head, have = read_head(conn, have)
        if head is None:
            return
        line = head.split(b"\r\n")[0].decode()
        path = line.split(" ")[1]
        with lock:
            seen["requests"].append(head.decode("latin-1").replace("\r\n", "|"))
        if path.startswith("/unread"):  # close in the middle of what the client writes
            return
        if path.startswith("/never-read"):
            time.sleep(60)
        if path.startswith("/refused-early"):
            answer(conn, "401 No", b"{}", more=["Connection: close"])
            return
        if path.startswith("/refused-reset"):
            answer(conn, "401 No", b"{}")
            reset(conn)
            with lock:
                seen["requests"].append("gone")
            return
        body, have = read_body(conn, head, have)
        if line.startswith("HEAD "):
            conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: x/y\r\nContent-Length: 5000000000\r\n\r\n")
        elif not misbehave(conn, path, head + b"\r\n\r\n" + body):
            return


def shake_hands(conn):
    """When it fails, leave time for the alert to be read: a close with bytes unread would be a reset, and lose it."""
    try:
        conn.do_handshake()
    except OSError:
        raw = socket.socket(fileno=conn.detach())
        with raw:
            raw.shutdown(socket.SHUT_WR)
            until_client_closes(raw)
        raise


def serve_one(conn, tls):
    try:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            conn = tls.wrap_socket(conn, server_side=True, do_handshake_on_connect=False)
            shake_hands(conn)
        converse(conn)
    except (OSError, ValueError):
        pass
    finally:
        conn.close()


def serve(listener, tls, counted):
    while True:
        conn, _ = listener.accept()
        if counted:
            with lock:
                seen["other"] += 1
        threading.Thread(target=serve_one, args=(conn, tls), daemon=True).start()


def listen(tls=None, counted=False):
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    threading.Thread(target=serve, args=(listener, tls, counted), daemon=True).start()
    return listener.getsockname()[1]


def closed_port():
    """Bound, and nobody listens: nobody else can take it either."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    held.append(bound)
    return bound.getsockname()[1]


def take_seen():
    with lock:
        line = json.dumps(seen)
        seen.update(other=0, requests=[])
    return line


held = []
ports = {}


def main():
    folder = sys.argv[1]
    make_certificates(folder)
    ports.update(plain=listen(), other=listen(counted=True), tls=listen(context(folder, "server")),
                 wrong=listen(context(folder, "wrong")), expired=listen(context(folder, "expired")),
                 old=listen(old_context(folder)),
                 mutual=listen(context(folder, "server", f"{folder}/ca.pem")), closed=closed_port())
    print(*ports.values(), flush=True)
    for line in sys.stdin:
        print(take_seen() if line.strip() == "seen" else "what?", flush=True)


if __name__ == "__main__":
    main()
    os._exit(0)
