import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runtimeNameSchema } from "../../kernel/abi/index.ts";
import { setUpImages } from "../../kernel/setup.ts";
import { checkout, finish } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";

/**
 * The relay of the base image, in a box like any other: on the inside a program of Python, on the outside the sockets
 * of this test in the place of the kernel's.
 */

const mebibyte = 1024 ** 2;

let image = "";
let dir = "";
let servers: Server[] = [];
let sockets: Socket[] = [];

beforeAll(async () => {
  const images = setUpImages(() => undefined);
  await images.load();
  ({ id: image } = await images.provide(runtimeNameSchema.parse("python")));
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "superos-relay-"));
  chmodSync(dir, 0o755);
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  rmSync(dir, { recursive: true, force: true });
  servers = [];
  sockets = [];
});

/** A server in the kernel's place. */
async function serve(name: string, take: (socket: Socket) => void, backlog = 511): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    take(socket);
  });
  servers.push(server);
  server.listen({ path: join(dir, name), backlog });
  await once(server, "listening");
  chmodSync(join(dir, name), 0o666);
  return server;
}

const prelude = `
import glob, hashlib, os, resource, signal, socket, subprocess, sys, threading, time
signal.alarm(100)
def relay(*arguments):
    return subprocess.run(["sos", "relay", *arguments], capture_output=True, text=True)
def relay_pid():
    return next(path.split("/")[2] for path in glob.glob("/proc/[0-9]*/cmdline") if b"relay" in open(path, "rb").read().split(b"\\0"))
def resident_kib():
    return next(int(line.split()[1]) for line in open(f"/proc/{relay_pid()}/status") if line.startswith("VmRSS"))
def everything(connection):
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))
def proxy():
    return socket.create_connection(("127.0.0.1", 3128))
def listener(port):
    made = socket.create_server(("127.0.0.1", port))
    return made
`;
const started = `
assert relay("listen", "3128", "/run/superos/out.sock", "serve", "/run/superos/bind.sock").returncode == 0
`;

