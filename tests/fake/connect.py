#!/usr/bin/env python3
"""connect.py - a Kafka Connect worker as far as tests of core/connect need one, with bad days on order.

Listens on loopback, prints its port, then obeys standard input: one line of JSON an order, one line "ok" or JSON each.
  {"worker": {"version": "4.1.0", "cluster": "c"}}       what GET / says, no connectors, no orders
  {"has": {"NAME": {"config": {...}, "state": "RUNNING", "shown": N, "slow": N}}}
        shown: left out of the next N expanded lists; slow: the next N questions see the state before
  {"next": ["POST", "/connectors", {...}], "times": N}    what comes of the next N such requests:
        {"status": 409, "message": "..."}   an answer; with "after": true the worker does it all the same
        {"body": "..", "type": "text/html"}  a 200 with this body
        {"how": "truncated" | "huge" | "drip" | "close" | "close-after"}   close-after: does it, and never answers
  {"seen": true}                                          the requests since the last time, as "METHOD PATH BODY"
"""
import json
import os
import socket
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lock = threading.RLock()
world = {"version": "4.1.0", "cluster": "c", "connectors": {}, "orders": [], "seen": []}


def error(status, message):
    return status, {"error_code": status, "message": message}


class Worker:
    """The REST interface without bad days."""

    def answer(self, method, path, body):
        path, _, query = path.partition("?")
        parts = [urllib.parse.unquote(p) for p in path.strip("/").split("/")]
        if path == "/":
            return 200, {"version": world["version"], "commit": "x", "kafka_cluster_id": world["cluster"]}
        if parts[0] != "connectors":
            return error(404, "HTTP 404 Not Found")
        if len(parts) == 1:
            return self.create(json.loads(body)) if method == "POST" else self.listing(query)
        connector = world["connectors"].get(parts[1])
        if connector is None:
            return error(404, f"Connector {parts[1]} not found")
        if len(parts) == 2:
            return 200, self.info(parts[1], connector)
        if method == "GET":
            return 200, self.status(parts[1], connector)
        return self.change(connector, parts[2])

    def info(self, name, connector):
        return {"name": name, "config": connector["config"], "tasks": [], "type": "source"}

    def status(self, name, connector):
        state = connector["state"]
        if connector.get("slow", 0) > 0 and "before" in connector:
            connector["slow"] -= 1
            state = connector["before"]
        return {"name": name, "connector": {"state": state, "worker_id": "w:1"}, "tasks": [], "type": "source"}

    def listing(self, query):
        if "expand=info" not in query:
            return 200, list(world["connectors"])
        shown = {}
        for name, c in world["connectors"].items():
            if c.get("shown", 0) > 0:
                c["shown"] -= 1
            else:
                shown[name] = {"info": self.info(name, c), "status": self.status(name, c)}
        return 200, shown

    def create(self, wanted):
        name = wanted["name"]
        if name in world["connectors"]:
            return error(409, f"Connector {name} already exists")
        if "initial_state" in wanted and world["version"] < "3.7":
            return error(500, 'Unrecognized field "initial_state"')
        world["connectors"][name] = {"config": wanted["config"], "state": wanted.get("initial_state", "RUNNING")}
        return 201, self.info(name, world["connectors"][name])

    def change(self, connector, how):
        states = {"resume": "RUNNING", "pause": "PAUSED", "stop": "STOPPED"}
        if how == "stop" and world["version"] < "3.5":
            return error(404, "HTTP 404 Not Found")
        connector["before"], connector["state"] = connector["state"], states[how]
        return (204 if how == "stop" else 202), None


def order_for(method, path):
    for order in world["orders"]:
        if order["next"][:2] == [method, path]:
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

    def send(self, status, body, kind="application/json", length=None):
        data = b"" if body is None else body.encode()
        self.send_response_only(status)
        if status != 204:
            self.send_header("Content-Length", str(len(data) if length is None else length))
            self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def misbehave(self, how):
        self.close_connection = True
        if how == "close" or how == "close-after":
            return
        self.send(200, '{"a', length=2 << 30 if how == "huge" else 1000)
        while how == "huge":
            self.wfile.write(b" " * 65536)
        while how == "drip":
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.05)

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with lock:
            world["seen"].append(f"{self.command} {self.path} {body}".rstrip())
            order = order_for(self.command, self.path)
            done = None
            if order is None or order.get("after") or order.get("how") == "close-after":
                done = Worker().answer(self.command, self.path, body)
        if order is None:
            self.send(done[0], None if done[1] is None else json.dumps(done[1], ensure_ascii=False))
        elif "how" in order:
            self.misbehave(order["how"])
        elif "body" in order:
            self.send(200, order["body"], order.get("type", "application/json"))
        else:
            self.send(order["status"], json.dumps(error(order["status"], order.get("message", ""))[1]))

    do_GET = do_POST = do_PUT = serve

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass


def obey(order):
    if "worker" in order:
        world.update(order["worker"], connectors={}, orders=[], seen=[])
    elif "has" in order:
        world["connectors"].update(order["has"])
    elif "next" in order:
        world["orders"].append({"next": order["next"], "times": order.get("times", 1)})
    elif "seen" in order:
        seen, world["seen"] = world["seen"], []
        return json.dumps(seen)
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
