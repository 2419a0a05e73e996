import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ProcessView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { containersWith } from "../setup/engine.ts";
import { freePort, Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  importProject,
  inspect,
  kill,
  outcomeOf,
  outputOf,
  processes,
  python,
  run,
  sleeper,
  spawn,
  statusOf,
} from "./caller.ts";
import { openFiles } from "./host-process.ts";
import { capsOf } from "./slots.ts";

/** What a crash finds half-way: who was paused, was tied, had lost a right, or waited for its turn. */

const busy = python("while True: pass");

/** A process that spawns a sleeper, says its pid, and goes on. */
const parent = python(
  `import superos, time\nprint(superos.spawn(["sleep", "3600"], cap=["MEM:32Mi", "CPU:0.1", "PIDS:16"])["pid"])\ntime.sleep(3600)`,
);

let instance: Instance;
let port: number;

beforeAll(async () => {
  port = await freePort();
  instance = await Instance.start({ port });
});
afterAll(async () => {
  await instance?.remove();
});
afterEach(async () => {
  for (const { pid } of await processes(instance)) await kill(instance, pid);
});

/** Kills the kernel and starts another; `meanwhile` sees what the dead one wrote down. */
async function crash(meanwhile: (journal: DatabaseSync) => void = () => undefined): Promise<void> {
  const closed = once(instance.kernel, "close");
  instance.kernel.kill("SIGKILL");
  await closed;
  {
    using journal = new DatabaseSync(join(instance.home, "journal", "journal.db"));
    meanwhile(journal);
  }
  instance = await Instance.start({ home: instance.home, port });
}

const setClass = (pid: number, to: string): Promise<Response> =>
  instance.api(`/api/v1/processes/${pid}/class`, {
    method: "PUT",
    body: JSON.stringify({ class: to }),
    headers: { "content-type": "application/json" },
  });

async function pausedOf(pids: readonly number[]): Promise<ProcessView> {
  return waitFor("one is paused", async () => {
    for (const pid of pids) {
      const seen = await inspect(instance, pid);
      if (seen.state.phase === "paused") return seen;
    }
    return undefined;
  });
}

describe("a crash of the kernel", () => {
  test("loses no process of which something was written down while it was paused", { timeout: 120_000 }, async () => {
    const pids: number[] = [];
    for (let count = 0; count < 6; count += 1)
      pids.push((await spawn(instance, { argv: busy, table: ["MEM:64Mi"], class: "background" })).pid);
    const noted = new Set<number>();
    while (noted.size < 2) {
      const { pid } = await pausedOf(pids.filter((each) => !noted.has(each)));
      expect((await setClass(pid, "background")).status).toBeLessThan(300);
      noted.add(pid);
    }
    await crash();
    const alive = (await processes(instance)).map(({ pid }) => pid as number);
    expect(pids.filter((pid) => !alive.includes(pid))).toEqual([]);
  });

  test("ends what was tied to a session with all that is below it", { timeout: 120_000 }, async () => {
    const tied = await spawn(instance, { argv: parent, table: ["MEM:256Mi", "PROC_SPAWN"], tied: true });
    const child = await waitFor("it has a child", async () => {
      const { stdout } = await outputOf(instance, tied.pid, false);
      return Number(stdout.toString("utf8")) || undefined;
    });
    await crash();
    expect(await outcomeOf(instance, tied.pid)).toMatchObject({ kind: "killed" });
    expect(await outcomeOf(instance, child)).toMatchObject({ kind: "killed" });
  });

  test("leaves nothing open of processes that end after it", { timeout: 120_000 }, async () => {
    const pids = [];
    for (const stdin of [false, true]) pids.push((await spawn(instance, { ...sleeper, stdin })).pid);
    await crash();
    const kernel = instance.kernel.pid ?? 0;
    const openOf = (pid: number): string[] =>
      openFiles(kernel).filter((path) => path.startsWith(join(instance.home, "run", "p", String(pid), "/")));
    for (const pid of pids) {
      expect(openOf(pid)).not.toEqual([]);
      await kill(instance, pid);
      await outcomeOf(instance, pid);
      await waitFor("nothing of it is open", async () => openOf(pid).length === 0);
    }
  });

  test("leaves nothing on disk of embryos that were waiting", { timeout: 120_000 }, async () => {
    await run(instance, { argv: ["true"], table: ["MEM:48Mi", "PIDS:8"] });
    const spools = (): string[] => readdirSync(join(instance.home, "spool"));
    const embryos = async (): Promise<string[]> => {
      const known = new Set((await processes(instance, true)).map(({ pid }) => String(pid)));
      return spools().filter((name) => !known.has(name));
    };
    await waitFor("an embryo is there", async () => (await embryos()).length > 0);
    const before = await embryos();
    await crash();
    expect(spools().filter((name) => before.includes(name))).toEqual([]);
  });

  test("in the middle of taking a right ends who cannot go on without it", { timeout: 120_000 }, async () => {
    const { pid } = await spawn(instance, { ...sleeper });
    const memory = (await capsOf(instance, pid)).find(({ capability }) => capability.startsWith("MEM:"));
    await crash((journal) => journal.prepare("DELETE FROM slots WHERE id = ?").run(memory?.slot ?? 0));
    expect(await outcomeOf(instance, pid)).toEqual({ kind: "revoked", capability: "MEM:64Mi" });
  });
});

describe("a process that waits for its turn", () => {
  /** One that has an embryo already, and for which there is no memory any more. */
  async function waitingOne(): Promise<number> {
    const { id } = await importProject(instance, `full-${Date.now()}`, rawArchive({ name: "a", content: "a" }));
    const large = { argv: ["sleep", "3600"], table: ["MEM:4Gi"], project: id };
    return waitFor("one waits with an embryo", async () => {
      const first = await spawn(instance, large);
      await waitFor("an embryo is there", async () => (await statusOf(instance)).pool.ready > 0);
      await kill(instance, first.pid);
      await outcomeOf(instance, first.pid);
      // At once: policy lets embryos go for whose memory others wait, and may be faster.
      const [other, { pid }] = await Promise.all([
        spawn(instance, { argv: ["sleep", "3600"], table: ["MEM:18Gi"] }),
        spawn(instance, large),
      ]);
      expect((await inspect(instance, pid)).state.phase).toBe("ready");
      if (await containerOf(pid)) return pid;
      for (const each of [pid, other.pid]) {
        await kill(instance, each);
        await outcomeOf(instance, each);
      }
      return undefined;
    });
  }

  const containerOf = async (pid: number): Promise<boolean> =>
    (await containersWith(instance.label)).some(({ Labels: labels }) => labels["superos.pid"] === String(pid));

  test("and is killed gives the embryo back that it had", { timeout: 120_000 }, async () => {
    const pid = await waitingOne();
    await kill(instance, pid);
    expect(await outcomeOf(instance, pid)).toMatchObject({ kind: "killed", signal: "SIGKILL" });
    await waitFor("the container is gone", async () => !(await containerOf(pid)));
  });

  test("holds up no kernel that stops, and leaves nothing", { timeout: 120_000 }, async () => {
    await waitingOne();
    expect(await instance.stop()).toBe(0);
    expect(instance.log).not.toContain("not every process could be ended");
    expect(await containersWith(instance.label)).toEqual([]);
    instance = await Instance.start({ home: instance.home, port });
  });
});
