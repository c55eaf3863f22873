#!/usr/bin/env python3
"""registry.py - a Schema Registry as far as tests of core/registry need one: four of them, and bad days on order.

Listens on loopback, prints its port, then obeys standard input: one line of JSON an order, one line "ok" or JSON each.
  {"registry": {"vendor": "confluent" | "karapace" | "axonops" | "apicurio", ...}}   a new one, empty, no orders:
        "cap": N        most entries of one list (of Confluent and Apicurio 1000, where nothing is said)
        "loading": N    the next N lists lack their second half; Karapace says so with "ready": false for as long
        "hides": [..], "hides_names": [..]    subjects that its list of versions, or of subjects, lacks
        "drops": [..]   members of a schema or config that it takes and does not keep
        "base": "/x"    what every path must begin with;  "user": "u:p", "token": "t": who may ask
        "latency_ms": N
  {"has": [[CONTEXT, SUBJECT, VERSION, ID, TEXT, {more}] ..]}     versions, as they are; more: deleted, schemaType ..
  {"config": [CONTEXT, SUBJECT or null, {..}]}    {"mode": [CONTEXT, SUBJECT or null, "READONLY"]}
  {"ghosts": [NAME ..]}     subjects that are listed with deleted=true and have no version
  {"next": ["POST", "/subjects/a/versions", {...}], "times": N, "skip": M}    as in connect.py, "" is any path;
        also {"how": "close-after"}; {"how": "other", "value": ..}: 200 with that; beside these or alone "waits": PATH: not
        before a request of that path was answered
  {"seen": true}            the requests since the last time, as "METHOD PATH"
  {"state": true}           all versions as in "has", configs and modes
"""
import base64
import json
import os
import socket
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lock = threading.RLock()
one_answered = threading.Condition(lock)
world = {}
CAP = 1000  # of those that cut a list where nothing is said


def reset(options):
    world.clear()
    world.update({"vendor": "confluent", "cap": CAP, "loading": 0, "hides": [], "hides_names": [], "drops": [], "base": "", "user": None,
                  "token": None, "latency_ms": 0, "versions": [], "config": {}, "mode": {}, "ghosts": [],
                  "orders": [], "seen": [], "answered": [], "highest": {}})
    world.update(options)


class Refused(Exception):
    def __init__(self, status, code=None, text="no"):
        super().__init__(text)
        self.status, self.code, self.text = status, code or status, text


def is_a(*vendors):
    return world["vendor"] in vendors


def split(name):
    """The context and the subject of a whole name."""
    if not name.startswith(":.") or is_a("karapace", "apicurio"):
        return ".", name
    context, _, subject = name[1:].partition(":")
    return context, subject


def whole(context, subject):
    return subject if context == "." else f":{context}:{subject}"


def of(context, subject):
    return [v for v in world["versions"] if v["context"] == context and v["subject"] == subject]


def ordered(versions):
    if is_a("karapace"):
        return list(versions)
    if is_a("axonops"):
        return sorted(versions, key=lambda v: v["id"])
    return sorted(versions, key=lambda v: (v["context"], v["subject"], v["version"]))


