"""What the box refuses is refused: other socket families, namespaces, keys, io_uring, devices, and writing to /usr.

Prints `ok` and exits 0; otherwise says what was allowed and exits 1.
"""

import ctypes
import errno
import os
import platform
import socket
import stat
import sys

libc = ctypes.CDLL(None, use_errno=True)
x86 = platform.machine() == "x86_64"
numbers = {
    "unshare": 272 if x86 else 97,
    "mount": 165 if x86 else 40,
    "chroot": 161 if x86 else 51,
    "ptrace_read (process_vm_readv)": 310 if x86 else 270,
    "keyctl": 250 if x86 else 219,
    "bpf": 321 if x86 else 280,
    "perf_event_open": 298 if x86 else 241,
    "userfaultfd": 323 if x86 else 282,
    "io_uring_setup": 425,
}
CLONE_NEWUSER = 0x10000000
allowed = []


def refused(name, error, wanted=(errno.EPERM,)):
    if error not in wanted:
        allowed.append(f"{name}: {errno.errorcode.get(error, 'allowed')}")


def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(each) for each in arguments])
    return ctypes.get_errno() if result == -1 else 0


def attempt(action):
    try:
        action()
    except OSError as error:
        return error.errno
    return 0


for name, number in numbers.items():
    refused(name, call(number, CLONE_NEWUSER if name == "unshare" else 0, 0, 0, 0, 0))
refused("clone(CLONE_NEWUSER)", call(56 if x86 else 220, CLONE_NEWUSER | 17, 0, 0, 0, 0))
refused("clone3", call(435, 0, 0), wanted=(errno.ENOSYS,))

for name, family, kind, protocol in (
    ("AF_ALG", 38, socket.SOCK_SEQPACKET, 0),
    ("AF_VSOCK", 40, socket.SOCK_STREAM, 0),
    ("AF_PACKET", 17, socket.SOCK_RAW, 0),
    ("AF_NETLINK netfilter", 16, socket.SOCK_RAW, 12),
    ("SCTP", 2, socket.SOCK_STREAM, 132),
    ("raw IPv4", 2, socket.SOCK_RAW, 1),
):
    refused(name, attempt(lambda: socket.socket(family, kind, protocol).close()))

refused("a device", attempt(lambda: os.mknod("/tmp/device", 0o600 | stat.S_IFCHR, os.makedev(1, 3))))
os.mkfifo("/tmp/fifo")
os.unlink("/tmp/fifo")
refused("writing to /usr", attempt(lambda: open("/usr/planted", "w").close()), wanted=(errno.EROFS, errno.EACCES))

for line in allowed:
    print(f"not refused: {line}", file=sys.stderr)
if allowed:
    sys.exit(1)
print("ok")
