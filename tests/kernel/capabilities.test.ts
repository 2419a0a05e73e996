import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { FrameDecoder, type ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { engineGet } from "../setup/engine.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  type Api,
  createToken,
  faultOf,
  importProject,
  inspect,
  kill,
  outcomeOf,
  processes,
  type Program,
  sleeper,
  spawn,
} from "../system/caller.ts";
import { Outside } from "../system/outside.ts";
import { addPerson, Person, removeMember, setRole, signedIn } from "../system/person.ts";
import {
  capsOf,
  grant,
  grantRequest,
  grantSealed,
  previewRequest,
  revoke,
  revokePreview,
  revokeRequest,
  slotOf,
} from "../system/slots.ts";
import { Inside } from "./inside.ts";

/** Authority as processes have it: derived, deducted, handed on, taken back, tried from inside and by the HTTP API. */

let instance: Instance;
let project: ProjectView;
let outside: Outside;

beforeAll(async () => {
  outside = await Outside.start();
  instance = await Instance.start({ env: { SUPEROS_NET_PRIVATE: outside.host } });
  project = await importProject(
    instance,
    "parts",
    rawArchive(
      { name: "data/words.txt", content: "pear\n" },
      { name: "data/out/kept.txt", content: "kept\n" },
      { name: "notes.txt", content: "notes\n" },
      { name: "secret.txt", content: "secret\n" },
    ),
  );
});
afterAll(async () => {
  await instance?.remove();
  outside.stop();
});
afterEach(async () => {
  for (const { pid } of await processes(instance)) await kill(instance, pid);
});

const start = (table: readonly string[], more: Partial<Program> = {}): Promise<Inside> =>
  Inside.start(instance, { project: project.id, table, ...more });
const small = ["MEM:48Mi", "PIDS:8", "CPU:0.2"];
const smallInside = "'MEM:48Mi','PIDS:8','CPU:0.2'";
const spawns = ["PROC_SPAWN", "PROC_SIGNAL", "MEM:256Mi", "PIDS:64", "CPU:1"];
const refusedSpawn = (...caps: string[]): string =>
  `spawn('true', cap=[${smallInside},${caps.map((cap) => `'${cap}'`).join(",")}])`;
/** What the bound of revocation is tried with: far more than it, for a machine that is busy. */
const boundMs = 5000;

/** The limits as the engine has them. */
async function limitsOf(pid: number): Promise<{ memory: number; swap: number; cpu: number; pids: number }> {
  const { container } = await inspect(instance, pid);
  const amounts = z.object({ Memory: z.number(), MemorySwap: z.number(), NanoCpus: z.number(), PidsLimit: z.number() });
  const box = z.object({ HostConfig: amounts }).parse(await engineGet(`/containers/${container}/json`));
  const { Memory: memory, MemorySwap: swap, NanoCpus: nanoCpus, PidsLimit: pids } = box.HostConfig;
  return { memory, swap, cpu: nanoCpus / 1e9, pids };
}
const mebi = (amount: number): number => amount * 1024 ** 2;

