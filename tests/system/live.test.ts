import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { KernelEvent, Outcome, Pid, ProcessView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import type { OutputOpenAnswer } from "../../ui/gateway/socket-events.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  createToken,
  importProject,
  kill,
  outcomeOf,
  outputOf,
  processes,
  python,
  restartsOf,
  run,
  sleeper,
  spawn,
} from "./caller.ts";
import { residentBytes, servicePid } from "./host-process.ts";
import { connected, eventsOf, type LiveClient, liveClient, rawClient } from "./live-client.ts";

/** The live connection: what is, then what changes; and output, to the byte, whatever the client does. */

let instance: Instance;
const undo: (() => unknown)[] = [];
beforeAll(async () => {
  instance = await Instance.start();
});
afterAll(() => instance.remove());
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
  for (const { pid } of await processes(instance)) await kill(instance, pid);
});

function client(): LiveClient {
  const live = liveClient(instance, { token: instance.token });
  undo.push(() => live.disconnect());
  return live;
}

async function connectedClient(): Promise<LiveClient> {
  const live = client();
  expect(await connected(live)).toBe("connected");
  return live;
}

const openOutput = (live: LiveClient, pid: Pid, from = { stdout: 0, stderr: 0 }): Promise<OutputOpenAnswer> =>
  live.timeout(60_000).emitWithAck("output_open", { pid, ...from });

/** What a client has of a process: it counts for itself, so that a wrong offset shows. */
class Received {
  readonly offsets: { stdout: number; stderr: number };
  readonly parts: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
  readonly gaps: { stdout: number; stderr: number }[] = [];
  outcome: Outcome | undefined;
  /** Acks of pieces that are kept back. */
  readonly held: (() => void)[] = [];
  holding = false;
  onPiece: () => void = () => undefined;

  constructor(from = { stdout: 0, stderr: 0 }) {
    this.offsets = { ...from };
  }

  attach(live: LiveClient, pid: Pid): void {
    live.on("output", (...[from, stream, offset, data, ack]) => {
      if (from !== pid) return;
      if (offset !== this.offsets[stream]) throw new Error(`${stream} at ${offset}, expected ${this.offsets[stream]}`);
      const bytes = data instanceof Uint8Array ? Buffer.from(data) : Buffer.from(new Uint8Array(data));
      this.parts[stream].push(bytes);
      this.offsets[stream] += bytes.length;
      if (this.holding) this.held.push(ack);
      else ack();
      this.onPiece();
    });
    live.on("output_gap", (from, stdout, stderr) => {
      if (from !== pid) return;
      this.gaps.push({ stdout, stderr });
      Object.assign(this.offsets, { stdout, stderr });
    });
    live.on("output_end", (from, outcome) => {
      if (from === pid) this.outcome = outcome;
    });
  }

  get stdout(): Buffer {
    return Buffer.concat(this.parts.stdout);
  }
  get stderr(): Buffer {
    return Buffer.concat(this.parts.stderr);
  }
  ended(): Promise<Outcome> {
    return waitFor("the output's end", () => this.outcome);
  }
}

const processEvents = (events: readonly KernelEvent[], pid: Pid): ProcessView[] =>
  events.flatMap((event) => (event.type === "process" && event.process.pid === pid ? [event.process] : []));