def page(entries, query):
    """What comes of offset and limit, and of a registry that has not read everything yet."""
    if world["loading"] > 0:
        world["loading"] -= 1
        entries = entries[: len(entries) // 2]
    if is_a("karapace"):
        return entries
    entries = entries[int(query.get("offset", 0)):]
    if is_a("confluent", "apicurio") or world["cap"] != CAP:
        entries = entries[: world["cap"]]
    return entries


class Registry:
    """The REST interface without bad days."""

    def answer(self, method, path, body):
        path, _, query = path.partition("?")
        query = dict(urllib.parse.parse_qsl(query))
        decode = (lambda p: p) if is_a("axonops") else urllib.parse.unquote
        parts = [urllib.parse.unquote(p) if "%2F" not in p.upper() else decode(p) for p in path.strip("/").split("/")]
        context = "."
        if parts[0] == "contexts" and len(parts) > 2:
            context, parts = parts[1], parts[2:]
        body = json.loads(body) if body else None
        name = f"{method} {parts[0]}"
        if parts == ["v1", "metadata", "id"]:
            return self.metadata()
        handlers = {"GET _health": self.health, "GET contexts": self.contexts, "GET schemas": self.schemas,
                    "GET subjects": self.subjects, "POST subjects": self.register, "DELETE subjects": self.delete,
                    "GET config": self.get_setting, "GET mode": self.get_setting, "PUT config": self.put_config,
                    "PUT mode": self.put_mode, "DELETE mode": self.delete_mode}
        if name not in handlers:
            raise Refused(404)
        return handlers[name](context, parts, query, body)

    def metadata(self):
        if is_a("confluent"):
            return {"id": "", "scope": {"path": [], "clusters": {"kafka-cluster": "c"}}}
        if is_a("axonops"):
            return {"id": ""}
        raise Refused(404)

    def health(self, *_):
        if not is_a("karapace"):
            raise Refused(404)
        ready = world["loading"] <= 0
        world["loading"] -= not ready
        return {"healthy": True, "status": {"schema_registry_ready": ready}}

    def contexts(self, *_):
        if is_a("karapace"):
            raise Refused(404)
        if is_a("apicurio"):
            return [":.:"]
        return sorted({"."} | {v["context"] for v in world["versions"]})

    def shown(self, v, single):
        """A version as the server shows it, alone or in a list."""
        shown = {"subject": whole(v["context"], v["subject"]), "version": v["version"], "id": v["id"],
                 "schemaType": v.get("schemaType", "AVRO"), "schema": v["schema"]}
        if is_a("axonops"):
            shown["subject"] = v["subject"]
        if v.get("references") or is_a("karapace"):
            shown["references"] = v.get("references")
        if is_a("confluent"):
            shown.update({"guid": "g", "ts": 1, "deleted": v.get("deleted", False)})
        if (single and is_a("axonops")) or is_a("confluent"):
            for member in ("metadata", "ruleSet"):
                if v.get(member):
                    shown[member] = v[member]
        if single and is_a("axonops"):
            shown.setdefault("metadata", {"properties": {"confluent:version": str(v["version"])}})
        if is_a("apicurio") and not single:
            return {k: shown[k] for k in ("schema", "schemaType")}
        return shown

    def schemas(self, context, parts, query, _):
        if len(parts) > 1:
            return self.by_id(context, int(parts[2]), query)
        deleted = query.get("deleted") == "true"
        prefix = query.get("subjectPrefix")
        found = [v for v in ordered(world["versions"]) if deleted or not v.get("deleted")]
        if not is_a("karapace") and not (is_a("confluent") and prefix == ":*:"):
            found = [v for v in found if v["context"] == context]
        if prefix and is_a("axonops", "apicurio"):
            found = []
        return page([self.shown(v, False) for v in found if v["subject"] not in world["hides"]], query)

    def by_id(self, context, number, query):
        for v in world["versions"]:
            if v["context"] == context and v["id"] == number:
                answer = {"schema": v["schema"], "schemaType": v.get("schemaType", "AVRO")}
                if query.get("fetchMaxId") == "true" and is_a("confluent", "axonops"):
                    answer["maxId"] = self.highest(context)
                return answer
        raise Refused(404, 40403)

    def highest(self, context):
        return max([world["highest"].get(context, 0)] +
                   [v["id"] for v in world["versions"] if v["context"] == context])

    def subjects(self, context, parts, query, _):
        deleted = query.get("deleted") == "true"
        if len(parts) == 1:
            return self.names(context, deleted, query)
        found = of(*(split(parts[1]) if context == "." else (context, parts[1])))
        if is_a("apicurio") and all(v.get("deleted") for v in found) and len(parts) > 3:
            found = []
        found = [v for v in found if deleted or not v.get("deleted")]
        if not found:
            raise Refused(404, 40401)
        if len(parts) == 3:
            numbers = [v["version"] for v in found]
            return numbers if is_a("karapace") else sorted(numbers)
        for v in found:
            if str(v["version"]) == parts[3]:
                return self.shown(v, True)
        raise Refused(404, 40402)

    def names(self, context, deleted, query):
        names = []
        for v in ordered(world["versions"]):
            name = v["subject"] if is_a("axonops") else whole(v["context"], v["subject"])
            if (deleted or not v.get("deleted")) and name not in names and \
               (v["context"] == context or is_a("confluent")):
                names.append(name)
        names += [g for g in world["ghosts"] if deleted and context == "."]
        names = page([n for n in names if n not in world["hides_names"]], query)
        return None if is_a("axonops") and not names else names

    # ---- changes ----

    def mode_of(self, context, subject):
        for key in ((context, subject), (context, None), (".", None)):
            if key in world["mode"]:
                return world["mode"][key]
        return "READWRITE"

    def register(self, context, parts, _, body):
        context, subject = split(parts[1])
        if is_a("karapace") and ("id" in body or "version" in body):
            raise Refused(422, 422)
        if is_a("apicurio"):
            body.pop("id", None)
            body.pop("version", None)
        elif ("id" in body) != (self.mode_of(context, subject) == "IMPORT"):
            raise Refused(422, 42205)
        if self.mode_of(context, subject) == "READONLY":
            raise Refused(422, 42205)
        for r in body.get("references") or []:
            if not [v for v in of(*split(r["subject"])) if v["version"] == r["version"]]:
                raise Refused(422, 42201)
        there = of(context, subject)
        version = body.get("version", max([v["version"] for v in there], default=0) + 1)
        number = body.get("id", self.highest(context) + 1)
        for v in world["versions"]:
            if v["context"] == context and v["id"] == number and v["schema"] != body["schema"]:
                raise Refused(422, 42205)
        taken = [v for v in there if v["version"] == version]
        if is_a("axonops"):
            same = taken or [v for v in there if v["schema"] == body["schema"]]
            if same:
                return {"id": same[0]["id"]}
        for v in taken:  # Confluent overwrites it
            world["versions"].remove(v)
        entry = {k: body[k] for k in ("schema", "schemaType", "references", "metadata", "ruleSet")
                 if k in body and k not in world["drops"]}
        entry.update({"context": context, "subject": subject, "version": version, "id": number})
        world["versions"].append(entry)
        return {"id": number}

    def delete(self, context, parts, query, _):
        context, subject = split(parts[1])
        found = [v for v in of(context, subject) if not v.get("deleted") and
                 (len(parts) == 2 or str(v["version"]) == parts[3])]
        if not found:
            raise Refused(404, 40401)
        for v in found:
            for other in world["versions"]:
                if not other.get("deleted") and any(split(r["subject"]) == (context, subject) and
                                                    r["version"] == v["version"]
                                                    for r in other.get("references") or []):
                    raise Refused(422, 42206)
            v["deleted"] = True
        return found[0]["version"] if len(parts) > 2 else [v["version"] for v in found]

    def owner(self, context, parts):
        if len(parts) == 1:
            return ".", None
        context, subject = split(parts[1])
        return context, subject or None

    def get_setting(self, context, parts, *_):
        what, owner = parts[0], self.owner(context, parts)
        preset = {"config": {"compatibilityLevel": "BACKWARD"}, "mode": "READWRITE"}[what]
        value = world[what].get(owner)
        if value is None and owner == (".", None):
            value = preset
        if value is None and is_a("axonops") and owner[1] is None:
            value = preset
        if value is None and is_a("karapace", "apicurio"):
            if not of(*owner):
                raise Refused(404, 40401)
            if what == "mode":
                value = world["mode"].get((".", None), "READWRITE")
            elif is_a("apicurio"):
                value = {"compatibilityLevel": "NONE"}
        if value is None:
            raise Refused(404, 40408 if what == "config" else 40409)
        return value if what == "config" else {"mode": value}

    def put_config(self, context, parts, _, body):
        kept = {("compatibilityLevel" if k == "compatibility" else k): v for k, v in body.items()
                if k not in world["drops"] and (k == "compatibility" or not is_a("karapace"))}
        world["config"][self.owner(context, parts)] = kept
        return body

    def put_mode(self, context, parts, query, body):
        if is_a("karapace"):
            raise Refused(405, 405)
        owner = self.owner(context, parts)
        inside = [v for v in world["versions"] if v["context"] == owner[0] and owner[1] in (None, v["subject"])]
        if body["mode"] == "IMPORT" and query.get("force") != "true" and not is_a("apicurio"):
            if [v for v in inside if not v.get("deleted")]:
                raise Refused(422, 42205)
            for v in inside:  # what is softly deleted is erased
                world["versions"].remove(v)
        world["mode"][owner] = body["mode"]
        return body

    def delete_mode(self, context, parts, *_):
        owner = self.owner(context, parts)
        if owner not in world["mode"]:
            raise Refused(404, 40409)
        return {"mode": world["mode"].pop(owner)}


def order_for(method, path):
    for order in world["orders"]:
        if order["next"][0] == method and order["next"][1] in ("", path):
            if order["skip"] > 0:
                order["skip"] -= 1
                return None
            order["times"] -= 1
            if order["times"] <= 0:
                world["orders"].remove(order)
            return order["next"][2]
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def send(self, status, body, kind="application/vnd.schemaregistry.v1+json", length=None):
        data = body.encode()
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def misbehave(self, order):
        how = order["how"]
        if how == "other":
            self.send(200, json.dumps(order["value"]))
            return
        self.close_connection = True
        if how in ("close", "close-after"):
            return
        self.send(200, '["a', length=2 << 30 if how == "huge" else 1000)
        while how == "huge":
            self.wfile.write(b" " * 65536)

    def allowed(self):
        wanted = None
        if world["user"]:
            wanted = "Basic " + base64.b64encode(world["user"].encode()).decode()
        elif world["token"]:
            wanted = "Bearer " + world["token"]
        return wanted is None or self.headers.get("Authorization") == wanted

    def refuse(self, e):
        if e.status == 404 and is_a("karapace") and e.code == 404:
            self.send(404, '"Not Found"')
        elif e.status in (404, 405) and is_a("apicurio") and e.code == e.status:
            self.send(e.status, "")
        else:
            self.send(e.status, json.dumps({"error_code": e.code, "message": e.text}))

    def serve(self):
        self.serve_one()
        with lock:
            world["answered"].append(self.path)
            one_answered.notify_all()

    def serve_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if world["latency_ms"]:
            time.sleep(world["latency_ms"] / 1000)
        with lock:
            path = self.path[len(world["base"]):] if self.path.startswith(world["base"]) else None
            world["seen"].append(f"{self.command} {self.path}")
            order = order_for(self.command, path)
            if order and "waits" in order:
                one_answered.wait_for(lambda: order["waits"] in world["answered"], 20)
                order = {k: order[k] for k in order if k != "waits"} or None
            try:
                if not self.allowed():
                    self.send(401, "Unauthorized\n", "text/plain")
                    return
                if path is None:
                    raise Refused(404)
                done = None
                if order is None or order.get("after") or order.get("how") == "close-after":
                    done = Registry().answer(self.command, path, body)
            except Refused as e:
                if order is None:
                    self.refuse(e)
                    return
        if order is None:
            self.send(200, json.dumps(done, ensure_ascii=False))
        elif "how" in order:
            self.misbehave(order)
        elif "body" in order:
            self.send(order.get("status", 200), order["body"], order.get("type", "application/json"))
        else:
            code = order.get("code", order["status"])
            self.send(order["status"], json.dumps({"error_code": code, "message": "as ordered"}))

    do_GET = do_POST = do_PUT = do_DELETE = serve

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass


def state():
    versions = [[v["context"], v["subject"], v["version"], v["id"], v["schema"],
                 {k: v[k] for k in v if k not in ("context", "subject", "version", "id", "schema")}]
                for v in sorted(world["versions"], key=lambda v: (v["context"], v["subject"], v["version"]))]
    settings = {what: sorted([[c, s, v] for (c, s), v in world[what].items()], key=str) for what in ("config", "mode")}
    return json.dumps({"versions": versions, **settings})


def obey(order):
    if "registry" in order:
        reset(order["registry"])
    elif "has" in order:
        for context, subject, version, number, text, *more in order["has"]:
            world["versions"].append({"context": context, "subject": subject, "version": version, "id": number,
                                      "schema": text, **(more[0] if more else {})})
    elif "many" in order:  # [subjects, versions each]; "text": how long each text is at least
        subjects, each = order["many"]
        more = {"doc": "x" * order["text"]} if "text" in order else {}
        for i in range(subjects * each):
            world["versions"].append({"context": ".", "subject": f"s{i // each:05}", "version": i % each + 1,
                                      "id": i + 1, "schema": json.dumps({"type": "fixed", "name": "n",
                                                                         "size": i + 1, **more})})
    elif "set" in order:
        world.update(order["set"])
    elif "config" in order or "mode" in order:
        what = "config" if "config" in order else "mode"
        context, subject, value = order[what]
        world[what][(context, subject)] = value
    elif "ghosts" in order:
        world["ghosts"] = order["ghosts"]
    elif "next" in order:
        world["orders"].append({"next": order["next"], "times": order.get("times", 1), "skip": order.get("skip", 0)})
    elif "seen" in order:
        seen, world["seen"] = world["seen"], []
        return json.dumps(seen)
    elif "state" in order:
        return state()
    else:
        return "what?"
    return "ok"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def server_bind(self):  # without its look-up of the host's name
        socket.socket.bind(self.socket, self.server_address)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]


def main():
    reset({})
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    for line in sys.stdin:
        with lock:
            said = obey(json.loads(line))
        print(said, flush=True)


if __name__ == "__main__":
    main()
    os._exit(0)