describe("a child", () => {
  test("has what it was given, which is less than its parent has, and comes from there", async () => {
    const parent = await start([...spawns, "FS_READ:/project"]);
    const pid = await parent.ask(
      z.number(),
      `answer = spawn('sleep', '600', cap=[${smallInside}, 'TIME:1h', 'OUT:1Mi', 'FS_READ:/project/data'], seal=['PROC_SIGNAL'])`,
    );
    const child = await inspect(instance, pid);
    expect([child.parent, child.project?.id]).toEqual([parent.pid, project.id]);
    expect(child.table.toSorted()).toEqual(
      ["MEM:48Mi", "PIDS:8", "CPU:0.2", "TIME:1h", "OUT:1Mi", "FS_READ:/project/data", "PROC_SIGNAL"].toSorted(),
    );
    const slots = await capsOf(instance, pid);
    expect(new Set(slots.map(({ from }) => from?.holder))).toEqual(new Set([parent.pid]));
    expect(slots.filter(({ delegable }) => !delegable).map(({ capability }) => capability)).toEqual(["PROC_SIGNAL"]);
  });

  test.each([
    "NET_CONNECT:example.org:443",
    "NET_BIND:localhost:80",
    "FS_READ:/project",
    "FS_READ:/project/notes.txt",
    "PROC_SIGNAL",
    "TIME:2d",
    "MEM:8Gi",
  ])("is not given %s, which its parent does not hold, and that is what the refusal names", async (capability) => {
    const parent = await start(["PROC_SPAWN", "FS_READ:/project/data", "MEM:128Mi", "PIDS:32", "CPU:0.5"]);
    const caps = capability.startsWith("MEM") ? `'${capability}'` : `'MEM:32Mi','PIDS:8','CPU:0.2','${capability}'`;
    expect(await parent.tried(`spawn('true', cap=[${caps}])`)).toBe(`denied ${capability}`);
    expect((await processes(instance)).filter((each) => each.parent === parent.pid)).toEqual([]);
  });

  test("is not had without PROC_SPAWN for its runtime", async () => {
    expect(await (await start(small)).tried("spawn('true')")).toBe("denied PROC_SPAWN:python");
    const other = await start([...small, "PROC_SPAWN:other"]);
    expect(await other.tried("spawn('true')")).toBe("denied PROC_SPAWN:python");
  });

  test("is not given what its parent may use and not hand on, by spawn or by grant", async () => {
    const parent = await start(spawns, { sealed: ["FS_READ:/project", `NET_CONNECT:${outside.host}`] });
    expect(await parent.tried("read('/project/notes.txt')")).toBe("notes\n");
    for (const capability of ["FS_READ:/project", "FS_READ:/project/data", `NET_CONNECT:${outside.host}`])
      expect(await parent.tried(refusedSpawn(capability))).toBe(`denied ${capability}`);
    expect(await parent.tried(`spawn('true', cap=[${smallInside}], seal=['FS_READ:/project'])`)).toBe(
      "denied FS_READ:/project",
    );
    const child = await parent.ask(z.number(), `child = answer = spawn('sleep', '600', cap=[${smallInside}])`);
    expect(await parent.tried(`superos.grant(child, 'NET_CONNECT:${outside.host}')`)).toBe(
      `denied NET_CONNECT:${outside.host}`,
    );
    expect((await capsOf(instance, child)).map(({ capability }) => capability)).not.toContain(
      `NET_CONNECT:${outside.host}`,
    );
  });

  test("of a session is given no more than the session holds, by name", async () => {
    const body = { project: project.id, runtime: "python", argv: ["true"], table: ["NET_CONNECT:10.0.0.1:80"] };
    expect(await faultOf(instance.post("/api/v1/processes", body))).toMatchObject({
      code: "denied",
      missing: "NET_CONNECT:10.0.0.1:80",
    });
  });
});