const sha = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("events", () => {
  test("begin with the present state, whole and true", async () => {
    const project = await importProject(instance, "present", rawArchive({ name: "a" }));
    const running = await spawn(instance, { ...sleeper, project: project.id });
    const ended = await run(instance, { argv: ["sh", "-c", "exit 7"] });
    const live = client();
    const events = eventsOf(live);
    expect(await connected(live)).toBe("connected");
    const known = await processes(instance, true);
    const pids = (): number[] => events.flatMap((event) => (event.type === "process" ? [event.process.pid] : []));
    await waitFor("every process was told", () => known.every(({ pid }) => pids().includes(pid)));
    await waitFor("the status was told after them", () => events.some(({ type }) => type === "status"));
    const status = events.findIndex(({ type }) => type === "status");
    expect(events[status]).toMatchObject({ type: "status", status: { engine: { state: "up" } } });
    expect(new Set(events.slice(0, status).map(({ type }) => type))).toEqual(new Set(["project", "process"]));
    expect(events.filter(({ type }) => type === "project")).toEqual([{ type: "project", project }]);
    expect(processEvents(events, running.pid)[0]).toMatchObject({
      state: running.state,
      container: running.container,
      table: running.table,
    });
    expect(processEvents(events, ended.pid as Pid)[0]?.state).toMatchObject({
      phase: "exited",
      outcome: { kind: "code", code: 7 },
    });
    // A parent is told before its children, so that a tree can be drawn from the first event on.
    const told = pids();
    const orphans = known.filter(({ pid, parent }) => parent !== null && told.indexOf(parent) > told.indexOf(pid));
    expect(orphans).toEqual([]);
  });

  test("tell every step of a process to every client, to its outcome and its reaping", async () => {
    const [one, two] = [await connectedClient(), await connectedClient()];
    const [first, second] = [eventsOf(one), eventsOf(two)];
    const { pid } = await spawn(instance, { argv: ["sh", "-c", "echo hello; exit 3"] });
    const outcome = { kind: "code", code: 3 };
    for (const events of [first, second]) {
      const last = await waitFor("its end is told", () =>
        processEvents(events, pid).find(({ state }) => state.phase === "exited"),
      );
      expect(last.state).toMatchObject({ outcome });
      expect(last.output).toEqual({ stdoutBytes: 6, stderrBytes: 0 });
      const phases = processEvents(events, pid).map(({ state }) => state.phase);
      expect([...new Set(phases)]).toEqual(["embryo", "ready", "running", "exited"]);
      expect(phases.filter((phase) => phase === "exited")).toHaveLength(1);
    }
    expect((await instance.api(`/api/v1/processes/${pid}`, { method: "DELETE" })).status).toBe(200);
    for (const events of [first, second]) {
      await waitFor("its reaping is told", () => events.some((event) => event.type === "reaped" && event.pid === pid));
    }
  });

  test("tell of projects that come, change and go", async () => {
    const events = eventsOf(await connectedClient());
    const project = await importProject(instance, "comes", rawArchive({ name: "a" }));
    await waitFor("it is told", () =>
      events.some((event) => event.type === "project" && event.project.id === project.id),
    );
    const told = events.length;
    await instance.api(`/api/v1/projects/${project.id}/content?path=b`, { method: "PUT", body: "x" });
    await waitFor("its change is told", () =>
      events.slice(told).some((event) => event.type === "project" && event.project.id === project.id),
    );
    await instance.api(`/api/v1/projects/${project.id}`, { method: "DELETE" });
    const gone = await waitFor("its going is told", () => events.find(({ type }) => type === "project_removed"));
    expect(gone).toEqual({ type: "project_removed", id: project.id });
  });

  test("show figures of a busy process that move", async () => {
    const events = eventsOf(await connectedClient());
    const { pid } = await spawn(instance, { argv: python("while True: pass"), table: ["TIME:2m"] });
    const cpu = await waitFor("two readings that differ", () => {
      const readings = [
        ...new Set(processEvents(events, pid).flatMap(({ usage }) => (usage === null ? [] : [usage.cpuMs]))),
      ];
      return readings.length >= 2 ? readings : undefined;
    });
    expect(cpu).toEqual(cpu.toSorted((a, b) => a - b));
    await kill(instance, pid);
    await outcomeOf(instance, pid);
  });
});

