"""cloud_figures.py - what a store in the cloud costs; a part of tests/bench/run.

The store is versitygw, a real S3 server over a folder (tests/live/versitygw), which keeps connections open as clouds
do. Where it is not there, nothing is measured, and a line says so.
"""
import json
import os
import random
import shutil
import socket
import subprocess
import threading
import time

import benchlib as bench

HERE = os.path.dirname(os.path.abspath(__file__))
VERSITYGW = os.path.join(os.path.dirname(HERE), "live/versitygw")
REGION, BUCKET, KEY_ID, SECRET = "here-1", "backups", "KCBBENCH", "a-secret-of-the-benchmark"
PREFIX = "kafka/backups"
SNAPSHOT = 3460300       # 3.3 MiB: what 40 MiB of lines come to (document.c)
PUBLISHED = 5            # of them in a turn
RETRIED = 50             # puts, and as many gets
REFUSED = 0.05           # of the requests, by chance: another seed each turn
CHOSEN = 5               # times in a turn
CHOOSERS = 11            # turns of each side: a turn is a fifth of a second, and scatters by a tenth
CHOOSING = "survey the store", "is it due?", "read the newest", "is it still due?"
READY_S = 30
BUSY = (b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s")
BUSY_XML = b"<Error><Code>ServiceUnavailable</Code><Message>Please try again.</Message></Error>"


class Server:
    """One versitygw with one bucket, whose objects are files in bucket()."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "s3")
        for name in "data", "iam":
            os.makedirs(os.path.join(self.folder, name))
        self.secret = os.path.join(self.folder, "secret")
        with open(os.open(self.secret, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
            f.write(SECRET)
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.port = s.getsockname()[1]
        program = bench.run(VERSITYGW, "path").strip()
        with open(os.path.join(self.folder, "log"), "w") as log:
            self.process = subprocess.Popen(
                [program, "--quiet", "--keep-alive", "--region", REGION, "--port", f"127.0.0.1:{self.port}", "--iam-dir",
                 os.path.join(self.folder, "iam"), "posix", os.path.join(self.folder, "data")],
                env={**os.environ, "ROOT_ACCESS_KEY_ID": KEY_ID, "ROOT_SECRET_ACCESS_KEY": SECRET},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        until = time.monotonic() + READY_S
        while not self.answers():
            if time.monotonic() > until or self.process.poll() is not None:
                raise bench.Broken("versitygw does not start: " + open(os.path.join(self.folder, "log")).read()[-500:])
            time.sleep(0.05)
        self.replay([("PUT", "/" + BUCKET, "-", "-")])

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def bucket(self):
        return os.path.join(self.folder, "data", BUCKET)

    def end(self):
        self.process.kill()
        self.process.wait()

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def ms(self, side, url, *arguments):
        """Of tests/bench/cloud."""
        said = bench.run(bench.built("bench/cloud"), side, url, REGION, BUCKET, KEY_ID, self.secret, *arguments)
        return bench.words(said)["ms"]

    def objects(self, side, url, size, count):
        """Puts and gets of new names; what was put is removed, since the disk may be small."""
        ms = self.ms(side, url, "object", size, count)
        shutil.rmtree(os.path.join(self.bucket(), "bench"))
        return ms

    def replay(self, requests):
        path = os.path.join(self.folder, "requests")
        with open(path, "w") as f:
            f.writelines(" ".join(r) + "\n" for r in requests)
        return self.ms("replay", self.url(), path)


class Between:
    """What stands between a client and the server: it writes down each request, and answers some of them 503.

    Which ones is chance by a seed, in their order.
    """

    def __init__(self, server, refused=0.0, seed=0):
        self.server, self.refused, self.random = server, refused, random.Random(seed)
        self.lock, self.requests, self.refusals = threading.Lock(), [], 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def url(self):
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, socket.create_connection(("127.0.0.1", self.server.port)) as to:
            for end in client, to:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=pump, args=(to, client), daemon=True).start()
            try:
                with client.makefile("rb") as asked:
                    while self.pass_on(asked, client, to):
                        pass
                to.shutdown(socket.SHUT_RDWR)  # what pumps waits for it
            except OSError:
                pass  # the client has gone, or the server

    def pass_on(self, asked, client, to):
        head = read_head(asked)
        if not head:
            return False
        method, target = head[0].split()[:2]
        fields = dict(line.lower().split(b": ", 1) for line in head[1:])
        with self.lock:
            self.requests.append((method.decode(), target.decode(), fields.get(b"range", b"-").decode()))
            refuse = self.random.random() < self.refused
            self.refusals += refuse
        if not refuse:
            to.sendall(b"\r\n".join(head) + b"\r\n\r\n")
        elif b"expect" in fields:
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        left = int(fields.get(b"content-length", 0))
        while left > 0:
            piece = asked.read1(min(left, 1 << 18))
            if not piece:
                return False
            left -= len(piece)
            if not refuse:
                to.sendall(piece)
        if refuse:
            client.sendall(BUSY % (len(BUSY_XML), BUSY_XML))
        return True


def read_head(asked):
    lines = []
    while (line := asked.readline().rstrip(b"\r\n")):
        lines.append(line)
    return lines


def pump(source, sink):
    try:
        while piece := source.recv(1 << 18):
            sink.sendall(piece)
    except OSError:
        pass  # one of them has gone


# ---- the figures -------------------------------------------------------------------------------------------------


def publish(server):
    """Snapshots put and read back, against bare libcurl that does the same and looks at nothing."""
    def side(name):
        return lambda: server.objects(name, server.url(), SNAPSHOT, PUBLISHED)

    for name in "ours", "bare":  # the server's first answers are its slowest
        side(name)()
    ours, bare = bench.alternate(side("ours"), side("bare"))
    again, signed = bench.alternate(side("ours"), side("signed"))
    bench.note(f"{PUBLISHED} snapshots of {SNAPSHOT} bytes put and read back: ours {bench.listed(ours)} ms, bare "
               f"{bench.listed(bare)} ms; ours {bench.listed(again)} ms, signed in advance {bench.listed(signed)} ms")
    bench.bench("publish-time", bench.ratio(ours, bare), 1.3)
    bench.bench("publish-time-presigned", bench.ratio(again, signed))


def retry(server):
    """The same operations where some requests are answered 503, and where none is."""
    refusals = []

    def side(refused):
        with Between(server, refused, len(refusals)) as between:
            ms = server.objects("ours", between.url(), SNAPSHOT, RETRIED)
            if len(between.requests) != 2 * RETRIED + between.refusals:
                raise bench.Broken(f"{len(between.requests)} requests for {RETRIED} puts and gets")
            if refused > 0:
                refusals.append(between.refusals)
        return ms

    side(0)
    refused, free = bench.alternate(lambda: side(REFUSED), lambda: side(0))
    bench.note(f"{RETRIED} puts and gets of {SNAPSHOT} bytes: with {bench.listed(refusals)} requests refused "
               f"{bench.listed(refused)} ms, without {bench.listed(free)} ms")
    bench.bench("retry-5-percent-time", bench.ratio(refused, free), 1.5)


def choose(service, server):
    """A hook that is not due, as in run's choose(); the service's store, 10,000 snapshots, is put into the bucket."""
    shutil.copytree(service.store, os.path.join(server.bucket(), PREFIX), copy_function=os.link)

    def keep_at(url):
        with open(service.config) as f:
            config = json.load(f)
        config["store"] = {"type": "s3", "bucket": BUCKET, "prefix": PREFIX, "endpoint": url, "region": REGION,
                           "credentials": {"source": "static", "access_key_id": KEY_ID,
                                           "secret_access_key": {"file": server.secret}}}
        with open(service.config, "w") as f:
            json.dump(config, f)

    def survey():
        phases, report, _ = service.hook("periodic")
        if not report["message"].startswith("not due"):
            raise bench.Broken(f"a hook that was not due did more: {report['message']}")
        return sum(phases[name] for name in CHOOSING)

    with Between(server) as between:
        keep_at(between.url())
        survey()
        requests = [(method, *(target.split("?") + ["-"])[:2], wanted) for method, target, wanted in between.requests]
    keep_at(server.url())
    survey()
    ours, bare = bench.alternate(lambda: sum(survey() for _ in range(CHOSEN)),
                                 lambda: sum(server.replay(requests) for _ in range(CHOSEN)), CHOOSERS)
    bench.note(f"choosing among 10,000 in a bucket, {CHOSEN} times: ours {bench.listed(ours)} ms, the same "
               f"{len(requests)} requests bare {bench.listed(bare)} ms")
    bench.bench("choose-cloud-requests", len(requests), 8)
    bench.bench("choose-cloud-time", bench.ratio(ours, bare), 1.2)


def figures(folder, service):
    """service: one whose store in a directory has 10,000 snapshots; None: only what needs no Kafka."""
    if subprocess.run([VERSITYGW, "has"], check=False).returncode != 0:
        bench.note("versitygw is not here (packaging/setup compiles it where there is Go): nothing is measured of clouds")
        return
    server = Server(folder)
    try:
        server.start()
        publish(server)
        retry(server)
        if service is not None:
            choose(service, server)
    finally:
        server.end()
