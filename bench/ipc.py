"""One end of a stream of messages: through a queue of SuperOS, or through a bare Unix socket.

ipc.py ROLE WAY NAME COUNT BATCH RATE: the role is `send` or `receive`. The receiver says as JSON how many seconds passed
between its first and its last message, and how long each was on its way, in microseconds. Clocks are the machine's own.
"""

import json
import socket
import sys
import time


class Queue:
    """Messages through a queue: taken, and acknowledged with the next call, a batch at a time."""

    def __init__(self, name, role):
        import superos

        self.superos, self.name, self.done = superos, name, []
        if role == "receive":
            superos.create_queue(name, max_messages=100_000)
        while role == "send" and name not in [queue["name"] for queue in superos.queues()]:
            time.sleep(0.05)

    def send(self, messages):
        while True:
            try:
                return self.superos.send(self.name, *messages)
            except self.superos.Fault as fault:
                if fault.code != "exhausted":
                    raise
                time.sleep(0.01)

    def receive(self, batch):
        taken = self.superos.receive(self.name, batch, 60, self.done)
        self.done = [each["delivery"] for each in taken]
        return [each["message"] for each in taken]

    def close(self, role):
        if role == "receive":
            self.superos.acknowledge(self.name, *self.done)
            self.superos.remove_queue(self.name)


class Socket:
    """The same messages as lines through a socket, with an answer to each batch, and nothing that keeps them."""

    def __init__(self, path, role):
        if role == "receive":
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            listener.listen()
            self.lines = listener.accept()[0].makefile("rwb")
            return
        while True:
            made = socket.socket(socket.AF_UNIX)
            try:
                made.connect(path)
            except OSError:
                made.close()
                time.sleep(0.05)
                continue
            self.lines = made.makefile("rwb")
            return

    def send(self, messages):
        self.lines.write(json.dumps(messages).encode() + b"\n")
        self.lines.flush()
        self.lines.readline()

    def receive(self, _):
        messages = json.loads(self.lines.readline())
        self.lines.write(b"ok\n")
        self.lines.flush()
        return messages

    def close(self, role):
        self.lines.close()


def send(channel, count, batch, rate):
    text, sent, begun = "x" * 64, 0, time.monotonic()
    while sent < count:
        due = batch if rate == 0 else min(batch, int((time.monotonic() - begun) * rate) - sent)
        if due < 1:
            time.sleep(0.0005)
            continue
        due = min(due, count - sent)
        now = time.monotonic()
        channel.send([{"at": now, "number": sent + each, "text": text} for each in range(due)])
        sent += due


def receive(channel, count, batch):
    taken, begun, expected = [], None, 0
    while len(taken) < count:
        messages = channel.receive(batch)
        now = time.monotonic()
        begun = now if begun is None else begun
        for message in messages:
            if message["number"] != expected:
                raise SystemExit(f"message {message['number']} in place of {expected}")
            expected += 1
            taken.append(round((now - message["at"]) * 1e6))
    return {"seconds": time.monotonic() - begun, "microseconds": taken}


role, way, name = sys.argv[1:4]
count, batch, rate = (int(text) for text in sys.argv[4:])
channel = {"queue": Queue, "socket": Socket}[way](name, role)
if role == "send":
    send(channel, count, batch, rate)
else:
    print(json.dumps(receive(channel, count, batch)))
channel.close(role)
