/**
 * Every way to fill a disk that we know, as Python programs that never end by themselves.
 *
 * Each writes into its working directory as fast as it can.
 */

const forever = `
import os, sys, mmap, socket, array, threading, itertools, time
block = bytes(1 << 20)
def stay():
    while True: time.sleep(1)
`;

/** A source of any length that takes no memory. */
const zeros = `
zeros = mmap.mmap(-1, 512 << 20, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
`;

export const fillers: Readonly<Record<string, string>> = {
  "one big file": `${forever}
f = os.open("big", os.O_CREAT | os.O_WRONLY)
while True: os.write(f, block)
`,
  "many small files": `${forever}
for n in itertools.count():
    if n % 1000 == 0: os.mkdir(str(n)); d = str(n)
    with open(f"{d}/{n}f", "wb") as f: f.write(block[:8192])
`,
  "empty files": `${forever}
for n in itertools.count():
    if n % 1000 == 0: os.mkdir(str(n)); d = str(n)
    os.close(os.open(f"{d}/{n}f", os.O_CREAT | os.O_WRONLY))
`,
  directories: `${forever}
for n in itertools.count():
    if n % 1000 == 0: os.mkdir(str(n)); d = str(n)
    os.mkdir(f"{d}/{n}f")
`,
  "symbolic links": `${forever}
for n in itertools.count():
    if n % 1000 == 0: os.mkdir(str(n)); d = str(n)
    os.symlink("x" * 1000, f"{d}/{n}f")
`,
  "hard links with long names": `${forever}
for n in itertools.count():
    if n % 50000 == 0:
        d = str(n); os.mkdir(d); t = f"{d}/t"; os.close(os.open(t, os.O_CREAT | os.O_WRONLY))
    os.link(t, f"{d}/{n:0>250}")
`,
  "pages of a mapping": `${forever}
f = os.open("mapped", os.O_CREAT | os.O_RDWR)
os.ftruncate(f, 1 << 40)
m = mmap.mmap(f, 4 << 30)
for at in range(0, 4 << 30, 4096): m[at] = 1
stay()
`,
  "the blocks of a sparse file": `${forever}
f = os.open("sparse", os.O_CREAT | os.O_RDWR)
os.ftruncate(f, 1 << 40)
for n in itertools.count(): os.pwrite(f, block[:65536], n << 20)
`,
  "a file without a name": `${forever}
f = os.open("gone", os.O_CREAT | os.O_WRONLY)
os.unlink("gone")
while True: os.write(f, block)
`,
  "a mapped file without a name or a descriptor": `${forever}
f = os.open("gone", os.O_CREAT | os.O_RDWR)
os.unlink("gone")
os.ftruncate(f, 4 << 30)
m = mmap.mmap(f, 4 << 30)
os.close(f)
for at in range(0, 4 << 30, 4096): m[at] = 1
stay()
`,
  "files without a name in messages that nobody receives": `${forever}
a, b = socket.socketpair()
for n in itertools.count():
    f = os.open("gone", os.O_CREAT | os.O_WRONLY)
    os.unlink("gone")
    for _ in range(4): os.write(f, block)
    a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [f]))])
    os.close(f)
`,
  "long writes of many threads": `${forever}${zeros}
def fill(n):
    for k in itertools.count():
        f = os.open(f"{n}-{k}", os.O_CREAT | os.O_WRONLY)
        os.write(f, zeros)
        os.close(f)
for n in range(16): threading.Thread(target=fill, args=(n,)).start()
`,
  "ever new processes": `${forever}
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for n in itertools.count():
    if os.fork() == 0:
        with open(f"p{n}", "wb") as f: f.write(block)
        os._exit(0)
    if n % 8 == 7: time.sleep(0.001)
`,
  "what another file held": `${forever}
f = os.open("source", os.O_CREAT | os.O_RDWR)
for n in range(16): os.write(f, block)
for n in itertools.count():
    t = os.open(f"copy{n}", os.O_CREAT | os.O_WRONLY)
    os.copy_file_range(f, t, 16 << 20, 0, 0)
    os.close(t)
`,
  "space that is reserved and not written": `${forever}
import ctypes, struct, fcntl
libc = ctypes.CDLL(None, use_errno=True)
fallocate = libc.fallocate
fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
f = os.open("reserved", os.O_CREAT | os.O_RDWR)
for mode in (0, 1, 2, 16, 17, 64):
    fallocate(f, mode, 0, 1 << 30)
for request in (0x40305828, 0x4030582a, 0x40305839):
    try: fcntl.ioctl(f, request, struct.pack("hhqqiI4i", 0, 0, 0, 1 << 30, 0, 0, 0, 0, 0, 0))
    except OSError: pass
while True: os.write(f, block)
`,
};

/** What is no growth: a program that does it for a while ends by itself, with exit code 0. */
export const harmless: Readonly<Record<string, string>> = {
  "a sparse file of a terabyte": `${forever}
f = os.open("sparse", os.O_CREAT | os.O_RDWR)
os.ftruncate(f, 1 << 40)
os.pwrite(f, b"x", (1 << 40) - 1)
time.sleep(1)
`,
  "writing the same file again and again": `${forever}
end = time.time() + 5
while time.time() < end:
    with open("again", "wb") as f:
        for _ in range(16): f.write(block)
`,
};