describe("output", () => {
  test("holds every byte of both streams, in order, and ends with the outcome", async () => {
    const script =
      "import os\nb = bytes(range(256))\nfor n in range(200):\n os.write(1, b); os.write(2, bytes(reversed(b)))\nos._exit(9)";
    const { pid } = await spawn(instance, { argv: python(script) });
    const live = await connectedClient();
    const received = new Received();
    received.attach(live, pid);
    expect(await openOutput(live, pid)).toEqual({ ok: true });
    expect(await received.ended()).toEqual({ kind: "code", code: 9 });
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    expect(received.stdout.equals(Buffer.concat(Array.from({ length: 200 }, () => bytes)))).toBe(true);
    expect(received.stderr.equals(Buffer.concat(Array.from({ length: 200 }, () => bytes.toReversed())))).toBe(true);
  });

  test("begins at the offset of each stream that is asked for", async () => {
    const { pid } = await run(instance, {
      argv: ["sh", "-c", "printf 0123456789; printf abcdefghij >&2; printf ABC"],
    }).then(({ pid: made }) => ({ pid: made as Pid }));
    for (const from of [
      { stdout: 0, stderr: 0 },
      { stdout: 4, stderr: 7 },
      { stdout: 11, stderr: 0 },
      { stdout: 13, stderr: 10 },
    ]) {
      const live = await connectedClient();
      const received = new Received(from);
      received.attach(live, pid);
      expect(await openOutput(live, pid, from)).toEqual({ ok: true });
      await received.ended();
      expect(received.stdout.toString()).toBe("0123456789ABC".slice(from.stdout));
      expect(received.stderr.toString()).toBe("abcdefghij".slice(from.stderr));
    }
  });

  test("goes on to the byte for a client that drops again and again and comes back with its offsets", async () => {
    const megabytes = 24;
    const script = `import os,random,hashlib\nr = random.Random(7)\nfor n in range(${megabytes * 16}):\n b = r.randbytes(65536); os.write(1, b) if n % 3 else os.write(2, b)`;
    const { pid } = await spawn(instance, { argv: python(script), table: ["OUT:64Mi"] });
    const received = new Received();
    let rounds = 0;
    while (received.outcome === undefined && rounds < 100) {
      rounds += 1;
      const live = client();
      received.attach(live, pid);
      expect(await connected(live)).toBe("connected");
      const before = received.offsets.stdout + received.offsets.stderr;
      const enough = Promise.withResolvers<void>();
      received.onPiece = () => {
        if (received.offsets.stdout + received.offsets.stderr - before > 3 << 20) enough.resolve();
      };
      live.once("output_end", () => enough.resolve());
      expect(await openOutput(live, pid, received.offsets)).toEqual({ ok: true });
      await enough.promise;
      live.disconnect();
      live.removeAllListeners();
    }
    expect(rounds).toBeGreaterThan(3);
    expect(received.gaps).toEqual([]);
    const whole = await outputOf(instance, pid);
    expect(whole.stdout.length + whole.stderr.length).toBe(megabytes << 20);
    expect([sha(received.stdout), sha(received.stderr)]).toEqual([sha(whole.stdout), sha(whole.stderr)]);
  });

  test("that was dropped under the quota is told as a gap, and what follows is true", async () => {
    const script = "import os\nfor n in range(4 << 16): os.write(1, b'%015d\\n' % n)";
    const { pid } = await spawn(instance, { argv: python(script), table: ["OUT:1Mi"] });
    await outcomeOf(instance, pid);
    const live = await connectedClient();
    const received = new Received();
    received.attach(live, pid);
    expect(await openOutput(live, pid)).toEqual({ ok: true });
    await received.ended();
    expect(received.gaps).toHaveLength(1);
    const start = received.gaps[0]?.stdout ?? 0;
    expect(start).toBeGreaterThan(2 << 20);
    expect(start + received.stdout.length).toBe(4 << 20);
    const expected = Array.from({ length: 4 << 16 }, (_, n) => `${String(n).padStart(15, "0")}\n`)
      .join("")
      .slice(start);
    expect(received.stdout.toString()).toBe(expected);
  });

  test("waits for a client that acknowledges nothing, whom nobody else notices", async () => {
    const { pid } = await spawn(instance, {
      argv: ["sh", "-c", "yes 0123456789abcde | head -c 200000000"],
      table: ["OUT:256Mi"],
    });
    const gateway = await servicePid(instance, "gateway");
    const stalled = new Received();
    stalled.holding = true;
    const slow = await connectedClient();
    stalled.attach(slow, pid);
    expect(await openOutput(slow, pid)).toEqual({ ok: true });
    await waitFor("its window is full", () => stalled.offsets.stdout >= 1 << 20);
    const before = residentBytes(gateway);
    let peak = before;
    const watching = setInterval(() => (peak = Math.max(peak, residentBytes(gateway))), 50);
    undo.push(() => clearInterval(watching));

    // Another client has it all meanwhile, and the slow one hears of nothing but what it was sent before.
    const quick = await connectedClient();
    let total = 0;
    let end: Outcome | undefined;
    quick.on("output", (...[, , offset, data, ack]) => {
      if (offset !== total) throw new Error(`at ${offset}, expected ${total}`);
      total += data.byteLength;
      ack();
    });
    quick.on("output_end", (_pid, outcome) => (end = outcome));
    expect(await openOutput(quick, pid)).toEqual({ ok: true });
    expect(await waitFor("the other client has all of it", () => end)).toEqual({ kind: "code", code: 0 });
    expect(total).toBe(200_000_000);
    expect(stalled.offsets.stdout).toBeLessThanOrEqual((1 << 20) + (256 << 10));
    expect(slow.connected).toBe(true);
    expect(peak - before).toBeLessThan(100 << 20);

    // Acknowledging late, it goes on where it stood.
    const stood = stalled.offsets.stdout;
    stalled.holding = false;
    for (const ack of stalled.held.splice(0)) ack();
    await waitFor("it goes on", () => stalled.offsets.stdout > stood + (4 << 20));
    slow.disconnect();
    expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
  });

  test("of a client that closes it stops, and can be opened again", async () => {
    const { pid } = await spawn(instance, {
      argv: python("import time\nn = 0\nwhile True:\n print(n); n += 1; time.sleep(0.01)"),
    });
    const live = await connectedClient();
    const received = new Received();
    received.attach(live, pid);
    expect(await openOutput(live, pid)).toEqual({ ok: true });
    expect(await openOutput(live, pid)).toMatchObject({ fault: { code: "conflict" } });
    await waitFor("something came", () => received.offsets.stdout > 0);
    live.emit("output_close", pid);
    // What was on its way is there once a later request is answered.
    expect(await openOutput(live, 999_999 as Pid)).toMatchObject({ fault: { code: "not_found" } });
    const stood = received.offsets.stdout;
    await waitFor(
      "the program wrote more",
      async () => (await outputOf(instance, pid, false)).stdout.length > stood + 100,
    );
    expect(received.offsets.stdout).toBe(stood);
    expect(await openOutput(live, pid, received.offsets)).toEqual({ ok: true });
    await waitFor("it goes on", () => received.offsets.stdout > stood);
  });
});

