"""The kernel of SuperOS from inside a process: each function is one syscall, made in the name of this process.

What the kernel refuses is raised as a Fault. Answers are dictionaries, as the kernel gives them. Each thread keeps one
connection for its calls.
"""

import contextlib
import http.client
import json
import os
import select
import socket
import struct
import threading

SOCKET = "/run/superos/kernel.sock"
_FRAMES = {1: "stdout", 2: "stderr", 3: "gap", 4: "end"}


class Fault(Exception):
    """A refusal: its `code`, `message` and `hint`; `missing` is the capability that would have been needed."""

    def __init__(self, code, message, hint="", missing=None):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.hint, self.missing = code, message, hint, missing


class _Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = _connect()


def _connect():
    made = socket.socket(socket.AF_UNIX)
    try:
        made.connect(os.environ.get("SUPEROS_SOCKET", SOCKET))
    except OSError:
        made.close()
        raise
    return made


def _unreachable(error):
    return Fault("unavailable", f"the kernel cannot be reached: {error}")


@contextlib.contextmanager
def _asked(name, body, headers):
    with contextlib.closing(_Connection("kernel")) as connection:
        try:
            connection.request("POST", f"/v1/{name}", body, headers)
            response = connection.getresponse()
        except OSError as error:
            raise _unreachable(error) from error
        if response.status != 200:
            raise Fault(**json.load(response)["fault"])
        yield response


class _Kept(threading.local):
    """The thread's connection for calls whose answer is JSON."""

    socket = None
    file = None
    pid = None

    def open(self):
        # One that was closed meanwhile can be read; one from before a fork is its parent's.
        if self.socket is not None and (self.pid != os.getpid() or select.select([self.socket], [], [], 0)[0]):
            self.close()
        if self.socket is None:
            self.socket = _connect()
            self.file, self.pid = self.socket.makefile("rb"), os.getpid()
        return self.socket, self.file

    def close(self):
        if self.socket is not None:
            self.file.close()
            self.socket.close()
        self.socket = self.file = None


_kept = _Kept()


def _exchange(name, body):
    sock, file = _kept.open()
    sock.sendall(b"POST /v1/%s HTTP/1.1\r\nHost: kernel\r\nContent-Length: %d\r\n\r\n%s" % (name, len(body), body))
    status, length = file.readline().split(b" ", 2), None
    while (line := file.readline()) not in (b"\r\n", b""):
        header, _, value = line.partition(b":")
        if header.lower() == b"content-length":
            length = int(value)
    if len(status) < 2 or length is None:
        raise ConnectionResetError("it closed the connection")
    answer = file.read(length)
    if len(answer) < length:
        raise ConnectionResetError("it closed the connection")
    return int(status[1]), json.loads(answer)


def _call(name, /, **request):
    try:
        status, answer = _exchange(name.encode(), json.dumps(request).encode())
    except OSError as error:
        _kept.close()
        raise _unreachable(error) from error
    except BaseException:
        # What is still on its way would be taken for the next answer.
        _kept.close()
        raise
    if status != 200:
        raise Fault(**answer["fault"])
    return answer


def self():
    """This process."""
    return _call("self")


def caps(pid=None):
    """The slots of a process, without a pid this one's: a list of dictionaries."""
    return _call("caps", pid=self()["pid"] if pid is None else pid)["slots"]


def spawn(argv, *, cap=(), seal=(), env=None, cwd=None, runtime=None, image=None, name=None, stdin=False):
    """Starts a child with the capabilities `cap` and, not to be handed on, `seal`. Returns it; see its "pid"."""
    if runtime is None and image is None:
        own = self()
        runtime, image = own["runtime"], own["image"]
    more = {"env": env or {}, "cwd": cwd, "name": name, "stdin": stdin}
    return _call("spawn", runtime=runtime, image=image, argv=[*argv], table=[*cap], sealed=[*seal], **more)


def wait(pid, timeout=None):
    """How a process ended, for example {"kind": "code", "code": 0}; None when it has not within `timeout` seconds."""
    if timeout is not None:
        return _call("wait", pid=pid, timeoutMs=int(timeout * 1000))["outcome"]
    while (outcome := _call("wait", pid=pid, timeoutMs=600_000)["outcome"]) is None:
        pass
    return outcome


def signal(pid, name):
    """Sends a signal, such as "SIGTERM"; SIGKILL ends the process and everything that it started."""
    _call("signal", pid=pid, signal=name)


def stdin(pid, data, end=True):
    """Gives bytes to a child that was spawned with `stdin`, and closes its input unless told otherwise."""
    request = {"superos-request": json.dumps({"pid": pid, "end": end})}
    with _asked("stdin", data, request) as response:
        return json.load(response)["bytes"]