describe("quotas", () => {
  test("leave the parent's limits at the engine while a child has them, and return with its end", async () => {
    const parent = await start(spawns);
    const whole = { memory: mebi(256), swap: mebi(256), cpu: 1, pids: 64 };
    expect(await limitsOf(parent.pid)).toEqual(whole);
    const child = await parent.ask(
      z.number(),
      "answer = spawn('sleep', '600', cap=['MEM:64Mi', 'PIDS:16', 'CPU:0.25'])",
    );
    expect(await limitsOf(child)).toEqual({ memory: mebi(64), swap: mebi(64), cpu: 0.25, pids: 16 });
    expect(await limitsOf(parent.pid)).toEqual({ memory: mebi(192), swap: mebi(192), cpu: 0.75, pids: 48 });
    expect((await slotOf(instance, parent.pid, "MEM:256Mi")).left).toBe("MEM:192Mi");
    await kill(instance, child);
    expect(await outcomeOf(instance, child)).toMatchObject({ kind: "killed" });
    await waitFor("the parent has all of it again", async () => (await limitsOf(parent.pid)).memory === whole.memory);
    expect(await limitsOf(parent.pid)).toEqual(whole);
  });

  test("return when the child could not be made", async () => {
    const parent = await start(spawns);
    expect(await parent.tried(`spawn('true', cap=[${smallInside}], cwd='/not/there')`)).toBe("not_found");
    await waitFor("they are back", async () => (await limitsOf(parent.pid)).memory === mebi(256));
    expect(await limitsOf(parent.pid)).toEqual({ memory: mebi(256), swap: mebi(256), cpu: 1, pids: 64 });
  });

  test.each([
    "'PIDS:64','MEM:48Mi','CPU:0.2'",
    "'PIDS:8','MEM:256Mi','CPU:0.2'",
    "'PIDS:8','MEM:48Mi','CPU:1'",
    "'PIDS:60','MEM:48Mi','CPU:0.2'",
    "'PIDS:8','MEM:48Mi','CPU:0.995'",
  ])("are not handed on so far that none is left, for the engine takes none for no limit: %s", async (caps) => {
    const parent = await start(spawns);
    expect(await parent.tried(`spawn('true', cap=[${caps}])`)).toBe("exhausted");
    expect(await limitsOf(parent.pid)).toEqual({ memory: mebi(256), swap: mebi(256), cpu: 1, pids: 64 });
  });

  test("of a parent cannot be overdrawn by twenty spawns at once from inside", async () => {
    const parent = await start(["PROC_SPAWN", "PROC_SIGNAL", "MEM:320Mi", "PIDS:200", "CPU:1"]);
    const answers = await parent.ask(
      z.array(z.union([z.string(), z.number()])),
      `
answer = []
def one(): answer.append(tried(lambda: spawn('sleep', '600', cap=['MEM:32Mi', 'PIDS:8', 'CPU:0.04'])))
threads = [threading.Thread(target=one) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()`,
    );
    const made = answers.filter((each) => typeof each === "number");
    expect(answers.filter((each) => typeof each === "string" && each !== "exhausted")).toEqual([]);
    expect(answers).toHaveLength(20);
    expect(made.length).toBeGreaterThan(0);
    expect(made.length).toBeLessThan(10);
    // What was refused is given back a moment after the refusal is told.
    const left = mebi(320 - 32 * made.length);
    await waitFor("the parent has the rest", async () => (await limitsOf(parent.pid)).memory === left);
    expect(await limitsOf(parent.pid)).toMatchObject({ memory: left, swap: left, pids: 200 - 8 * made.length });
    expect((await limitsOf(parent.pid)).cpu).toBeCloseTo(1 - 0.04 * made.length);
    for (const pid of made) await kill(instance, pid);
    for (const pid of made) await outcomeOf(instance, pid);
    await waitFor("all is back", async () => (await limitsOf(parent.pid)).memory === mebi(320));
    expect(await limitsOf(parent.pid)).toEqual({ memory: mebi(320), swap: mebi(320), cpu: 1, pids: 200 });
  });

  test("of a session cannot be overdrawn by twenty spawns at once", async () => {
    const { pid } = await spawn(instance, { ...sleeper, project: project.id, table: small });
    const session = (await slotOf(instance, pid, "PIDS:8")).from;
    const leftOf = async (): Promise<number> => {
      const slot = (await capsOf(instance, session?.holder ?? 0)).find((each) => each.slot === session?.slot);
      return Number(slot?.left?.slice("PIDS:".length));
    };
    const left = await leftOf();
    const each = Math.floor(left / 6);
    const table = ["MEM:16Mi", "CPU:0.1", `PIDS:${each}`];
    const body = { project: project.id, runtime: "python", argv: ["sleep", "600"], table };
    const replies = await Promise.all(Array.from({ length: 20 }, () => instance.post("/api/v1/processes", body)));
    const refused = replies.filter(({ ok }) => !ok);
    expect(replies.length - refused.length).toBe(6);
    for (const reply of refused) expect(await faultOf(reply)).toMatchObject({ code: "exhausted", status: 429 });
    expect(await leftOf()).toBe(left - 6 * each);
    for (const { pid: one } of (await processes(instance)).filter(({ table: held }) => held.includes(`PIDS:${each}`))) {
      await kill(instance, one);
      await outcomeOf(instance, one);
    }
    await waitFor("all is back", async () => (await leftOf()) === left);
  });
});