describe("what a client sends wrong", () => {
  test("is refused with a fault, and the connection stays", async () => {
    const { pid } = await run(instance, { argv: ["echo", "x"] });
    const live = rawClient(instance, { token: instance.token });
    undo.push(() => live.disconnect());
    expect(await connected(live)).toBe("connected");
    const ask = (request: unknown): Promise<unknown> => live.timeout(60_000).emitWithAck("output_open", request);
    expect(await ask({ pid: 999_999, stdout: 0, stderr: 0 })).toMatchObject({ fault: { code: "not_found" } });
    expect(await ask({ pid: 1, stdout: 0, stderr: 0 })).toMatchObject({ fault: { code: "bad_state" } });
    expect(await ask({ pid, stdout: 3, stderr: 0 })).toMatchObject({ fault: { code: "invalid" } });
    for (const request of [
      undefined,
      null,
      7,
      "x",
      [],
      { pid },
      { pid, stdout: -1, stderr: 0 },
      { pid, stdout: 0.5, stderr: 0 },
      { pid, stdout: 0, stderr: 0, more: 1 },
      { pid: "1", stdout: 0, stderr: 0 },
    ]) {
      expect(await ask(request)).toMatchObject({ fault: { code: "invalid" } });
    }
    live.emit("output_open", { pid, stdout: 0, stderr: 0 });
    live.emit("output_close", "nonsense");
    live.emit("event", { type: "session_closed" });
    live.emit("nobody knows this", Buffer.alloc(100));
    expect(await ask({ pid, stdout: 0, stderr: 0 })).toEqual({ ok: true });
    expect(live.connected).toBe(true);
  });

  test("is cut off where it is too large, and nobody else is", async () => {
    const large = rawClient(instance, { token: instance.token });
    undo.push(() => large.disconnect());
    expect(await connected(large)).toBe("connected");
    const other = await connectedClient();
    large.emit("output_close", "x".repeat(1 << 20));
    await waitFor("it is cut off", () => !large.connected);
    expect(other.connected).toBe(true);
    expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
  });
});

test("a session's end is told to its clients, and to no other's", async () => {
  const { token, secret } = await createToken(instance, "ends");
  const mine = liveClient(instance, { token: secret });
  undo.push(() => mine.disconnect());
  const events = eventsOf(mine);
  expect(await connected(mine)).toBe("connected");
  const other = await connectedClient();
  await waitFor("the present state is told", () => events.length > 0);
  expect((await instance.api(`/api/v1/tokens/${token.id}`, { method: "DELETE" })).status).toBe(204);
  await waitFor("it is cut off", () => !mine.connected);
  expect(events.at(-1)).toEqual({ type: "session_closed" });
  expect(other.connected).toBe(true);
});
