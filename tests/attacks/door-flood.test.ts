import { readdirSync } from "node:fs";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { syscalls } from "../../kernel/abi/index.ts";
import type { Inside } from "../kernel/inside.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { asJson, audit, bearer, inspect, processes, restartsOf, run, send, statusOf } from "../system/caller.ts";
import { openFiles, residentBytes, servicePid } from "../system/host-process.ts";
import { intruder } from "./door-inside.ts";
import { open } from "./door-wire.ts";

/**
 * The doors under load, while others go on being served. Tried here:
 *
 * at the gateway: a hundred connections that say nothing, heads and bodies byte by byte, a body in chunks without an end,
 * thousands of requests in one go, their answers unread, sign-ins that wait, a thousand requests at once;
 * at a process's own socket: connections without number, requests that wait without number on one connection, answers
 * that nobody reads, an endless body, nonsense in other protocols, half requests, relay sockets that are called and not
 * spoken on, and an audit log that one process tries to fill.
 */

let instance: Instance;
let box: Inside;

beforeAll(async () => {
  instance = await Instance.start();
  box = await intruder(instance, {
    table: ["MEM:256Mi", "CPU:1", "PIDS:64", "PROC_SIGNAL", "NET_BIND:localhost:8000"],
  });
});
afterAll(() => instance?.remove());

const undo: (() => unknown)[] = [];
async function nobodyNoticed(): Promise<void> {
  expect(instance.kernel.exitCode).toBe(null);
  expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
  expect((await inspect(instance, box.pid)).state.phase).toBe("running");
}
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
  await nobodyNoticed();
});

/** What somebody else does meanwhile, by the gateway: it works. */
async function served(): Promise<string> {
  const { engine } = await statusOf(instance);
  return `${engine.state} ${(await run(instance, { argv: ["echo", "meanwhile"], table: ["MEM:32Mi"] })).stdout.trim()}`;
}

const host = (): string => `Host: 127.0.0.1:${instance.port}`;
const token = (): string => `Authorization: Bearer ${instance.token}`;
/** Connections to the gateway that stay until the test ends. */
function held(count: number, bytes: (index: number) => string): Socket[] {
  const sockets = Array.from({ length: count }, (_, index) => {
    const socket = open(instance);
    socket.write(bytes(index), "latin1");
    return socket;
  });
  undo.push(() => sockets.forEach((socket) => socket.destroy()));
  return sockets;
}

describe("at the gateway others are served while somebody", () => {
  test("holds a hundred connections and says nothing", async () => {
    held(100, () => "");
    expect(await served()).toBe("up meanwhile");
  });

  test("sends heads and bodies a byte at a time", async () => {
    const slow = held(100, (index) =>
      index % 2 === 0
        ? `GET /healthz HTTP/1.1\r\n${host()}\r\nX: `
        : `POST /api/v1/processes HTTP/1.1\r\n${host()}\r\n${token()}\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n`,
    );
    const timer = setInterval(() => slow.forEach((socket) => socket.write("x")), 20);
    undo.push(() => clearInterval(timer));
    expect(await served()).toBe("up meanwhile");
  });

  test("sends a body of chunks without an end: it is refused, and costs no memory", async () => {
    const gateway = await servicePid(instance, "gateway");
    const before = residentBytes(gateway);
    const [socket] = held(
      1,
      () =>
        `POST /api/v1/processes HTTP/1.1\r\n${host()}\r\n${token()}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    if (socket === undefined) throw new Error("no connection");
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
    const chunk = `10000\r\n${" ".repeat(0x1_0000)}\r\n`;
    for (let sent = 0; sent < 1600 && !socket.destroyed; sent += 1) {
      if (!socket.write(chunk))
        await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), sleep(5000)]);
    }
    await waitFor("the refusal", () => answer.includes("HTTP/1.1 413"));
    expect(residentBytes(gateway) - before).toBeLessThan(100 << 20);
    expect(await served()).toBe("up meanwhile");
  });

  test("sends thousands of requests in one go and reads no answer: they are cut off", async () => {
    const one = `GET /api/v1/status HTTP/1.1\r\n${host()}\r\n${token()}\r\n\r\n`;
    const gateway = await servicePid(instance, "gateway");
    const sockets = held(10, () => one.repeat(3000));
    expect(await served()).toBe("up meanwhile");
    expect(openFiles(gateway).length).toBeLessThan(1000);
    await waitFor("all are cut off", () => sockets.every((socket) => socket.closed || socket.destroyed));
  });

  test("who is not signed in sends requests that wait, one behind the other", async () => {
    held(
      20,
      () =>
        `POST /api/v1/session HTTP/1.1\r\n${host()}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    );
    expect(await served()).toBe("up meanwhile");
  });
});

