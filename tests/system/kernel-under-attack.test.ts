import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setImmediate as breathe } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Fault } from "../../kernel/abi/index.ts";
import { KernelClient } from "../../kernel/client/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { containersWith, engineSocket } from "../setup/engine.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  faultOf,
  importProject,
  inspect,
  kill,
  outcomeOf,
  outputOf,
  processes,
  python,
  restartsOf,
  run,
  sleeper,
  spawn,
  statusOf,
} from "./caller.ts";
import { capsOf, grant, grantRequest } from "./slots.ts";

/** What hostile callers do to the kernel, at its own sockets where that is needed to be fast enough: it goes on. */

let instance: Instance;
/** Ended, and their output not looked at yet by the kernel that runs. */
const ofEarlierKernel: number[] = [];

beforeAll(async () => {
  const earlier = await Instance.start();
  for (let each = 0; each < 4; each += 1) {
    ofEarlierKernel.push((await run(earlier, { argv: python("print('x' * 100_000)"), table: ["MEM:64Mi"] })).pid);
  }
  // Many files, which the kernel that follows has not counted yet.
  const names = Array.from({ length: 5000 }, (_, index) => ({ name: `f${index}`, content: "" }));
  await importProject(earlier, "wide", rawArchive(...names));
  await earlier.stop();
  instance = await Instance.start({ home: earlier.home });
});
afterAll(() => instance?.remove());

const sockets: Socket[] = [];
async function nobodyNoticed(): Promise<void> {
  expect(instance.kernel.exitCode).toBe(null);
  expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
}
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await nobodyNoticed();
  for (const { pid } of await processes(instance)) await kill(instance, pid);
  for (const { pid } of await processes(instance)) await outcomeOf(instance, pid);
});

/** The door at which the gateway asks. */
const gateway = (): KernelClient =>
  new KernelClient({ socketPath: join(instance.home, "run", "gateway", "kernel.sock") });
const socketOf = (pid: number): string => join(instance.home, "run", "p", String(pid), "kernel.sock");
/** Asks as a process does. */
const inside = (pid: number): KernelClient => new KernelClient({ socketPath: socketOf(pid) });

async function session(client: KernelClient): Promise<string> {
  return (await client.call("session_open", { credential: { type: "token", secret: instance.token } })).handle;
}

const codeOf = (error: unknown): string => {
  if (error instanceof Fault) return error.code;
  throw error;
};

describe("the kernel goes on when", () => {
  test("a session is closed while its watch begins", async () => {
    // Only the first has to wait for the files to be counted; the others are there for closer races.
    for (let round = 0; round < 20; round += 1) {
      const client = gateway();
      const own = { session: await session(client) };
      await Promise.all([client.call("status", {}, own), client.call("status", {}, own)]);
      const watching = client.openStream("watch", {}, own).then(
        (reply) => buffer(reply).then(String, () => "cut off"),
        (error: unknown) => codeOf(error),
      );
      for (let turn = 0; turn < round; turn += 1) await breathe();
      await client.call("session_close", {}, own);
      expect(await watching).toMatch(/"session_closed"\}\n$|^denied$/);
    }
  });

  test("outputs are followed while their processes are reaped", async () => {
    const client = gateway();
    const own = { session: await session(client) };
    // Connections that stay, so that what is asked at once arrives at once.
    await Promise.all(Array.from({ length: 6 }, () => client.call("status", {}, own)));
    const follow = async (pid: number): Promise<string> => {
      try {
        const reply = await client.openStream("output", { pid, follow: true }, own);
        return await buffer(reply).then(
          () => "read",
          () => "cut off",
        );
      } catch (error) {
        return codeOf(error);
      }
    };
    expect(ofEarlierKernel).toHaveLength(4);
    for (const pid of ofEarlierKernel) {
      const [reaped, ...followed] = await Promise.all([client.call("reap", { pid }, own), follow(pid), follow(pid)]);
      expect(reaped.outcome).toEqual({ kind: "code", code: 0 });
      for (const each of followed) expect(["read", "cut off", "not_found"]).toContain(each);
    }
    expect((await statusOf(instance)).engine.state).toBe("up");
  });
});

