"""registry_figures.py - what a registry costs, by the records of its topic and by REST; see RESULTS.md."""
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from benchlib import (HERE, ROUNDS, TOP, Broken, Cluster, Service, alternate, bench, built, listed, measured, median, note,
                      ratio, run, words)

CACHE = os.environ.get("KCB_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "kafka-config-backup")
REAL = os.path.join(CACHE, "registry/axonops-0.2.1/schema-registry")  # as packaging/setup makes it
FAKE = os.path.join(TOP, "tests/fake/registry.py")
VERSIONS, TENTH, PER_SUBJECT = 10000, 1000, 10
DELAYED, DELAY_MS = 400, 5
LISTINGS = 9  # of each side: a server that shares two cores with its client scatters most
NOBODY = "http://127.0.0.1:1"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Child:
    """A program that says its port, and ends with its input."""

    def __init__(self, *command):
        self.child = subprocess.Popen([sys.executable, *map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True)
        self.port = int(self.child.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def __call__(self, **order):
        self.child.stdin.write(json.dumps(order) + "\n")
        self.child.stdin.flush()
        return json.loads(said) if (said := self.child.stdout.readline().strip()) != "ok" else None

    def end(self):
        self.child.stdin.close()
        self.child.wait(timeout=60)
        self.child.stdout.close()


class Fake(Child):
    """Confluent's, as far as tests need one: it lists all versions by pages, but it is slow."""

    def __init__(self):
        super().__init__(FAKE)

    def anew(self):
        self(registry={"vendor": "confluent"})


class Real:
    """A real one that keeps all in memory: it is fast, and is asked for each version."""

    def __init__(self, folder):
        self.folder, self.child, self.port = folder, None, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.anew()

    def anew(self):
        self.end()
        config = os.path.join(self.folder, "registry.yaml")
        with open(config, "w") as f:
            f.write(f"server: {{host: 127.0.0.1, port: {self.port}}}\nstorage: {{type: memory}}\n")
        self.child = subprocess.Popen([REAL, "-config", config], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while not answers(self.url):
            if time.monotonic() > until or self.child.poll() is not None:
                raise Broken("the registry does not answer")
            time.sleep(0.02)

    def end(self):
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.child = None


def answers(url):
    try:
        with urllib.request.urlopen(url + "/subjects", timeout=5):
            return True
    except (OSError, urllib.error.URLError):
        return False


def measure(*arguments):
    return words(run(built("bench/registry_rest"), *arguments))


# ---- by the records ----------------------------------------------------------------------------------------------


def by_records(folder):
    """Each against a bare consumer or producer; memory and growth of the whole hook."""
    cluster = Cluster(os.path.join(folder, "registry"), "1g")
    try:
        cluster.empty()
        figures = words(run(built("bench/registry"), "compare", cluster.bootstrap, VERSIONS, ROUNDS))
        times = {name: ms for name, ms in figures.items() if not name.endswith("-ratio")}
        note(f"{VERSIONS} records: " + ", ".join(f"{name} {ms:.0f} ms" for name, ms in times.items()))
        for figure, name, bar in (("read", "read", 1.25), ("capture", "capture", None), ("restore", "write", 1.3),
                                  ("restore-whole", "restore", None)):
            bench(f"registry-{figure}-time", figures[name + "-ratio"], bar)
        small, large = hooks(folder, cluster, TENTH), hooks(folder, cluster, VERSIONS)
        bare = median(words(run(built("bench/registry"), "read", cluster.bootstrap, f"schemas-{VERSIONS}"))["hwm"]
                      for _ in range(ROUNDS)) / 1024
        note(f"peak of memory: a whole backup of {VERSIONS} records {large[1]:.1f} MiB, a bare consumer {bare:.1f} MiB; "
             f"captures {large[0]:.0f} ms, of {TENTH} {small[0]:.0f} ms")
        bench("registry-memory-mib", large[1] - bare, 75)
        bench("registry-growth", large[0] / small[0], 11)
        by_rest_hook(folder, cluster)
    finally:
        cluster("remove")


def backups(service, versions):
    """The median time of a capture, and of its peak of memory in MiB, with a snapshot in the store already."""
    service.hook("periodic", {"now": True})
    hooks_run = [service.hook("periodic", {"now": True}) for _ in range(ROUNDS)]
    if hooks_run[0][1]["kinds"]["schema"]["count"] != versions:
        raise Broken(f"captured {hooks_run[0][1]['kinds']['schema']} instead of {versions} versions")
    return median(h[0]["capture"] for h in hooks_run), median(h[2] for h in hooks_run) / 1024


def hooks(folder, cluster, versions):
    topic = f"schemas-{versions}"
    run(built("bench/registry"), "fill", cluster.bootstrap, topic, versions)
    service = Service(os.path.join(folder, f"service.{topic}"), cluster.bootstrap,
                      registry={"url": NOBODY, "topic": topic})
    return backups(service, versions)


# ---- by REST -----------------------------------------------------------------------------------------------------


def requests_of(folder, port, *what):
    """The paths that a capture, or a restore, asks for."""
    record = os.path.join(folder, "requests")
    between = Child(os.path.join(HERE, "delay.py"), port, 0, record)
    try:
        measure(what[0], between.url, what[1])
    finally:
        between.end()
    with open(record) as f:
        asked = [line.split()[1] for line in f if line.startswith("GET ")]
    path = os.path.join(folder, "paths")
    with open(path, "w") as f:
        f.write("".join(a + "\n" for a in asked))
    return path, len(asked)


def capture_by_rest(folder, server, versions, name, what):
    """A capture against the same requests with their answers dropped; how many requests, and the probe's peak."""
    path, count = requests_of(folder, server.port, "capture", what)
    ours, theirs = alternate(lambda: measure("capture", server.url, what), lambda: measure("probe", server.url, path),
                             LISTINGS)
    if ours[0]["versions"] != versions:
        raise Broken(f"captured {ours[0]['versions']:.0f} versions instead of {versions}")
    note(f"{versions} versions by REST in {count} requests: ours {listed(o['ms'] for o in ours)} ms, "
         f"the probe {listed(t['ms'] for t in theirs)} ms")
    bench(name, ratio([o["ms"] for o in ours], [t["ms"] for t in theirs]), 1.25)
    return count, median(t["hwm"] for t in theirs) / 1024


def by_rest_hook(folder, cluster):
    server = Fake()
    try:
        server.anew()
        server(many=[VERSIONS // PER_SUBJECT, PER_SUBJECT], text=1200)
        count, dropped = capture_by_rest(folder, server, VERSIONS, "registry-rest-time", "schemas")
        bench("registry-rest-requests", count, 30)
        service = Service(os.path.join(folder, "service.rest"), cluster.bootstrap,
                          registry={"url": server.url, "topic": "there-is-none"})
        _, _, peak = service.hook("periodic", {"now": True})
        peak = max(peak, service.hook("periodic", {"now": True})[2]) / 1024
        note(f"peak of memory: a whole backup {peak:.1f} MiB, the probe {dropped:.1f} MiB")
        bench("registry-rest-memory-mib", peak - dropped, 75)
    finally:
        server.end()


def asked_for_each(folder, server, versions):
    """A server whose list lacks a part, so that each version is asked for."""
    server.anew()
    measure("send", server.url, versions)
    capture_by_rest(folder, server, versions, f"registry-rest-each-{versions}-time", "all")


def restore_by_rest(folder, server):
    """With some ms to the server: ours against the same requests, one at a time."""
    server.anew()
    path, count = requests_of(folder, server.port, "restore", DELAYED)
    between = Child(os.path.join(HERE, "delay.py"), server.port, DELAY_MS)

    def fresh(*what):
        server.anew()
        return measure(what[0], between.url, DELAYED, *what[1:])["ms"]

    try:
        ours, theirs = alternate(lambda: fresh("restore"), lambda: fresh("send", path))
        note(f"{DELAYED} versions and {count} GETs by REST, {DELAY_MS} ms away: ours {listed(ours)} ms, one at a time {listed(theirs)} ms")
        bench("registry-rest-restore-time", ratio(ours, theirs), 0.2)
    finally:
        between.end()


def figures(folder, full):
    by_records(folder)
    folder = os.path.join(folder, "rest")
    os.makedirs(folder)
    real = os.access(REAL, os.X_OK)
    note(f"the registry that keeps ids is {'real' if real else 'the fake one'}")
    server = Real(folder) if real else Fake()
    try:
        for versions in (TENTH, VERSIONS) if full else (TENTH,):
            asked_for_each(folder, server, versions)
        restore_by_rest(folder, server)
    finally:
        server.end()
        shutil.rmtree(folder)