describe("what is granted to a running process", () => {
  test("can be used at once: starting children, and sending them signals", async () => {
    const process = await start(["MEM:160Mi", "PIDS:32", "CPU:0.5"]);
    expect(await process.tried("spawn('true')")).toBe("denied PROC_SPAWN:python");
    await grant(instance, process.pid, "PROC_SPAWN");
    await process.ask(z.number(), `child = answer = spawn('sleep', '600', cap=[${smallInside}])`);
    expect(await process.tried("superos.signal(child, 'SIGTERM')")).toBe("denied PROC_SIGNAL");
    await grantSealed(instance, process.pid, "PROC_SIGNAL");
    expect(await process.tried("superos.signal(child, 'SIGKILL')")).toBe("ok");
    expect(await process.tried(refusedSpawn("PROC_SIGNAL"))).toBe("denied PROC_SIGNAL");
    expect((await inspect(instance, process.pid)).table).toEqual(expect.arrayContaining(["PROC_SPAWN", "PROC_SIGNAL"]));
  });

  test("is a way out, for one host and port", async () => {
    const process = await start(small);
    expect(await process.tried(`proxied('http://${outside.host}/')`)).toBe("ECONNREFUSED");
    const slot = await grant(instance, process.pid, `NET_CONNECT:${outside.host}`);
    const answer = await waitFor("its relay listens", async () => {
      const said = await process.tried(`proxied('http://${outside.host}/')`);
      return said === "ECONNREFUSED" ? undefined : said;
    });
    expect(answer).toBe("200 outside");
    expect(await process.tried("proxied('http://127.0.0.1:1/')")).toMatch(/^403 .*NET_CONNECT:127\.0\.0\.1:1/s);
    await revoke(instance, process.pid, slot.slot);
    expect(await process.tried(`proxied('http://${outside.host}/')`)).not.toMatch(/^200/);
  });

  test("is a port that others reach", async () => {
    const process = await start(small);
    await process.begin(
      "import http.server; http.server.ThreadingHTTPServer(('127.0.0.1', 8080), http.server.BaseHTTPRequestHandler).serve_forever()",
    );
    expect(await faultOf(previewRequest(instance, process.pid, 8080))).toMatchObject({ code: "bad_state" });
    const slot = await grant(instance, process.pid, "NET_BIND:localhost:8080");
    const reply = await previewRequest(instance, process.pid, 8080);
    expect(reply.status).toBe(201);
    expect(await faultOf(previewRequest(instance, process.pid, 8081))).toMatchObject({ code: "bad_state" });
    await revoke(instance, process.pid, slot.slot);
    expect(await faultOf(previewRequest(instance, process.pid, 8080))).toMatchObject({ code: "bad_state" });
  });

  test.each([
    "FS_READ:/project",
    "FS_WRITE:/project/data",
    "MEM:64Mi",
    "CPU:0.1",
    "PIDS:8",
    "DISK:1Gi",
    "TIME:1h",
    "OUT:1Mi",
  ])("is never %s, with which a container is made: unsupported", async (capability) => {
    const { pid } = await spawn(instance, { ...sleeper, project: project.id, table: small });
    const before = await capsOf(instance, pid);
    expect(await faultOf(grantRequest(instance, pid, capability))).toMatchObject({ code: "unsupported", status: 501 });
    expect(await capsOf(instance, pid)).toEqual(before);
  });

  test("is nothing that the giver does not hold, nothing for who has ended, and nothing from a process to itself", async () => {
    const { pid } = await spawn(instance, { ...sleeper, project: project.id, table: small });
    expect(await faultOf(grantRequest(instance, pid, "NET_CONNECT:10.0.0.1:80"))).toMatchObject({
      code: "denied",
      missing: "NET_CONNECT:10.0.0.1:80",
    });
    await kill(instance, pid);
    await outcomeOf(instance, pid);
    expect(await faultOf(grantRequest(instance, pid, "PROC_SIGNAL"))).toMatchObject({ code: "bad_state" });
    const process = await start([...small, "PROC_SIGNAL"]);
    expect(await process.tried("superos.grant(superos.self()['pid'], 'PROC_SPAWN')")).toBe("invalid");
    expect(await process.tried(`superos.grant(${project.root}, 'PROC_SIGNAL')`)).toBe("not_found");
  });
});

