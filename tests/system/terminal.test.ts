import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { FaultBody, Pid, ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  type Api,
  asJson,
  audit,
  faultOf,
  importProject,
  inspect,
  kill,
  outcomeOf,
  outputOf,
  processes,
  spawn,
  spawnBody,
  statusOf,
} from "./caller.ts";
import { connected, liveClient, rawClient, type LiveClient } from "./live-client.ts";
import { addPerson, type Person, setRole } from "./person.ts";

/** Terminals through the gateway: what is typed, by whom, and what it costs to type too much. */

let instance: Instance;
let project: ProjectView;
beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(instance, "shared", rawArchive({ name: "a.txt", content: "a\n" }));
});
afterAll(() => instance?.remove());

const viewers: Viewer[] = [];
afterEach(async () => {
  for (const viewer of viewers.splice(0)) viewer.client.disconnect();
  for (const { pid } of await processes(instance)) await kill(instance, pid);
  for (const { pid } of await processes(instance)) await outcomeOf(instance, pid);
});

const size = (rows: number, columns: number) => ({ rows, columns });

async function shell(script: string): Promise<Pid> {
  const program = { argv: ["bash", "-c", script], table: ["MEM:64Mi"], project: project.id, tty: size(24, 80) };
  return (await spawn(instance, program)).pid;
}

/** Somebody who looks at a terminal and types into it. */
class Viewer {
  readonly client: LiveClient;
  readonly pid: Pid;
  readonly closed: (FaultBody | null)[] = [];
  #bytes = Buffer.alloc(0);

  private constructor(client: LiveClient, pid: Pid) {
    this.client = client;
    this.pid = pid;
    viewers.push(this);
  }

  static async open(pid: Pid, token = instance.token): Promise<Viewer> {
    const client = liveClient(instance, { token });
    const viewer = new Viewer(client, pid);
    client.on("output", (...[of, stream, offset, data, ack]) => {
      const next = of === pid && stream === "stdout" && offset === viewer.#bytes.length;
      viewer.#bytes = next ? Buffer.concat([viewer.#bytes, Buffer.from(data as Uint8Array)]) : Buffer.from("a hole");
      ack();
    });
    client.on("terminal_closed", (of, fault) => {
      if (of === pid) viewer.closed.push(fault);
    });
    const how = await connected(client);
    if (how !== "connected") throw new Error(how);
    const answer = await client.emitWithAck("output_open", { pid, stdout: 0, stderr: 0 });
    if ("fault" in answer) throw new Error(answer.fault.message);
    return viewer;
  }

  get text(): string {
    return this.#bytes.toString("latin1");
  }

  async shows(text: string): Promise<void> {
    try {
      await waitFor(JSON.stringify(text), () => this.text.includes(text));
    } catch (error) {
      throw new Error(`it shows ${JSON.stringify(this.text.slice(-500))}`, { cause: error });
    }
  }

  /** Types, and resolves once the piece was handed on. */
  async type(text: string | Buffer): Promise<void> {
    await this.client.emitWithAck("terminal_input", this.pid, Buffer.from(text));
  }

  resize(rows: number, columns: number): Promise<unknown> {
    return this.client.emitWithAck("terminal_resize", { pid: this.pid, size: size(rows, columns) });
  }
}

const resizeByHttp = (by: Api, pid: number, body: unknown): Promise<Response> =>
  by.api(`/api/v1/processes/${pid}/tty`, { method: "PUT", body: JSON.stringify(body), headers: asJson });
