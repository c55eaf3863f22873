#!/usr/bin/env python3
"""delay.py - between a client and a server on loopback: each piece that the client sends arrives later.

  delay.py PORT MILLISECONDS [FILE]     prints its own port; FILE gets "METHOD PATH" of every request

It ends with its standard input. Answers are not delayed. A request begins with a piece of its own, which is so with
clients that wait for an answer before they send the next.
"""
import asyncio
import re
import sys

PORT, DELAY = int(sys.argv[1]), float(sys.argv[2]) / 1000
FILE = open(sys.argv[3], "w") if len(sys.argv) > 3 else None
REQUEST = re.compile(rb"^([A-Z]+ \S+) HTTP/1\.[01]\r\n")


class Pipe(asyncio.Protocol):
    """One side; `other` is where its pieces go."""

    def __init__(self, other=None, delay=0.0):
        self.other, self.delay, self.transport, self.waiting = other, delay, None, []

    def connection_made(self, transport):
        self.transport = transport
        for piece in self.waiting:
            transport.write(piece)

    def write(self, piece):
        if self.transport is None:
            self.waiting.append(piece)
        else:
            self.transport.write(piece)

    def data_received(self, data):
        request = REQUEST.match(data) if FILE and self.delay is not None else None
        if request:
            FILE.write(request.group(1).decode() + "\n")
            FILE.flush()
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.other.write, data)
        else:
            self.other.write(data)

    def connection_lost(self, _):
        if self.other.transport is not None:
            self.other.transport.close()


def accept():
    client, server = Pipe(delay=DELAY), Pipe(delay=None)
    client.other, server.other = server, client
    asyncio.get_running_loop().create_task(
        asyncio.get_running_loop().create_connection(lambda: server, "127.0.0.1", PORT))
    return client


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(accept, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
