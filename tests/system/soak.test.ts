import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nightly } from "../fuzz/runs.ts";
import { containersWith } from "../setup/engine.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { kill, outcomeOf, outputOf, processes, spawn, statusOf } from "./caller.ts";
import { commandsIn, text } from "./host-process.ts";

/**
 * Many processes at once, made and removed again and again: nothing of them is left, in the engine, on disk, or in the
 * kernel and the spooler.
 */

const atOnce = nightly ? 200 : 40;
const rounds = nightly ? 12 : 3;
/** Node keeps a connection to the engine for five seconds after its last use. */
const keptMs = 7000;

describe("processes that come and go", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await Instance.start();
  });
  afterAll(() => instance.remove());

  const spooler = (): number =>
    commandsIn(instance.home).find(({ command }) => command.includes("spooler/main.ts"))?.pid ?? 0;
  const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
  const residentKiB = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(text(`/proc/${pid}/status`))?.[1] ?? 0);
  const embryos = async (): Promise<number> => (await statusOf(instance)).pool.ready;

  /** What is there when only embryos are, and no more are being made. */
  async function settled(): Promise<void> {
    await waitFor("only embryos are left", async () => {
      const ready = await embryos();
      const containers = await containersWith(instance.label);
      const dirs = readdirSync(join(instance.home, "run", "p"));
      return ready === (await embryos()) && containers.length === ready && dirs.length === ready;
    });
  }

  /** What is open when only embryos are there, and no connection is kept any more that nobody used for a while. */
  async function open(): Promise<{ kernel: number; spooler: number; embryos: number }> {
    await sleep(keptMs);
    const kernel = descriptors(instance.kernel.pid ?? 0);
    return { kernel, spooler: descriptors(spooler()), embryos: await embryos() };
  }

  async function round(): Promise<void> {
    const started = await Promise.all(
      Array.from({ length: atOnce }, (_, n) =>
        spawn(instance, { argv: ["sh", "-c", `echo ${n}; exec cat`], stdin: true, table: ["MEM:16Mi", "PIDS:8"] }),
      ),
    );
    expect((await processes(instance)).length).toBe(atOnce);
    await Promise.all(
      started.map(async ({ pid }, n) => {
        // A third ends by itself, a third is killed, a third is killed while it writes.
        if (n % 3 === 0) await instance.api(`/api/v1/processes/${pid}/stdin?end=true`, { method: "POST", body: "end" });
        else await kill(instance, pid);
        const outcome = await outcomeOf(instance, pid);
        expect(outcome.kind).toBe(n % 3 === 0 ? "code" : "killed");
        const { stdout } = await outputOf(instance, pid);
        expect(stdout.toString("utf8")).toMatch(n % 3 === 0 ? new RegExp(`^${n}\nend$`) : new RegExp(`^(${n}\n)?$`));
        expect((await instance.api(`/api/v1/processes/${pid}`, { method: "DELETE" })).status).toBe(200);
        // Reaped exactly once: nobody can name it any more.
        expect((await instance.api(`/api/v1/processes/${pid}`)).status).toBe(404);
      }),
    );
    await settled();
  }

  test(`${rounds * atOnce} of them, ${atOnce} at a time, leave nothing`, { timeout: 3_600_000 }, async () => {
    const kernel = instance.kernel.pid ?? 0;
    // What is made once and kept is made by the first round.
    await round();
    const before = await open();
    const memory = residentKiB(kernel) + residentKiB(spooler());
    for (let n = 1; n < rounds; n += 1) await round();
    const after = await open();
    // An embryo has a door, the ends of its FIFOs, and one question to the engine that is not answered yet.
    const perEmbryo = 12;
    const room = 16 + perEmbryo * Math.max(0, after.embryos - before.embryos);
    expect(after.kernel).toBeLessThanOrEqual(before.kernel + room);
    expect(after.spooler).toBeLessThanOrEqual(before.spooler + room);
    expect(residentKiB(kernel) + residentKiB(spooler())).toBeLessThan(memory + (96 << 10));
    expect((await processes(instance, true)).filter(({ kind }) => kind === "container")).toEqual([]);
    // An embryo's output is ready to be kept, and nobody else's is left.
    await waitFor("the output of embryos alone is left", async () => {
      const [spools, dirs] = ["spool", join("run", "p")].map((name) =>
        readdirSync(join(instance.home, name)).toSorted(),
      );
      return spools?.length === (await embryos()) && spools.join() === dirs?.join();
    });
  });

  test("leave nothing at all once the kernel has stopped", async () => {
    await instance.stop();
    expect(await containersWith(instance.label)).toEqual([]);
    expect(commandsIn(instance.home)).toEqual([]);
    for (const name of ["spool", join("run", "p")]) expect(readdirSync(join(instance.home, name))).toEqual([]);
  });
});