describe("what is revoked", () => {
  /** Three generations that all hold the same, each with a connection to the outside. */
  async function family(): Promise<[Inside, Inside, Inside]> {
    const held = ["PROC_SPAWN", "PROC_SIGNAL", "FS_READ:/project", `NET_CONNECT:${outside.host}`];
    const caps = (quotas: string[]): string => `cap=${JSON.stringify([...held, ...quotas])}`;
    const first = await start([...held, "MEM:256Mi", "PIDS:80", "CPU:1"]);
    const second = await first.child(caps(["MEM:160Mi", "PIDS:48", "CPU:0.6"]));
    const third = await second.child(caps(["MEM:96Mi", "PIDS:24", "CPU:0.3"]));
    for (const each of [first, second, third]) {
      expect(await each.ask(z.string(), `way, answer = tunnel('${outside.host}')`)).toMatch(/^HTTP\/1\.1 200 /);
    }
    return [first, second, third];
  }

  test("is gone from everything derived, in the next call and from open connections, and a preview takes nothing", async () => {
    const [first, second, third] = await family();
    const all = [first, second, third];
    const pids = all.map(({ pid }) => pid);
    const open = outside.seen.slice(-3);
    const held = await Promise.all(pids.map((pid) => capsOf(instance, pid)));

    const spawning = (await slotOf(instance, first.pid, "PROC_SPAWN")).slot;
    const told = await revokePreview(instance, first.pid, spawning);
    expect(new Set(told.slots.map(({ holder }) => holder))).toEqual(new Set(pids));
    expect(told.slots).toHaveLength(3);
    expect([new Set(told.slots.map(({ capability }) => capability)), told.ends]).toEqual([new Set(["PROC_SPAWN"]), []]);
    expect(await Promise.all(pids.map((pid) => capsOf(instance, pid)))).toEqual(held);
    expect(await third.tried(`spawn('true', cap=[${smallInside}])`)).toMatch(/^\d+$/);

    expect(await revoke(instance, first.pid, spawning)).toEqual(told);
    for (const each of all) expect(await each.tried("spawn('true')")).toBe("denied PROC_SPAWN:python");

    expect(open.filter(({ destroyed }) => destroyed)).toEqual([]);
    const connecting = (await slotOf(instance, first.pid, `NET_CONNECT:${outside.host}`)).slot;
    expect((await revoke(instance, first.pid, connecting)).slots).toHaveLength(3);
    await waitFor("all connections are cut", () => open.every(({ destroyed }) => destroyed), boundMs);
    for (const each of all) {
      expect(await each.tried("way.recv(1).decode()")).toMatch(/^$|ECONNRESET/);
      expect(await each.tried(`proxied('http://${outside.host}/')`)).not.toMatch(/^200/);
    }
    for (const pid of pids) expect((await inspect(instance, pid)).state.phase).toBe("running");
  });

  test("in the middle is left to those above", async () => {
    const [first, second, third] = await family();
    const open = outside.seen.slice(-3);
    await revoke(instance, second.pid, (await slotOf(instance, second.pid, `NET_CONNECT:${outside.host}`)).slot);
    await waitFor("two connections are cut", () => open.filter(({ destroyed }) => destroyed).length === 2, boundMs);
    expect(await first.tried("(way.sendall(b'ping'), way.recv(4).decode())[1]")).toBe("ping");
    expect(await first.tried(`proxied('http://${outside.host}/')`)).toBe("200 outside");
    for (const each of [second, third])
      expect(await each.tried(`proxied('http://${outside.host}/')`)).not.toMatch(/^200/);
  });

  test("ends the processes whose mounts it was, each with that outcome", async () => {
    const [first, second, third] = await family();
    const pids = [first, second, third].map(({ pid }) => pid);
    const { pid: bystander } = await spawn(instance, {
      ...sleeper,
      project: project.id,
      table: [...small, "FS_READ:/project"],
    });
    const slot = (await slotOf(instance, first.pid, "FS_READ:/project")).slot;
    const told = await revokePreview(instance, first.pid, slot);
    expect(told.ends).toHaveLength(3);
    expect(new Set(told.ends)).toEqual(new Set(pids));
    expect((await inspect(instance, third.pid)).state.phase).toBe("running");
    expect(await revoke(instance, first.pid, slot)).toEqual(told);
    for (const pid of pids) {
      await waitFor("it ends", async () => (await inspect(instance, pid)).state.phase === "exited", boundMs);
      expect(await outcomeOf(instance, pid)).toEqual({ kind: "revoked", capability: "FS_READ:/project" });
    }
    expect((await inspect(instance, bystander)).state.phase).toBe("running");
  });

  test("is not somebody else's slot, one of another process, or one that is not there", async () => {
    const [first, second] = await family();
    const slot = (await slotOf(instance, second.pid, "PROC_SPAWN")).slot;
    expect(await faultOf(revokeRequest(instance, first.pid, slot))).toMatchObject({ code: "not_found" });
    expect(await faultOf(revokeRequest(instance, first.pid, 999_999_999))).toMatchObject({ code: "not_found" });
    const above = (await slotOf(instance, first.pid, "PROC_SPAWN")).slot;
    expect(await second.tried(`superos.revoke(${first.pid}, ${above})`)).toBe("not_found");
    expect(await first.tried("spawn('true', cap=['MEM:16Mi','PIDS:6','CPU:0.1'])")).toMatch(/^\d+$/);
  });

  test("by the one who handed it on is gone too, and the one who did keeps it", async () => {
    const [first, second] = await family();
    const slot = (await slotOf(instance, second.pid, "PROC_SPAWN")).slot;
    expect(await first.tried(`len(superos.revoke(${second.pid}, ${slot})['slots'])`)).toBe("2");
    expect(await second.tried("spawn('true')")).toBe("denied PROC_SPAWN:python");
    expect(await first.tried("spawn('true', cap=['MEM:16Mi','PIDS:6','CPU:0.1'])")).toMatch(/^\d+$/);
  });
});

