"""Both ends of what the benchmark measures: the same client and the same server, wherever they run.

Each line of stdin is one order in JSON, each line of stdout its answer. What is sent and received is thrown away, and
counted. The server is a process of its own, so that it takes no time from the client of the same peer.
"""

import contextlib
import http.client
import json
import os
import socket
import sys
import threading
import time

PART = memoryview(bytearray(os.urandom(1 << 20)))


class Server:
    """`GET /N` is answered with N bytes, `PUT /` with how many bytes came."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port = self.listener.getsockname()[1]
        if os.fork() == 0:
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as incoming:
            while request := incoming.readline():
                method, path, _ = request.split()
                headers = http.client.parse_headers(incoming)
                length = int(headers.get("content-length", 0))
                body = int(path[1:]) if method == b"GET" else len(str(length))
                if length > 0:
                    self.swallow(incoming, length)
                head = f"HTTP/1.1 200 OK\r\ncontent-length: {body}\r\n\r\n".encode()
                if method == b"PUT":
                    connection.sendall(head + str(length).encode())
                elif body <= 64:
                    connection.sendall(head + bytes(body))
                else:
                    connection.sendall(head)
                    send(connection, body)

    @staticmethod
    def swallow(incoming, length):
        buffer = bytearray(1 << 20)
        while length > 0:
            count = incoming.readinto1(memoryview(buffer)[:length])
            if count == 0:
                raise OSError("cut off")
            length -= count


def send(connection, count):
    while count > 0:
        connection.sendall(PART[:count])
        count -= len(PART[:count])


def connect(to):
    """A connection to a Unix socket, to a port, or to a port through an HTTP proxy's tunnel."""
    if "path" in to:
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(to["path"])
    elif "proxy" in to:
        connection = http.client.HTTPConnection("127.0.0.1", to["proxy"])
        connection.set_tunnel("127.0.0.1", to["port"])
        connection.connect()
    else:
        connection = http.client.HTTPConnection("127.0.0.1", to["port"])
        connection.connect()
    return connection


def ask(connection, order):
    connection.request(order["method"], order["url"], order.get("body"), order["to"].get("headers", {}))
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise RuntimeError(f"{order['url']}: {response.status} {answer[:500]}")


def requests(order):
    """How long each of `count` requests takes, in microseconds, on one connection or each on one of its own."""
    taken = []
    kept = connect(order["to"]) if order["kept"] else None
    for _ in range(order["count"]):
        begin = time.perf_counter_ns()
        connection = kept or connect(order["to"])
        ask(connection, order)
        if kept is None:
            connection.close()
        taken.append((time.perf_counter_ns() - begin) / 1000)
    return taken


def download(order):
    """How many seconds `bytes` take."""
    buffer = bytearray(1 << 20)
    with contextlib.closing(connect(order["to"])) as connection:
        begin = time.perf_counter()
        connection.request("GET", f"/{order['bytes']}", headers=order["to"].get("headers", {}))
        response = connection.getresponse()
        left = order["bytes"]
        while (count := response.readinto(buffer)) > 0:
            left -= count
        if response.status != 200 or left != 0:
            raise RuntimeError(f"status {response.status}, {left} bytes are missing")
        return time.perf_counter() - begin


def upload(order):
    with contextlib.closing(connect(order["to"])) as connection:
        begin = time.perf_counter()
        connection.putrequest("PUT", "/", skip_host="host" in order["to"].get("headers", {}))
        for name, value in {"content-length": order["bytes"], **order["to"].get("headers", {})}.items():
            connection.putheader(name, str(value))
        connection.endheaders()
        send(connection.sock, order["bytes"])
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200 or int(answer) != order["bytes"]:
            raise RuntimeError(f"status {response.status}: {answer[:500]}")
        return time.perf_counter() - begin


acts = {
    "serve": lambda order: Server(order["port"]).port,
    "pid": lambda order: __import__("superos").self()["pid"],
    "requests": requests,
    "download": download,
    "upload": upload,
}
for line in sys.stdin:
    order = json.loads(line)
    try:
        answer = {"answer": acts[order["act"]](order)}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
