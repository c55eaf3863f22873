#!/usr/bin/env python3
"""A lifecycle manager in 60 lines: host.py PLUGIN SERVICE-ID SERVICE.json HOOK-NUMBER [PARAMS]"""
import ctypes as c, sys, threading, time

u32, u64, text, pointer = c.c_uint32, c.c_uint64, c.c_char_p, c.c_void_p
LOG, NOW = c.CFUNCTYPE(None, pointer, c.c_int32, text), c.CFUNCTYPE(u64, pointer)
WALL, PROGRESS = c.CFUNCTYPE(c.c_int64, pointer), c.CFUNCTYPE(None, pointer, u64, pointer)

def struct(name, *fields):  # plugin/lifecycle_plugin.h says what each is
    return type(name, (c.Structure,), {"_fields_": [("size", u32), *fields]})

def sized(cls, **fields):
    return cls(size=c.sizeof(cls), **fields)

Text = struct("Text", ("text", c.c_char * 508))
Host = struct("Host", ("abi", u32), ("caps", u64), ("ctx", pointer), ("log", LOG), ("now_ms", NOW), ("wall_ms", WALL),
              ("progress", PROGRESS), ("user_each", pointer), ("user_put", pointer))
Service = struct("Service", ("reserved", u32), ("id", text), ("state_dir", text), ("config", text))
Request = struct("Request", ("hook", u32), ("op", u64), ("deadline_ms", u64), ("flags", u32), ("reserved", u32), ("params", text))
Result = struct("Result", ("status", c.c_int32), ("op", u64), ("retry_after_ms", u64), ("message", text), ("report", text))
DONE = c.CFUNCTYPE(None, pointer, c.POINTER(Result))
OPEN = c.CFUNCTYPE(c.c_int32, c.POINTER(Host), c.POINTER(Service), c.POINTER(pointer), c.POINTER(Text))
BEGIN = c.CFUNCTYPE(c.c_int32, pointer, c.POINTER(Request), DONE, pointer)
Plugin = struct("Plugin", ("abi", u32), ("needs", u64), ("hooks", u32), ("reserved", u32), ("name", text), ("version", text),
                ("service_type", text), ("open", OPEN), ("begin", BEGIN), ("cancel", pointer),
                ("close", c.CFUNCTYPE(None, pointer)))

def main(path, service_id, config, hook, params=None):
    reached, end = threading.Event(), []

    @DONE
    def done(_, result):  # on a thread of the plugin's; the result is valid during the call
        print(result[0].message.decode(), (result[0].report or b"").decode(), sep="\n")
        end.append(result[0].status)
        reached.set()

    def now_ms(_=None):
        return time.monotonic_ns() // 1000000

    host = sized(Host, abi=1, now_ms=NOW(now_ms), wall_ms=WALL(lambda _: time.time_ns() // 1000000),
                 progress=PROGRESS(lambda *_: None),
                 log=LOG(lambda _, level, message: print(f"<{level}> {message.decode()}", file=sys.stderr)))
    err, instance = sized(Text), pointer()
    entry = c.CDLL(path).lifecycle_plugin_1
    entry.restype = c.POINTER(Plugin)
    plugin = entry(c.byref(host), c.byref(err))
    if not plugin:
        sys.exit(err.text.decode())
    service = sized(Service, id=service_id.encode(), config=open(config, "rb").read())
    if plugin[0].open(c.byref(host), c.byref(service), c.byref(instance), c.byref(err)) != 0:
        sys.exit("open: " + err.text.decode())
    request = sized(Request, hook=int(hook), op=1, deadline_ms=now_ms() + 600000, params=params and params.encode())
    status = plugin[0].begin(instance, c.byref(request), done, None)
    if status == 0:  # done comes once, and only then
        reached.wait()
    plugin[0].close(instance)
    return end[0] if end else status

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