const typeByHttp = (by: Api, pid: number, { body, end = false }: { body: string; end?: boolean }): Promise<Response> =>
  by.api(`/api/v1/processes/${pid}/stdin?end=${end}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/octet-stream" },
  });

describe("a terminal", () => {
  test("shows what is typed, and takes what HTTP sends, whose end is ^D", async () => {
    const pid = await shell("echo ready; cat; echo $TERM; stty size; tty; exit 4");
    const viewer = await Viewer.open(pid);
    await viewer.shows("ready");
    await viewer.type("from the connection\r");
    await viewer.shows("from the connection\r\nfrom the connection\r\n");
    expect((await typeByHttp(instance, pid, { body: "from HTTP\r", end: true })).status).toBe(200);
    await viewer.shows("from HTTP\r\nfrom HTTP\r\nxterm-256color\r\n24 80\r\n/dev/pts/0\r\n");
    expect(await outcomeOf(instance, pid)).toEqual({ kind: "code", code: 4 });
    const { stdout, stderr } = await outputOf(instance, pid);
    expect([stdout.toString("latin1"), stderr.length]).toEqual([viewer.text, 0]);
  });

  test("gives the program every byte of what is typed, in its order, however much it is", async () => {
    const input = randomBytes(300_000);
    // The engine waits after this byte for what follows it: it begins the keys that detach.
    if (input.at(-1) === 0xff) input[input.length - 1] = 0;
    const pid = await shell(`stty raw -echo; echo ready; head -c ${input.length} | sha256sum`);
    const viewer = await Viewer.open(pid);
    await viewer.shows("ready");
    const pieces = Array.from({ length: Math.ceil(input.length / 8192) }, (_, index) =>
      input.subarray(index * 8192, (index + 1) * 8192),
    );
    for (let at = 0; at < pieces.length; at += 4) {
      await Promise.all(pieces.slice(at, at + 4).map((piece) => viewer.type(piece)));
    }
    await viewer.shows(createHash("sha256").update(input).digest("hex"));
    expect(viewer.client.connected).toBe(true);
  });

  test("has the size that was set last, which its view tells", async () => {
    const pid = await shell("trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done");
    const viewer = await Viewer.open(pid);
    await viewer.shows("ready");
    expect(await viewer.resize(30, 100)).toEqual({ ok: true });
    await viewer.shows("30 100\r\n");
    expect((await resizeByHttp(instance, pid, size(31, 101))).status).toBe(204);
    await viewer.shows("31 101\r\n");
    expect((await inspect(instance, pid)).tty).toEqual(size(31, 101));
    const many = Array.from({ length: 40 }, (_, index) => viewer.resize(40, 40 + index));
    expect(await Promise.all(many)).toEqual(many.map(() => ({ ok: true })));
    await viewer.shows("40 79\r\n");
    expect((await inspect(instance, pid)).tty).toEqual(size(40, 79));
  });

  test("is seen alike by all, and typed into by all who may", async () => {
    const pid = await shell("echo ready; while read -r line; do echo got $line; done");
    const first = await Viewer.open(pid);
    await first.shows("ready");
    await first.type("one\r");
    await first.shows("got one");
    const second = await Viewer.open(pid);
    await second.type("two\r");
    for (const viewer of [first, second]) await viewer.shows("got two");
    first.client.disconnect();
    await second.type("three\r");
    await second.shows("got three");
    expect(second.text.startsWith(first.text)).toBe(true);
  });

  test("is no part of a process without one, and closed after its end", async () => {
    const plain = await spawn(instance, { argv: ["sleep", "600"], project: project.id, table: ["MEM:64Mi"] });
    expect(plain.tty).toBeNull();
    expect((await faultOf(resizeByHttp(instance, plain.pid, size(24, 80)))).code).toBe("bad_state");
    const pid = await shell("true");
    await outcomeOf(instance, pid);
    const viewer = await Viewer.open(pid);
    void viewer.type("late").catch(() => undefined);
    await waitFor("it is closed", () => viewer.closed.length > 0);
    expect(viewer.closed[0]?.code).toBe("bad_state");
    expect(await viewer.resize(24, 80)).toMatchObject({ fault: { code: "bad_state" } });
  });

  test.each([
    ["no size", {}],
    ["nothing", { rows: 0, columns: 80 }],
    ["more than a terminal has", { rows: 24, columns: 1001 }],
    ["half a row", { rows: 1.5, columns: 80 }],
    ["more than a size", { rows: 24, columns: 80, depth: 1 }],
  ])("is not given %s", async (_what, wrong) => {
    const refused = await faultOf(instance.post("/api/v1/processes", { ...spawnBody({ argv: ["true"] }), tty: wrong }));
    expect(refused.code).toBe("invalid");
    expect((await faultOf(resizeByHttp(instance, 1, wrong))).code).toBe("invalid");
  });

  test("leaves a row in the audit log for each who typed, and not for each key", async () => {
    const pid = await shell("echo ready; while :; do read -r line; done");
    const viewer = await Viewer.open(pid);
    await viewer.shows("ready");
    for (const key of "a long line, key by key") await viewer.type(key);
    viewer.client.disconnect();
    const rows = await waitFor("the row", async () => {
      const found = (await audit(instance)).filter(({ what, on }) => what === "stdin" && on === String(pid));
      return found.length > 0 && found;
    });
    expect(rows).toHaveLength(1);
  });
});

describe("who types", () => {
  let writer: Person;
  let reader: Person;
  let stranger: Person;
  beforeAll(async () => {
    writer = await addPerson(instance, "writer");
    reader = await addPerson(instance, "reader");
    stranger = await addPerson(instance, "stranger");
    await setRole(instance, { project: project.id, user: "writer" }, "editor");
    await setRole(instance, { project: project.id, user: "reader" }, "viewer");
  });

  test("must be allowed to: who may only look sees all and changes nothing", async () => {
    const pid = await shell("echo ready; while read -r line; do echo got $line; done");
    const looks = await Viewer.open(pid, reader.secret);
    await looks.shows("ready");
    void looks.type("forbidden\r").catch(() => undefined);
    await waitFor("the refusal", () => looks.closed.length > 0);
    expect(looks.closed[0]).toMatchObject({ code: "denied", missing: "PROC_SIGNAL" });
    expect(await looks.resize(10, 10)).toMatchObject({ fault: { code: "denied" } });
    expect((await faultOf(typeByHttp(reader, pid, { body: "x" }))).code).toBe("denied");
    expect((await faultOf(resizeByHttp(reader, pid, size(10, 10)))).code).toBe("denied");
    const types = await Viewer.open(pid, writer.secret);
    await types.type("allowed\r");
    await looks.shows("got allowed");
    expect(looks.text).not.toContain("forbidden");
    expect((await inspect(instance, pid)).tty).toEqual(size(24, 80));
    expect((await faultOf(resizeByHttp(stranger, pid, size(10, 10)))).code).toBe("not_found");
  });

  test("loses the terminal with the right to it, while they type", async () => {
    const pid = await shell("echo ready; while read -r line; do echo got $line; done");
    const types = await Viewer.open(pid, writer.secret);
    await types.type("before\r");
    await types.shows("got before");
    await setRole(instance, { project: project.id, user: "writer" }, "viewer");
    void types.type("after\r").catch(() => undefined);
    await waitFor("the refusal", () => types.closed.length > 0);
    expect(types.closed[0]?.code).toBe("denied");
    expect((await outputOf(instance, pid, false)).stdout.toString()).not.toContain("after");
    await setRole(instance, { project: project.id, user: "writer" }, "editor");
  });
});

describe("a client that types what nobody should", () => {
  const open = async (): Promise<ReturnType<typeof rawClient>> => {
    const client = rawClient(instance, { token: instance.token });
    expect(await connected(client)).toBe("connected");
    return client;
  };
  const gone = (client: ReturnType<typeof rawClient>): Promise<unknown> =>
    waitFor("it is disconnected", () => !client.connected);

  test.each([
    ["no pid", ["7", Buffer.from("x")]],
    ["a text", [7, "x"]],
    ["nothing", [7]],
    ["no bytes", [7, Buffer.alloc(0)]],
    ["too many bytes", [7, Buffer.alloc(8193)]],
  ])("as %s is disconnected", async (_what, piece) => {
    const client = await open();
    client.emit("terminal_input", ...piece, () => undefined);
    await expect(gone(client)).resolves.toBe(true);
  });

  test("and waits for no ack is disconnected before it costs memory", async () => {
    const pid = await shell("stty raw -echo; echo ready; sleep 600");
    const viewer = await Viewer.open(pid);
    await viewer.shows("ready");
    const client = await open();
    for (let piece = 0; piece < 200 && client.connected; piece += 1) {
      client.emit("terminal_input", pid, Buffer.alloc(8192, 0x61), () => undefined);
      if (piece % 20 === 0) await sleep(20);
    }
    await gone(client);
    expect((await statusOf(instance)).engine.state).toBe("up");
    const resized = await resizeByHttp(instance, pid, size(30, 90));
    expect(resized.status).toBe(204);
  });

  test("into more processes than there are places is told so", async () => {
    const client = await open();
    const told: unknown[] = [];
    client.on("terminal_closed", (pid: unknown, fault: FaultBody) => told.push([pid, fault.code]));
    for (let pid = 100_001; pid <= 100_040; pid += 1) {
      client.emit("terminal_input", pid, Buffer.from("x"), () => undefined);
    }
    await waitFor("all are answered", () => told.length === 40);
    expect(told).toContainEqual([100_040, "exhausted"]);
    expect(told).toContainEqual([100_001, "not_found"]);
    client.disconnect();
  });
});

describe("a kernel that dies", () => {
  test("leaves the terminal, which is typed into again after its return", { timeout: 180_000 }, async () => {
    const program = "trap 'stty size' WINCH; echo ready; while :; do read -r line && echo got $line; done";
    const pid = await shell(program);
    const before = await Viewer.open(pid);
    await before.shows("ready");
    await before.type("one\r");
    await before.shows("got one");
    expect(await before.resize(33, 99)).toEqual({ ok: true });
    instance.kernel.kill("SIGKILL");
    await waitFor("the connection is lost", () => !before.client.connected);
    const { home, port } = instance;
    instance = await Instance.start({ home, port });
    expect((await inspect(instance, pid)).state.phase).toBe("running");
    expect((await inspect(instance, pid)).tty).toEqual(size(33, 99));
    const after = await Viewer.open(pid);
    expect(after.text.startsWith(before.text) || before.text.startsWith(after.text)).toBe(true);
    await after.type("two\r");
    await after.shows("got two");
    expect((await resizeByHttp(instance, pid, size(20, 60))).status).toBe(204);
    // A shell that reads sees the signal once it has read.
    await after.type("three\r");
    await after.shows("20 60\r\n");
    await after.shows("got three");
    // What fills the screen was asked to draw it again.
    expect(after.text).toContain("33 99\r\n");
  });
});