describe("at its own socket", () => {
  /** Runs Python in the box; what others get while it goes on. */
  async function servedWhile(script: string): Promise<string> {
    await box.begin(script);
    return served();
  }
  const answered = (): Promise<string> => box.ask(z.string(), `answer = tried(lambda: door("self"))`);
  const kernelBytes = (): number => residentBytes(instance.kernel.pid ?? 0);
  const kernelFiles = (): number => readdirSync(`/proc/${instance.kernel.pid}/fd`).length;

  test("a process that opens connections without number holds up itself alone, and no descriptors without number", async () => {
    const said = await box.ask(
      z.object({ open: z.number(), closed: z.number() }),
      `
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (8000, 8000))
crowd = []
for _ in range(2000):
    try: crowd.append(opened(seconds=1))
    except OSError: pass
closed = 0
time.sleep(1)
for each in crowd:
    each.setblocking(False)
    try:
        if each.recv(1) == b"": closed += 1
    except BlockingIOError: pass
    except OSError: closed += 1
answer = {"open": len(crowd) - closed, "closed": closed}`,
    );
    expect(said.open).toBeLessThan(200);
    expect(kernelFiles()).toBeLessThan(2048);
    expect(await served()).toBe("up meanwhile");
    await box.ask(z.string(), "for each in crowd: each.close()\nanswer = 'closed'");
    expect(await answered()).toBe("200 ok");
  });

  test("a process that dribbles, stops in the middle, or speaks nonsense is cut off or waits, and others do not", async () => {
    const nonsense = [
      `b"\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xfc\\x03\\x03"`,
      `b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n"`,
      `b"\\x00" * 100000`,
      `b"GET / HTTP/1.1\\r\\n\\r\\n"`,
      `b"POST /v1/self HTTP/1.1\\r\\nHost: k\\r\\nX: " + b"x" * 100000 + b"\\r\\n\\r\\n"`,
      `b"POST /v1/self HTTP/9.9\\r\\nHost: k\\r\\n\\r\\n"`,
      `b"POST /v1/self HTTP/1.1\\r\\nHost: k\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nExpect: 100-continue\\r\\n\\r\\n"`,
    ];
    const said = await box.ask(z.array(z.string()), `answer = [raw(each)[:12] for each in (${nonsense.join(", ")})]`);
    for (const answer of said) expect(answer).toMatch(/^(HTTP\/1\.1 [124]|ECONNRESET|EPIPE|$)/);
    expect(
      await servedWhile(`
halves = [opened() for _ in range(100)]
for index, each in enumerate(halves): each.sendall([b"", b"POST /v1/se", b"POST /v1/self HTTP/1.1\\r\\nHost: k\\r\\nContent-Length: 9\\r\\n\\r\\n{"][index % 3])`),
    ).toBe("up meanwhile");
    await box.ask(z.string(), "for each in halves: each.close()\nanswer = 'closed'");
    expect(await answered()).toBe("200 ok");
  });

  test("a body of chunks without an end is refused, and costs the kernel no memory", async () => {
    const flood = (): Promise<{ sent: number; head: string }> =>
      box.ask(
        z.object({ sent: z.number(), head: z.string() }),
        `
connection = opened(seconds=10)
connection.sendall(b"POST /v1/self HTTP/1.1\\r\\nHost: k\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n")
sent = 0
try:
    for _ in range(3200):
        connection.sendall(b"10000\\r\\n" + b" " * 65536 + b"\\r\\n")
        sent += 1
except OSError: pass
try: head = connection.recv(12).decode()
except OSError as error: head = "HTTP/1.1 400"
connection.close()
answer = {"sent": sent, "head": head}`,
      );
    // What the first leaves for the garbage collector to take is there before the second.
    expect((await flood()).head).toBe("HTTP/1.1 400");
    const before = kernelBytes();
    const second = await flood();
    expect(second.head).toBe("HTTP/1.1 400");
    expect(second.sent).toBeLessThan(200);
    expect(kernelBytes() - before).toBeLessThan(100 << 20);
    expect(await answered()).toBe("200 ok");
  });

  test("requests without number on one connection, behind ones that wait, cost the kernel no memory", async () => {
    const before = kernelBytes();
    await box.begin(`
wait = json.dumps({"pid": ${box.pid}, "timeoutMs": 20000}).encode()
waits = b"POST /v1/wait HTTP/1.1\\r\\nHost: k\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(wait), wait)
connection = opened(seconds=5)
try:
    connection.sendall(waits * 64)
    for _ in range(200): connection.sendall(b"POST /v1/self HTTP/1.1\\r\\nHost: k\\r\\n\\r\\n" * 2000)
except OSError: pass`);
    for (let look = 0; look < 6; look += 1) {
      await sleep(1000);
      expect(kernelBytes() - before).toBeLessThan(200 << 20);
    }
    expect(await served()).toBe("up meanwhile");
    await box.ask(z.string(), "connection.close()\nanswer = 'closed'");
    expect(await answered()).toBe("200 ok");
  });

  test("answers that nobody reads are not made without number", async () => {
    const before = kernelBytes();
    await box.ask(
      z.string(),
      `
unread = [opened(seconds=1) for _ in range(20)]
for each in unread:
    try: each.sendall(b"POST /v1/caps HTTP/1.1\\r\\nHost: k\\r\\nContent-Length: ${`{"pid": ${String(box.pid)}}`.length}\\r\\n\\r\\n" .replace(b"\\r\\n\\r\\n", b"\\r\\n\\r\\n" + json.dumps({"pid": ${box.pid}}).encode()) * 5000)
    except OSError: pass
answer = "sent"`,
    );
    expect(kernelBytes() - before).toBeLessThan(200 << 20);
    expect(await served()).toBe("up meanwhile");
    await box.ask(z.string(), "for each in unread: each.close()\nanswer = 'closed'");
    expect(await answered()).toBe("200 ok");
  });

  test("a relay's socket that is called a thousand times and never spoken on holds up nobody", async () => {
    expect(
      await servedWhile(`
calls = []
for _ in range(1000):
    try: calls.append(opened("/run/superos/bind.sock", 1))
    except OSError: pass
for each in calls:
    try: each.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\nnot asked for")
    except OSError: pass`),
    ).toBe("up meanwhile");
    await box.ask(z.string(), "for each in calls: each.close()\nanswer = 'closed'");
    expect(await answered()).toBe("200 ok");
  });
});