describe("what a process gives up", () => {
  const drop = (kind: string): string =>
    `[superos.drop(slot['slot']) for slot in superos.caps() if slot['capability'].startswith('${kind}')] and 'dropped'`;

  test("it has no more, nor has any child, and there is no way back to it from inside", async () => {
    const parent = await start(spawns);
    const child = await parent.child("cap=['PROC_SPAWN','PROC_SIGNAL','MEM:96Mi','PIDS:24','CPU:0.4']");
    expect(await parent.tried(drop("PROC_SPAWN"))).toBe("dropped");
    for (const each of [parent, child]) expect(await each.tried("spawn('true')")).toBe("denied PROC_SPAWN:python");
    expect(await parent.tried("superos.grant(superos.self()['pid'], 'PROC_SPAWN')")).toBe("invalid");
    expect(await child.tried(`superos.grant(${parent.pid}, 'PROC_SPAWN')`)).toBe("not_found");
    expect(await parent.tried(`superos.grant(${child.pid}, 'PROC_SPAWN')`)).toBe("denied PROC_SPAWN");
  });

  test("is never what its container is made with, nor a slot of somebody else", async () => {
    const parent = await start([...spawns, "FS_READ:/project"]);
    for (const kind of ["FS_READ", "MEM", "TIME"]) expect(await parent.tried(drop(kind))).toBe("unsupported");
    const child = await parent.child(`cap=['PROC_SIGNAL',${smallInside}]`);
    const slot = (await slotOf(instance, child.pid, "PROC_SIGNAL")).slot;
    expect(await parent.tried(`superos.drop(${slot})`)).toBe("not_found");
    expect((await slotOf(instance, child.pid, "PROC_SIGNAL")).slot).toBe(slot);
  });
});

describe("the children of a process", () => {
  test("outlive it, below its own parent, with all their rights", async () => {
    const first = await start([...spawns, `NET_CONNECT:${outside.host}`]);
    const origin = (await slotOf(instance, first.pid, "PROC_SPAWN")).from;
    const second = await first.child(
      `cap=['PROC_SPAWN','PROC_SIGNAL','NET_CONNECT:${outside.host}','MEM:128Mi','PIDS:32','CPU:0.5']`,
    );
    const third = await second.child(`cap=[${smallInside}]`);
    const before = await capsOf(instance, second.pid);
    await first.begin("os._exit(0)");
    expect(await outcomeOf(instance, first.pid)).toEqual({ kind: "code", code: 0 });

    await waitFor("it has moved", async () => (await inspect(instance, second.pid)).parent === project.root);
    expect((await inspect(instance, third.pid)).parent).toBe(second.pid);
    const after = await capsOf(instance, second.pid);
    expect(after.map(({ capability, slot, left }) => [capability, slot, left])).toEqual(
      before.map(({ capability, slot, left }) => [capability, slot, left]),
    );
    expect(after.find(({ capability }) => capability === "PROC_SPAWN")?.from).toEqual(origin);
    expect(await second.tried(`proxied('http://${outside.host}/')`)).toBe("200 outside");
    expect(await second.tried("spawn('true', cap=['MEM:16Mi','PIDS:6','CPU:0.1'])")).toMatch(/^\d+$/);
    expect(await capsOf(instance, first.pid)).toEqual([]);

    await kill(instance, second.pid);
    for (const { pid } of [second, third]) expect(await outcomeOf(instance, pid)).toMatchObject({ kind: "killed" });
  });

  test("end with it when it is killed, however deep, and nobody beside it does", async () => {
    const first = await start(spawns);
    const second = await first.child("cap=['PROC_SPAWN','MEM:160Mi','PIDS:40','CPU:0.6']");
    const third = await second.child(`cap=[${smallInside}]`);
    const { pid: sibling } = await spawn(instance, { ...sleeper, project: project.id, table: small });
    await kill(instance, first.pid);
    for (const { pid } of [first, second, third])
      expect(await outcomeOf(instance, pid)).toMatchObject({ kind: "killed", signal: "SIGKILL" });
    expect((await inspect(instance, sibling)).state.phase).toBe("running");
  });
});