/** Runs a program of Python in a box as the kernel makes them, and returns what it prints. */
async function inside(program: string): Promise<string> {
  const box = ["--network=none", "--user=12345:12345", "--cap-drop=ALL", "--read-only", "--init", "--pids-limit=64"];
  const security = ["no-new-privileges", `seccomp=${join(checkout, "docker", "seccomp.json")}`];
  const options = [...box, "--memory=128m", "--ulimit=nofile=1024:16384", `--volume=${dir}:/run/superos:ro`];
  const args = ["run", "--rm", "-i", ...options, ...security.flatMap((each) => ["--security-opt", each])];
  const ended = await finish("docker", [...args, image, "python3", "-"], { input: prelude + program });
  expect([ended.stderr, ended.code]).toEqual(["", 0]);
  return ended.stdout.toString();
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("the relay's start", () => {
  test("leaves a process of its own: not a child, in no session, with no descriptor of whoever started it", async () => {
    const shown = await inside(`
read, write = os.pipe()
os.set_inheritable(write, True)
ended = subprocess.run(["sos", "relay", "listen", "3128", "/run/superos/out.sock"], capture_output=True, close_fds=False)
os.close(write)
print(ended.returncode, ended.stdout, ended.stderr, os.read(read, 1))
pid = relay_pid()
stat = open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()
print("parent", stat[1], "own session", stat[3] != str(os.getsid(0)))
print([os.readlink(f"/proc/{pid}/fd/{fd}") for fd in range(3)], os.readlink(f"/proc/{pid}/cwd"))
print(subprocess.run(["sh", "-c", "sleep 0 & sos relay listen 3129 /run/superos/out.sock; wait; echo $?"], capture_output=True).stdout)
`);
    expect(shown.trimEnd().split("\n")).toEqual([
      "0 b'' b'' b''",
      "parent 1 own session True",
      "['/dev/null', '/dev/null', '/dev/null'] /",
      String.raw`b'0\n'`,
    ]);
  });

  test("fails with one line that says why", async () => {
    const shown = await inside(`
taken = listener(3128)
for arguments in (["listen", "3128", "/run/superos/out.sock"], ["listen", "0", "/a"], ["listen", "70000", "/a"],
                  ["listen", "80x", "/a"], ["listen", "80", "a"], ["listen", "80", "/" + "a" * 200], ["listen", "80"], ["serve"], []):
    ended = relay(*arguments)
    print(ended.returncode, ended.stdout, ended.stderr.strip().count("\\n"), ended.stderr.split(":")[2].strip())
`);
    expect(shown.trimEnd().split("\n")).toEqual([
      "1  0 port 3128",
      ...["0", "70000", "80x"].map(() => "1  0 not a port"),
      ...["a", "long"].map(() => "1  0 not the absolute path of a socket"),
      ...["listen", "serve"].map(() => "1  0 usage"),
      "1  0 nothing to do",
    ]);
  });
});

describe("connections outwards", () => {
  test("carry bytes both ways, each way to its own end", async () => {
    const answer = Buffer.alloc(24 * mebibyte, "answer ");
    let taken = "";
    await serve("out.sock", (socket) => {
      void buffer(socket).then((bytes) => {
        taken = sha256(bytes);
        socket.end(answer);
      });
    });
    const shown = await inside(`${started}
connection = proxy()
sent = os.urandom(24 << 20)
connection.sendall(sent)
connection.shutdown(socket.SHUT_WR)
print(hashlib.sha256(sent).hexdigest(), hashlib.sha256(everything(connection)).hexdigest())
`);
    expect(shown.trim().split(" ")).toEqual([taken, sha256(answer)]);
  });

  test("carry both ways at once", async () => {
    await serve("out.sock", (socket) => void socket.pipe(socket));
    const shown = await inside(`${started}
connection = proxy()
sent = os.urandom(16 << 20)
def send():
    connection.sendall(sent)
    connection.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
print(everything(connection) == sent)
`);
    expect(shown).toBe("True\n");
  });

  test("are held back by a reader who does not read, at no cost of memory, and then get every byte", async () => {
    const held: Socket[] = [];
    await serve("out.sock", (socket) => {
      held.push(socket.pause());
      if (held.length < 20) return;
      // The control connection: from now on, everybody reads.
      for (const each of held) void buffer(each).then((bytes) => each.end(sha256(bytes)));
    });
    const shown = await inside(`${started}
before = resident_kib()
block = os.urandom(1 << 16)
connections, digests = [proxy() for _ in range(19)], []
for connection in connections:
    connection.setblocking(False)
    digest, count, waits = hashlib.sha256(), 0, 0
    while waits < 20:
        try:
            sent = connection.send(block)
            digest.update(block[:sent])
            count += sent
        except BlockingIOError:
            waits += 1
            time.sleep(0.01)
    assert count < 16 << 20, count
    connection.setblocking(True)
    digests.append(digest.hexdigest())
print(resident_kib() - before < 1024)
proxy().shutdown(socket.SHUT_WR)
for connection in connections: connection.shutdown(socket.SHUT_WR)
print([everything(connection).decode() for connection in connections] == digests)
`);
    expect(shown).toBe("True\nTrue\n");
  });

  test("are 600 at once, also where the kernel's queue is short", async () => {
    await serve("out.sock", (socket) => void socket.pipe(socket), 4);
    const shown = await inside(`${started}
before = resident_kib()
for again in range(3):
    connections = [proxy() for _ in range(600)]
    for number, connection in enumerate(connections): connection.sendall(b"%d" % number)
    print(all(connection.recv(16) == b"%d" % number for number, connection in enumerate(connections)))
    for connection in connections: connection.close()
print(resident_kib() - before < 1024)
`);
    expect(shown).toBe("True\nTrue\nTrue\nTrue\n");
  });

  test("end when the other side is gone, in the middle of silence, and at once where there is none", async () => {
    const server = await serve("out.sock", (socket) => {
      if (sockets.length === 1) socket.once("data", () => socket.destroy());
      else socket.once("data", () => server.close(() => undefined));
    });
    const shown = await inside(`${started}
connection = proxy()
connection.sendall(b"cut")
print(connection.recv(1))
connection = proxy()
connection.sendall(b"close the server")
while os.path.exists("/run/superos/out.sock"): time.sleep(0.01)
print(everything(proxy()))
`);
    servers = [];
    expect(shown).toBe("b''\nb''\n");
  });

  test("end outside when the program is gone that was being answered", async () => {
    let ends = 0;
    await serve("out.sock", (socket) => {
      const answering = setInterval(() => socket.write("more "), 10);
      socket.resume().once("close", () => {
        clearInterval(answering);
        ends += 1;
      });
    });
    const program = inside(`${started}
proxy().close()
while os.path.exists("/run/superos/out.sock"): time.sleep(0.01)
`);
    await waitFor("the connection has ended", () => ends === 1);
    rmSync(join(dir, "out.sock"));
    await program;
    expect(ends).toBe(1);
  });
});

describe("connections inwards", () => {
  /** Parked connections as they come. */
  async function parking(): Promise<{ next: () => Promise<Socket>; count: () => number; server: Server }> {
    const parked: Socket[] = [];
    let all = 0;
    const server = await serve("bind.sock", (socket) => {
      all += 1;
      parked.push(socket);
    });
    const next = (): Promise<Socket> => waitFor("a connection is parked", () => parked.shift());
    return { next, count: () => all, server };
  }

  test("wait four at a time, lead to the port that they are told, and are replaced", async () => {
    const { next, count } = await parking();
    const program = inside(`${started}
server = listener(8080)
for _ in range(20):
    connection, _ = server.accept()
    connection.sendall(everything(connection).upper())
    connection.close()
`);
    const answers: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      const socket = await next();
      // What follows the line, in the same piece or byte by byte, is the program's.
      if (round % 2 === 0) socket.end(`8080\nround ${round}`);
      else for (const piece of ["8", "08", "0", "\n", "round "]) socket.write(piece);
      if (round % 2 !== 0) socket.end(String(round));
      answers.push((await buffer(socket)).toString());
    }
    await program;
    expect(answers).toEqual(Array.from({ length: 20 }, (_, round) => `ROUND ${round}`));
    expect(count()).toBe(24);
  });

  test.each(["1\n", "0\n", "65536\n", "-1\n", "80 80\n", "\n\n", "1234567", "80"])(
    "that lead nowhere, by %j, are closed and replaced",
    async (line) => {
      const { next } = await parking();
      const program = inside(`${started}
connection, _ = listener(8080).accept()
connection.sendall(b"still here")
`);
      for (let round = 0; round < 4; round += 1) {
        const socket = await next();
        const read: Buffer[] = [];
        const closed = new Promise((resolve) => socket.on("data", (bytes) => read.push(bytes)).once("close", resolve));
        socket.end(line);
        await closed;
        expect(read).toEqual([]);
      }
      const socket = await next();
      socket.end("8080\n");
      expect((await buffer(socket)).toString()).toBe("still here");
      await program;
    },
  );

  test("come back when the kernel comes back", async () => {
    const first = await parking();
    const program = inside(`${started}
connection, _ = listener(8080).accept()
connection.sendall(b"still here")
`);
    const early = [await first.next(), await first.next(), await first.next(), await first.next()];
    const closed = new Promise((resolve) => first.server.close(resolve));
    for (const socket of early) socket.destroy();
    await closed;
    servers = [];
    const { next } = await parking();
    const socket = await next();
    socket.end("8080\n");
    expect((await buffer(socket)).toString()).toBe("still here");
    await program;
  });
});