test("the audit log grows by a process's calls at a pace, whatever it calls and on however many connections", async () => {
  const schema = z.number();
  const before = (await audit(instance)).length;
  const began = Date.now();
  const calls = await box.ask(
    schema,
    `
end = time.time() + 5
counts = [0] * 16
def flood(index):
    while time.time() < end:
        door(["user_create", "signal", "revoke", "policy_attend"][index % 4], {"pid": ${box.pid}, "slot": 1, "signal": "SIGCONT"})
        counts[index] += 1
threads = [threading.Thread(target=flood, args=(index,)) for index in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
answer = sum(counts)`,
  );
  const seconds = (Date.now() - began) / 1000;
  const rows = (await audit(instance)).length - before;
  expect(rows).toBeGreaterThan(100);
  expect(rows).toBeLessThan(200 + 20 * seconds + 64);
  expect(calls).toBeLessThan(200 + 20 * seconds + 64);
  expect(await served()).toBe("up meanwhile");
});

test("calls that are not there leave no row and hold up nobody", async () => {
  const rows = async (): Promise<number> => (await audit(instance)).filter(({ who }) => who.pid === box.pid).length;
  const before = await rows();
  await box.ask(z.string(), `for _ in range(500): door("nothing_of_that_name")\nanswer = "called"`);
  expect(await rows()).toBe(before);
  expect(Object.hasOwn(syscalls, "nothing_of_that_name")).toBe(false);
});

test("a thousand requests at once to the gateway are all answered", async () => {
  const asked = Array.from({ length: 1000 }, (_, index) =>
    send(instance, index % 2 === 0 ? "/api/v1/processes" : "/api/v1/nothing", {
      headers: { ...bearer(instance.token), ...asJson },
    }),
  );
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 404]));
  expect((await processes(instance)).map(({ pid }) => pid)).toEqual([box.pid]);
});
