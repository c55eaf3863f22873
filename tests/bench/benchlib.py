"""benchlib.py - what the figures of tests/bench/run are made with: a broker, a service, both sides in turns."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("BUILD", os.path.join(TOP, "build"))
PLUGIN = os.environ.get("PLUGIN", os.path.join(BUILD, ".libs/kafka_config_backup.so"))
KAFKA = os.path.join(TOP, "tests/live/kafka")
ROUNDS = 5
MINUTES = 600  # seconds that any one command may take


class Broken(Exception):
    """Something could not be measured."""


def note(text):
    print("#", text, flush=True)


def bench(name, value, bar=None):
    verdict = "over" if bar is not None and value > bar else "ok"
    print(f"bench {name} {value:.4g} {'-' if bar is None else format(bar, 'g')} {verdict}", flush=True)


def run(*command, env=None):
    done = subprocess.run([str(c) for c in command], env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=MINUTES)
    if done.returncode != 0:
        raise Broken(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def measured(*command, env=None):
    """Its standard output, and its peak of resident memory in KiB."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode != 0:
            raise Broken(f"{' '.join(map(str, command))}: status {child.returncode}\n{err.read().decode()[-2000:]}"
                         f"{out.read().decode()[-2000:]}")
        return out.read().decode(), usage.ru_maxrss


def words(text):
    return {line.split()[0]: float(line.split()[1]) for line in text.splitlines()}


def built(name):
    return os.path.join(BUILD, "tests", name)


# ---- Kafka and the service ---------------------------------------------------------------------------------------


class Cluster:
    """One broker; `empty` gives it empty disks, and topics whose replicas live nowhere."""

    def __init__(self, folder, heap):
        self.env = {"LIVE_DIR": folder, "LIVE_HEAP": heap, "LIVE_NODES": "1", "LIVE_AUTHORIZER": "yes",
                    "LIVE_READY": str(MINUTES)}
        self("make")
        self.bootstrap = self("bootstrap", "plain").strip()

    def __call__(self, *command):
        return run(KAFKA, *command, env=self.env)

    def disk(self):
        return self("disk", 1).strip()

    def format(self, *counts):
        """Fresh disks; with counts, seeded with so much (seed.py)."""
        self("wipe")
        self("format")
        if counts:
            run(sys.executable, os.path.join(HERE, "seed.py"), self.disk(), *counts)

    def empty(self, *counts):
        self.format(*counts)
        self("start")

    def start_ms(self):
        began = time.monotonic()
        self("start")
        return (time.monotonic() - began) * 1000


class Service:
    """The plugin's side: a configuration, keys, a store in a directory; hooks by tests/live/host."""

    def __init__(self, folder, bootstrap, **sections):
        self.folder, self.store = folder, os.path.join(folder, "store")
        self.config = os.path.join(folder, "service.json")
        os.makedirs(self.store)
        os.makedirs(os.path.join(folder, "state"), 0o700)
        keys = os.path.join(folder, "keys")
        run(os.path.join(BUILD, "kcb"), "keygen", keys)
        public = {name: open(os.path.join(keys, name + ".pub")).read().strip() for name in ("identity", "signing")}
        self.write(bootstrap, {
            "recipients": [public["identity"]], "trusted_signers": [public["signing"]],
            "signing_key": {"file": os.path.join(keys, "signing")}, "identity": {"file": os.path.join(keys, "identity")}},
            sections)

    def write(self, bootstrap, keys, sections):
        service = {"service": "bench", "kafka": {"bootstrap.servers": bootstrap}, "keys": keys,
                   "store": {"type": "fs", "path": self.store}, "guard": {"bootstrap_set": {"users": ["admin"]}}}
        with open(self.config, "w") as f:
            json.dump({**service, **sections}, f)

    def keep_store(self):
        """What rewind_store() puts back, as often as it is asked to."""
        shutil.copytree(self.store, self.store + ".saved")

    def rewind_store(self):
        shutil.rmtree(self.store)
        shutil.copytree(self.store + ".saved", self.store)

    def command(self, hook, params=None):
        return [built("live/host"), PLUGIN, self.config, hook, "--state-dir", os.path.join(self.folder, "state"),
                *(["--params", json.dumps(params)] if params else [])]

    def hook(self, hook, params=None):
        """The times of the report's phases in ms, the report, and the peak of memory in KiB."""
        out, peak = measured(*self.command(hook, params))
        report = json.loads(out)
        if report["status"] != "OK":
            raise Broken(f"{hook}: {report['status']}: {report['message']}")
        return {p["name"]: p["ms"] for p in report["phases"]}, report, peak

    def snapshots(self):
        return os.path.join(self.store, "bench", "s")


def probe(*arguments):
    out, peak = measured(built("bench/probe"), *arguments)
    figures = words(out)
    if peak > figures["hwm"] + 2048:  # what a process starts with, a copy of this one, is counted as its own
        raise Broken(f"the probe's peak is {figures['hwm']} KiB by its own account, {peak} by the kernel's")
    return figures["ms"], figures["polls"], figures["hwm"]


def alternate(ours, theirs, rounds=ROUNDS):
    """So many of each, in turns, ours last; who begins changes too, so that a broker that warms up favours nobody."""
    results = [], []
    for i in range(rounds):
        for side in (1, 0) if i % 2 == 0 else (0, 1):
            results[side].append((ours, theirs)[side]())
    return results


def ratio(ours, theirs):
    """The median of the quotients of neighbours: the machine's slower minutes are then on both sides of each."""
    return median(o / t for o, t in zip(ours, theirs, strict=True))


def median(values):
    return statistics.median(values)


def listed(values):
    return " ".join(f"{v:.0f}" for v in values)
