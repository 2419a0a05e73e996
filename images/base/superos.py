"""The kernel of SuperOS from inside a process: each function is one syscall, made in the name of this process.

What the kernel refuses is raised as a Fault. Answers are dictionaries, as the kernel gives them.
"""

import contextlib
import http.client
import json
import os
import socket
import struct

SOCKET = "/run/superos/kernel.sock"
_FRAMES = {1: "stdout", 2: "stderr", 3: "gap", 4: "end"}


class Fault(Exception):
    """A refusal: its `code`, `message` and `hint`; `missing` is the capability that would have been needed."""

    def __init__(self, code, message, hint="", missing=None):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.hint, self.missing = code, message, hint, missing


class _Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(os.environ.get("SUPEROS_SOCKET", SOCKET))


@contextlib.contextmanager
def _asked(name, body, headers):
    with contextlib.closing(_Connection("kernel")) as connection:
        try:
            connection.request("POST", f"/v1/{name}", body, headers)
            response = connection.getresponse()
        except OSError as error:
            raise Fault("unavailable", f"the kernel cannot be reached: {error}") from error
        if response.status != 200:
            raise Fault(**json.load(response)["fault"])
        yield response


def _call(name, /, **request):
    with _asked(name, json.dumps(request), {"content-type": "application/json"}) as response:
        return json.load(response)


def self():
    """This process."""
    return _call("self")


def caps(pid=None):
    """The slots of a process, without a pid this one's: a list of dictionaries."""
    return _call("caps", pid=self()["pid"] if pid is None else pid)["slots"]


def spawn(argv, *, cap=(), seal=(), env=None, cwd=None, runtime=None, name=None, stdin=False):
    """Starts a child with the capabilities `cap` and, not to be handed on, `seal`. Returns it; see its "pid"."""
    runtime = self()["runtime"] if runtime is None else runtime
    more = {"env": env or {}, "cwd": cwd, "name": name, "stdin": stdin}
    return _call("spawn", runtime=runtime, argv=[*argv], table=[*cap], sealed=[*seal], **more)


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