describe("parts of a project", () => {
  test("are what the table names and nothing beside: outer ones to read, an inner one to write, a single file", async () => {
    const table = [...small, "FS_READ:/project/data", "FS_WRITE:/project/data/out", "FS_READ:/project/notes.txt"];
    const process = await start(table);
    expect((await inspect(instance, process.pid)).cwd).toBe("/project/data");
    expect(await process.ask(z.array(z.string()), "answer = sorted(os.listdir('/project'))")).toEqual([
      "data",
      "notes.txt",
    ]);
    expect(await process.tried("read('/project/data/words.txt') + read('/project/notes.txt')")).toBe("pear\nnotes\n");
    expect(await process.tried("read('/project/secret.txt')")).toBe("ENOENT");
    expect(await process.tried("write('/project/data/words.txt')")).toBe("EROFS");
    expect(await process.tried("write('/project/data/new.txt')")).toBe("EROFS");
    expect(await process.tried("write('/project/notes.txt')")).toBe("EROFS");
    expect(await process.tried("write('/project/beside.txt')")).toMatch(/EROFS|EACCES/);
    expect(await process.tried("write('/project/data/out/made.txt', 'made')")).toBe("ok");
    expect(await process.tried("os.rename('/project/data/out/kept.txt', '/project/data/kept.txt')")).toMatch(
      /EXDEV|EROFS/,
    );
    const found = projectFiles();
    expect(readFileSync(join(found, "data", "out", "made.txt"), "utf8")).toBe("made");
    expect(readFileSync(join(found, "data", "words.txt"), "utf8")).toBe("pear\n");
    expect(existsSync(join(found, "beside.txt"))).toBe(false);
  });

  test("are not reached through a link, to wherever it leads, and not where there is nothing", async () => {
    const made = await start([...small, "FS_READ:/project", "FS_WRITE:/project"]);
    await made.ask(
      z.null(),
      "os.symlink('data', '/project/inward'); os.symlink('/etc', '/project/outward'); os.symlink('/project/notes.txt', '/project/file')",
    );
    const refusal = async (...table: string[]): Promise<string> => {
      const body = { project: project.id, runtime: "python", argv: ["true"], table: [...small, ...table] };
      return (await faultOf(instance.post("/api/v1/processes", body))).code;
    };
    for (const path of ["inward", "inward/words.txt", "inward/out", "outward", "outward/passwd", "file"]) {
      expect(await refusal(`FS_READ:/project/${path}`), path).toMatch(/^(invalid|not_found)$/);
    }
    expect(
      await refusal("FS_READ:/project/data", "FS_WRITE:/project/inward/out", "FS_READ:/project/inward/out"),
    ).toMatch(/^(invalid|not_found)$/);
    expect(await refusal("FS_READ:/project/absent")).toBe("not_found");
    expect(await refusal("FS_READ:/project/notes.txt/below")).toMatch(/^(invalid|not_found)$/);
  });

  test("are handed on by part, and no further than that", async () => {
    const parent = await start([...spawns, "FS_READ:/project/data"]);
    const child = await parent.child(`cap=['FS_READ:/project/data/out',${smallInside}]`);
    expect(await child.tried("read('/project/data/out/kept.txt')")).toBe("kept\n");
    expect(await child.tried("read('/project/data/words.txt')")).toBe("ENOENT");
    expect(await parent.tried(refusedSpawn("FS_READ:/project"))).toBe("denied FS_READ:/project");
    expect(await parent.tried(refusedSpawn("FS_READ:/project/dat"))).toBe("denied FS_READ:/project/dat");
  });

  const projectFiles = (): string => {
    const top = join(instance.home, "projects");
    const found = readdirSync(top, { recursive: true, encoding: "utf8" }).find((path) => path.endsWith("secret.txt"));
    if (found === undefined) throw new Error("the project's files are not on disk");
    return join(top, found, "..");
  };
});