describe("others are served while a process", () => {
  test("has children with huge command lines: the list of processes stays small, and each is told in full", async () => {
    const { pid } = await spawn(instance, { ...sleeper, table: ["MEM:256Mi", "PIDS:128", "CPU:1", "PROC_SPAWN"] });
    const client = inside(pid);
    const argv = ["true", ...Array.from({ length: 3 }, () => "y".repeat(100_000))];
    const children: number[] = [];
    for (let each = 0; each < 2; each += 1) {
      const child = await client.call("spawn", { runtime: "python", argv, table: ["MEM:32Mi", "PIDS:16", "CPU:0.4"] });
      children.push(child.pid);
    }
    const listed = await client.call("list", { all: true });
    expect(listed.processes.map((each) => each.pid)).toEqual(expect.arrayContaining(children));
    expect(JSON.stringify(listed).length).toBeLessThan(40_000);
    expect((await client.call("inspect", { pid: children[0] ?? 0 })).argv).toEqual(argv);
  });

  test("names 300000 variables: that is refused for what it is", async () => {
    const { pid } = await spawn(instance, { ...sleeper, table: ["MEM:64Mi", "PROC_SPAWN"] });
    const env = Object.fromEntries(Array.from({ length: 300_000 }, (_, index) => [`A${index}`, ""]));
    const request = { runtime: "python", argv: ["true"], table: ["MEM:16Mi"], env };
    const refused = Array.from({ length: 2 }, () => inside(pid).call("spawn", request));
    const meanwhile = statusOf(instance);
    for (const result of await Promise.allSettled(refused)) {
      expect(result).toMatchObject({ reason: { code: "invalid", message: expect.stringMatching(/too many texts/) } });
    }
    expect((await meanwhile).engine.state).toBe("up");
  });

  test("begins a hundred requests of 4 MiB and ends none: those beyond a limit are refused", async () => {
    const { pid } = await spawn(instance, { ...sleeper, table: ["MEM:64Mi", "PROC_SPAWN"] });
    const answers: string[] = [];
    const almost = Buffer.alloc((4 << 20) - 4, " ");
    for (let each = 0; each < 100; each += 1) {
      const socket = connect(socketOf(pid)).on("error", () => undefined);
      socket.on("data", (chunk: Buffer) => answers.push(chunk.toString("latin1")));
      socket.write(`POST /v1/spawn HTTP/1.1\r\nHost: x\r\nContent-Length: ${4 << 20}\r\n\r\n`);
      socket.write(almost);
      sockets.push(socket);
    }
    await waitFor("the refusals", () => answers.length >= 20);
    expect(answers.every((answer) => answer.includes('"code":"exhausted"'))).toBe(true);
    expect((await run(instance, { argv: ["echo", "meanwhile"], table: ["MEM:32Mi"] })).stdout).toBe("meanwhile\n");
  });
});

test("of two spawns at once with one name one gets it", async () => {
  const client = gateway();
  const own = { session: await session(client) };
  const table = ["MEM:32Mi", "NET_BIND:localhost:5432"];
  const named = { project: null, runtime: "python", argv: ["sleep", "3600"], name: "db", table };
  // Connections that stay, so that what is asked at once arrives at once.
  await Promise.all([1, 2, 3].map(() => client.call("status", {}, own)));
  const results = await Promise.allSettled([1, 2, 3].map(() => client.call("spawn", named, own)));
  const refused = results.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(2);
  for (const each of refused) expect(each).toMatchObject({ reason: { code: "conflict" } });
  expect((await processes(instance)).map(({ endpoint }) => endpoint)).toEqual(["db"]);
});

test("a process cannot signal itself through the kernel, and its outcome is its own", async () => {
  const { pid } = await spawn(instance, { ...sleeper, table: ["MEM:64Mi", "PROC_SIGNAL"] });
  const client = inside(pid);
  for (const signal of ["SIGKILL", "SIGTERM"] as const)
    await expect(client.call("signal", { pid, signal })).rejects.toMatchObject({ code: "denied" });
  await expect(client.call("reap", { pid })).rejects.toMatchObject({ code: "denied" });
  expect((await inspect(instance, pid)).state.phase).toBe("running");
});

test("a parent whose memory is mostly cached files can still start a child", async () => {
  const project = await importProject(instance, "cached", rawArchive({ name: "a.txt", content: "a" }));
  const script = `
import time
with open("/project/f", "wb") as file:
    for _ in range(240): file.write(bytes(1_000_000))
print("written")
time.sleep(3600)`;
  const table = ["MEM:192Mi", "PIDS:100", "CPU:1", "FS_READ:/project", "FS_WRITE:/project", "DISK:1Gi", "PROC_SPAWN"];
  const { pid } = await spawn(instance, { project: project.id, argv: python(script), table });
  await waitFor("the file", async () => (await outputOf(instance, pid, false)).stdout.length > 0);
  const usage = await waitFor("memory full of it", async () => {
    const now = (await inspect(instance, pid)).usage;
    return now !== null && now.memoryBytes > 128 << 20 ? now : undefined;
  });
  const child = await inside(pid).call("spawn", {
    runtime: "python",
    argv: ["true"],
    table: ["MEM:96Mi", "PIDS:16", "CPU:0.1"],
  });
  // What it used was more than what the child left it.
  expect(usage.memoryBytes).toBeGreaterThan(96 << 20);
  expect(await outcomeOf(instance, child.pid)).toEqual({ kind: "code", code: 0 });
});

/** Pauses, or resumes, a process's container behind the kernel's back. */
async function engineDoes(verb: "pause" | "unpause", pid: number): Promise<void> {
  const containers = await containersWith(instance.label);
  const id = containers.find(({ Labels: labels }) => labels["superos.pid"] === String(pid))?.Id;
  const asked = request({ socketPath: engineSocket, path: `/containers/${id}/${verb}`, method: "POST", agent: false });
  const replied = once(asked, "response");
  asked.end();
  const [reply] = await replied;
  reply.resume();
  expect(reply.statusCode).toBe(204);
}

test("a grant whose relay cannot start is refused and leaves no slot, and can be made later", async () => {
  const { pid } = await spawn(instance, sleeper);
  const before = await capsOf(instance, pid);
  await engineDoes("pause", pid);
  try {
    expect((await faultOf(grantRequest(instance, pid, "NET_BIND:localhost:8000"))).code).toMatch(
      /^(bad_state|conflict|unavailable)$/,
    );
    expect(await capsOf(instance, pid)).toEqual(before);
  } finally {
    await engineDoes("unpause", pid);
  }
  await grant(instance, pid, "NET_BIND:localhost:8000");
  expect(await capsOf(instance, pid)).toHaveLength(before.length + 1);
});