def output(pid, follow=False):
    """Yields (stream, bytes), where stream is "stdout", "stderr", or "gap" where the oldest output was dropped."""
    request = json.dumps({"pid": pid, "follow": follow})
    with _asked("output", request, {"content-type": "application/json"}) as response:
        while head := response.read(5):
            kind, length = struct.unpack(">BI", head)
            data = response.read(length)
            if _FRAMES[kind] == "end":
                return
            yield _FRAMES[kind], b"" if _FRAMES[kind] == "gap" else data


def list():
    """This process and its descendants, also those that have ended."""
    return _call("list", all=True)["processes"]


def reap(pid):
    """Forgets a process that has ended, with its output."""
    return _call("reap", pid=pid)["outcome"]


def grant(pid, capability, delegable=True):
    """Hands one of this process's capabilities, or less of it, to a running process. Returns the new slot."""
    return _call("grant", pid=pid, capability=capability, delegable=delegable)["slot"]


def revoke(pid, slot, preview=False):
    """Takes a slot away with all that derives from it; with `preview` only says what that would be."""
    return _call("revoke", pid=pid, slot=slot, preview=preview)


def drop(slot):
    """Gives up a slot of this process's own, and all that derives from it, for good."""
    _call("drop", slot=slot)


def create_queue(name, *, max_messages=None, max_bytes=None, acknowledge=None, max_deliveries=None, schema=None):
    """Makes a queue. `acknowledge` is how many seconds a receiver may keep a message; `schema` a JSON Schema for all."""
    limits = {
        "maxMessages": max_messages,
        "maxBytes": max_bytes,
        "acknowledgeMs": None if acknowledge is None else int(acknowledge * 1000),
        "maxDeliveries": max_deliveries,
        "schema": schema,
    }
    return _call("queue_create", name=name, limits={key: value for key, value in limits.items() if value is not None})


def remove_queue(name):
    """Ends a queue that this process made, with what is in it."""
    _call("queue_remove", name=name)


def queues():
    """The queues of which this process holds one end."""
    return _call("queue_list")["queues"]


def dead_letters(name):
    """The last messages of a queue that were given up, newest first, each with its "reason"."""
    return _call("queue_dead", name=name)["letters"]


def send(queue, *messages):
    """Sends JSON values in order: all of them, or none. At most 1000 at a time."""
    _call("queue_send", name=queue, messages=[*messages])


def receive(queue, max=1, wait=0, acknowledge=()):
    """Acknowledges deliveries, then takes up to `max` messages, waiting up to `wait` seconds for the first.

    Returns deliveries: each has its "message", and its number as "delivery", by which it is to be acknowledged.
    """
    request = {"max": max, "waitMs": int(wait * 1000), "acknowledge": [*acknowledge]}
    return _call("queue_receive", name=queue, **request)["deliveries"]


def acknowledge(queue, *deliveries):
    """Has done with these. Returns those that were not this process's any more: somebody else does them again."""
    return _call("queue_receive", name=queue, max=0, acknowledge=[*deliveries])["late"]


def messages(queue, batch=1, wait=None):
    """Yields messages as they come, for ever or until none came for `wait` seconds.

    A message is acknowledged when the loop comes back for the next one; with `batch` they are taken, and acknowledged, so
    many at a time, which is faster. All of a batch must be done within the time that the queue gives for one.
    """
    done = []
    try:
        while True:
            taken = receive(queue, batch, 600 if wait is None else wait, done)
            done = []
            if not taken and wait is not None:
                return
            for delivery in taken:
                yield delivery["message"]
                done.append(delivery["delivery"])
    finally:
        if done:
            acknowledge(queue, *done)


def publish(topic, data):
    """Tells whoever is subscribed to a topic now. Returns how many are."""
    return _call("event_publish", topic=topic, data=data)["heard"]


class Subscription:
    """The events of topics, as an iterator. It listens from the moment it is made until it is closed."""

    def __init__(self, topics):
        self._open = contextlib.ExitStack()
        headers = {"content-type": "application/json"}
        self._lines = self._open.enter_context(_asked("event_subscribe", json.dumps({"topics": topics}), headers))

    def __iter__(self):
        return self

    def __next__(self):
        try:
            line = self._lines.readline()
        except (http.client.HTTPException, OSError):
            line = b""
        if not line.endswith(b"\n"):
            self.close()
            raise StopIteration
        return json.loads(line)

    def close(self):
        """Listens no more."""
        self._open.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def subscribe(*topics):
    """Listens to topics. Each event has its "topic", its "data", and how many before it were "missed"."""
    return Subscription(topics)


def yield_turn():
    """Gives the rest of this process's turn to whoever waits for one."""
    _call("yield")