/** How a followed output came to its end: with the process's own end, or cut. */
async function followed(api: Api, pid: number): Promise<() => Promise<"ended" | "cut">> {
  const response = await api.api(`/api/v1/processes/${pid}/output?follow=true`);
  expect(response.status).toBe(200);
  const reader = response.body?.getReader();
  const first = await reader?.read();
  expect(first?.done).toBe(false);
  return async () => {
    const decoder = new FrameDecoder();
    const types: string[] = [];
    try {
      for (let part = first; part !== undefined && !part.done; part = await reader?.read())
        for (const frame of decoder.push(part.value)) types.push(frame.type);
    } catch {
      return "cut";
    }
    return types.includes("end") ? "ended" : "cut";
  };
}

const talker: Program = { argv: ["sh", "-c", "while :; do echo line; sleep 0.1; done"], table: small };

describe("a session's end", () => {
  test("ends what is tied to it, with all below, and nothing else that it started", async () => {
    const session = await signedIn(instance, { token: instance.token });
    const tied = await Inside.start(session, { project: project.id, table: spawns, tied: true });
    const below = await tied.child(`cap=[${smallInside}]`);
    const untied = await Inside.start(session, { project: project.id, table: spawns });
    const owner = (await inspect(instance, tied.pid)).parent;
    expect((await inspect(instance, owner ?? 0)).kind).toBe("session");
    expect((await inspect(instance, untied.pid)).parent).toBe(project.root);

    expect((await session.signOut()).status).toBe(204);
    expect((await session.api("/api/v1/status")).status).toBe(401);
    for (const { pid } of [tied, below])
      expect(await outcomeOf(instance, pid)).toEqual({ kind: "killed", by: owner, signal: "SIGKILL" });
    expect((await inspect(instance, untied.pid)).state.phase).toBe("running");
    const slots = await capsOf(instance, untied.pid);
    expect(new Set(slots.map(({ from }) => from?.holder))).toEqual(new Set([project.root]));
  });

  test("comes with the removal of its token, in the middle of a stream, and what it started goes on", async () => {
    const { secret, token } = await createToken(instance, "short-lived");
    const program = new Person(instance.url, { name: "owner", secret, tokenId: token.id });
    const { pid: tied } = await spawn(program, { ...sleeper, project: project.id, table: small, tied: true });
    const { pid } = await spawn(program, { ...talker, project: project.id });
    const end = await followed(program, pid);
    expect((await instance.api(`/api/v1/tokens/${token.id}`, { method: "DELETE" })).status).toBe(204);
    expect(await end()).toBe("cut");
    expect((await program.api("/api/v1/status")).status).toBe(401);
    expect(await outcomeOf(instance, tied)).toMatchObject({ kind: "killed" });
    expect((await inspect(instance, pid)).state.phase).toBe("running");
  });

  test("is not needed to cut a stream: the end of a membership does, for that project alone", async () => {
    const anna = await addPerson(instance, "anna");
    const second = await importProject(instance, "second", rawArchive({ name: "a" }));
    for (const { id } of [project, second])
      expect((await setRole(instance, { project: id, user: "anna" }, "editor")).status).toBe(204);
    const { pid } = await spawn(instance, { ...talker, project: project.id });
    const { pid: other } = await spawn(instance, { ...talker, project: second.id });
    const [end, otherEnd] = [await followed(anna, pid), await followed(anna, other)];
    expect((await removeMember(instance, { project: project.id, user: "anna" })).status).toBe(204);
    expect(await end()).toBe("cut");
    expect(await faultOf(anna.api(`/api/v1/processes/${pid}/output`))).toMatchObject({ code: "not_found" });
    await kill(instance, other);
    expect(await otherEnd()).toBe("ended");
    expect((await inspect(instance, pid)).state.phase).toBe("running");
  });
});
