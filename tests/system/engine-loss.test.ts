import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Outcome, ProcessView } from "../../kernel/abi/index.ts";
import { containersWith } from "../setup/engine.ts";
import { checkout, finish, freePort, Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  faultOf,
  inspect,
  kill,
  outcomeOf,
  outputOf,
  processes,
  python,
  run,
  sleeper,
  spawn,
  spawnBody,
  statusOf,
} from "./caller.ts";
import { commandsIn } from "./host-process.ts";
import { noOwnEngine, OwnEngine } from "./own-engine.ts";

/** The container engine goes away and comes back: every request is answered, and no outcome is made up. */

test("without an engine the kernel says so, exits 1 and leaves nothing that runs", async () => {
  const dir = mkdtempSync(join(tmpdir(), "superos-test-"));
  const env = {
    SUPEROS_HOME: join(dir, "home"),
    SUPEROS_PORT: String(await freePort()),
    DOCKER_HOST: `unix://${dir}/nothing.sock`,
  };
  const refused = await finish(process.execPath, [join(checkout, "kernel", "main.ts")], { env });
  rmSync(dir, { recursive: true });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("superos: unavailable: the container engine does not answer");
  expect(refused.stderr).toMatch(/hint: .*docker/i);
});

if (noOwnEngine !== undefined) process.stderr.write(`the loss of an engine is not tested: ${noOwnEngine}\n`);

describe.skipIf(noOwnEngine !== undefined)("an engine that goes away", () => {
  let engine: OwnEngine;
  let instance: Instance;
  beforeAll(async () => {
    engine = new OwnEngine();
    await engine.start();
    await engine.loadImages();
  });
  afterAll(() => engine.remove());
  beforeEach(async () => {
    await engine.start();
    instance = await Instance.start({ env: { DOCKER_HOST: engine.host } });
  });
  afterEach(async () => {
    engine.freeze(false);
    await instance.remove();
    await engine.stop("SIGTERM");
  });

  const containers = (): Promise<string[]> => instance.containers(engine.socket);
  const engineState = async (): Promise<string> => (await statusOf(instance)).engine.state;
  const ticker = (): Promise<ProcessView> =>
    spawn(instance, { argv: python("import time\nn = 0\nwhile True:\n print(n); n += 1; time.sleep(0.05)") });
  const written = async (pid: number): Promise<number> => (await outputOf(instance, pid, false)).stdout.length;

  /** Every request is answered while the engine is away, with what the kernel knows or with a fault that says so. */
  async function expectAnswers(running: ProcessView, ended: number): Promise<void> {
    await waitFor("the status says so", async () => (await engineState()) === "down");
    const refused = await faultOf(instance.post("/api/v1/processes", spawnBody({ argv: ["true"] })));
    expect(refused).toMatchObject({ status: 503, code: "unavailable" });
    expect(refused.message).toContain("engine");
    expect(refused.hint).not.toBe("");
    // An engine that stops in order may have told the end of its containers before it went.
    const runs = (await inspect(instance, running.pid)).state.phase === "running";
    for (const signal of ["SIGTERM", "SIGKILL"]) {
      expect((await faultOf(kill(instance, running.pid, signal))).code).toBe(runs ? "unavailable" : "bad_state");
    }
    expect((await outputOf(instance, ended)).stdout.toString()).toBe("kept\n");
    expect(await outcomeOf(instance, ended)).toEqual({ kind: "code", code: 7 });
    expect((await inspect(instance, ended)).state.phase).toBe("exited");
    expect((await processes(instance, true)).map(({ pid }) => pid)).toEqual(
      expect.arrayContaining([running.pid, ended]),
    );
    expect(await written(running.pid)).toBeGreaterThan(0);
    const waited = await instance.api(`/api/v1/processes/${running.pid}/wait?timeoutMs=200`);
    expect(waited.status).toBe(200);
    const shown = await instance.cli(["status"]);
    expect(shown.code).toBe(0);
    expect(shown.stdout.toString()).toMatch(/down/);
  }

  /** After its return: work goes on, and nothing of before is left. */
  async function expectReturn(): Promise<void> {
    await waitFor("the status says so", async () => (await engineState()) === "up");
    expect(await run(instance, { argv: ["echo", "again"] })).toMatchObject({
      stdout: "again\n",
      outcome: { kind: "code", code: 0 },
    });
    await waitFor("no container is left", async () => (await containers()).length === 0);
    const ended = new Set((await processes(instance, true)).map(({ pid }) => String(pid)));
    await waitFor("no process's directory is left", () =>
      readdirSync(join(instance.home, "run", "p")).every((name) => !ended.has(name)),
    );
    expect(await processes(instance)).toEqual([]);
  }

  const lost = (outcome: Outcome): boolean => outcome.kind === "fault" && outcome.code === "unavailable";

  test("by SIGTERM takes its containers with it: what ran is told as that, never as an exit of its own", async () => {
    const running = await ticker();
    const ended = await run(instance, { argv: ["sh", "-c", "echo kept; exit 7"] });
    await waitFor("it writes", async () => (await written(running.pid)) > 0);
    await engine.stop("SIGTERM");
    await expectAnswers(running, ended.pid);
    await engine.start();
    const outcome = await outcomeOf(instance, running.pid);
    expect(lost(outcome) || (outcome.kind === "signal" && outcome.signal === "SIGTERM"), JSON.stringify(outcome)).toBe(
      true,
    );
    await expectReturn();
    expect(await outcomeOf(instance, running.pid)).toEqual(outcome);
  });

  test("by SIGKILL loses no output: what runs goes on until it returns, and what ended meanwhile is told truly", async () => {
    const running = await ticker();
    const waiting = await spawn(instance, { argv: ["sh", "-c", "cat; exit 5"], stdin: true });
    const ended = await run(instance, { argv: ["sh", "-c", "echo kept; exit 7"] });
    await waitFor("it writes", async () => (await written(running.pid)) > 0);
    await engine.stop("SIGKILL");
    await expectAnswers(running, ended.pid);
    const before = await written(running.pid);
    await waitFor("it goes on", async () => (await written(running.pid)) > before + 20);
    const fed = await instance.api(`/api/v1/processes/${waiting.pid}/stdin?end=true`, {
      method: "POST",
      body: "last words",
    });
    expect(await fed.json()).toEqual({ bytes: 10 });
    await waitFor(
      "its last words arrive",
      async () => (await outputOf(instance, waiting.pid, false)).stdout.toString() === "last words",
    );

    await engine.start();
    const [cut, done] = [await outcomeOf(instance, running.pid), await outcomeOf(instance, waiting.pid)];
    expect(lost(cut), JSON.stringify(cut)).toBe(true);
    expect(lost(done) || (done.kind === "code" && done.code === 5), JSON.stringify(done)).toBe(true);
    const { stdout } = await outputOf(instance, running.pid);
    const lines = stdout.toString().split("\n").slice(0, -1);
    expect(lines).toEqual(lines.map((_, n) => String(n)));
    await expectReturn();
  });

  test("by SIGKILL with live-restore takes nothing with it: each goes on, or has its own end", async () => {
    await engine.stop("SIGTERM");
    await engine.start({ liveRestore: true });
    await waitFor("the status says so", async () => (await engineState()) === "up");
    const running = await ticker();
    const failing = await spawn(instance, { argv: ["sh", "-c", "cat; exit 5"], stdin: true });
    const crashing = await spawn(instance, { argv: ["sh", "-c", "cat; kill -SEGV $$"], stdin: true });
    await engine.stop("SIGKILL");
    await waitFor("the status says so", async () => (await engineState()) === "down");
    for (const { pid } of [failing, crashing])
      await instance.api(`/api/v1/processes/${pid}/stdin?end=true`, { method: "POST", body: "" });
    const before = await written(running.pid);
    await waitFor("it goes on", async () => (await written(running.pid)) > before + 20);
    await engine.start({ liveRestore: true });
    expect(await outcomeOf(instance, failing.pid)).toEqual({ kind: "code", code: 5 });
    expect(await outcomeOf(instance, crashing.pid)).toEqual({ kind: "signal", signal: "SIGSEGV" });
    expect((await inspect(instance, running.pid)).state.phase).toBe("running");
    await waitFor("the status says so", async () => (await engineState()) === "up");
    await kill(instance, running.pid);
    expect((await outcomeOf(instance, running.pid)).kind).toBe("killed");
    await expectReturn();
  });

  test("together with the kernel leaves to the next one what it can truly tell", async () => {
    const running = await ticker();
    const ended = await run(instance, { argv: ["sh", "-c", "echo kept; exit 7"] });
    await waitFor("it writes", async () => (await written(running.pid)) > 0);
    const closed = once(instance.kernel, "close");
    instance.kernel.kill("SIGKILL");
    await closed;
    await engine.stop("SIGKILL");
    await engine.start();
    instance = await Instance.start({ home: instance.home, port: instance.port, env: { DOCKER_HOST: engine.host } });
    expect(lost(await outcomeOf(instance, running.pid))).toBe(true);
    expect(await outcomeOf(instance, ended.pid)).toEqual({ kind: "code", code: 7 });
    const lines = (await outputOf(instance, running.pid)).stdout.toString().split("\n").slice(0, -1);
    expect(lines).toEqual(lines.map((_, n) => String(n)));
    await expectReturn();
  });

  test("and everything else that a restart of the machine takes: the table says so", async () => {
    const running = await ticker();
    const ended = await run(instance, { argv: ["sh", "-c", "echo kept; exit 7"] });
    await waitFor("it writes", async () => (await written(running.pid)) > 0);
    const closed = once(instance.kernel, "close");
    instance.kernel.kill("SIGKILL");
    await closed;
    // What a restart leaves: the files. Neither the spooler nor a container is there any more.
    for (const { pid, command } of commandsIn(instance.home))
      if (command.includes("spooler")) process.kill(pid, "SIGKILL");
    for (const { Id: id } of await containersWith(instance.label, engine.socket))
      await finish("docker", ["--host", engine.host, "rm", "--force", id]);
    instance = await Instance.start({ home: instance.home, port: instance.port, env: { DOCKER_HOST: engine.host } });
    const outcome = await outcomeOf(instance, running.pid);
    expect(outcome).toMatchObject({ kind: "fault", code: "unavailable" });
    expect(JSON.stringify(outcome)).toContain("restarted");
    expect(await outcomeOf(instance, ended.pid)).toEqual({ kind: "code", code: 7 });
    expect((await outputOf(instance, ended.pid)).stdout.toString()).toBe("kept\n");
    const lines = (await outputOf(instance, running.pid)).stdout.toString().split("\n").slice(0, -1);
    expect(lines).toEqual(lines.map((_, n) => String(n)));
    await expectReturn();
  });

  test("while processes are being made answers each of them, and leaves no container that nobody owns", async () => {
    const asked = Array.from({ length: 8 }, () => instance.post("/api/v1/processes", spawnBody(sleeper)));
    await waitFor("one is being made", async () => (await containers()).length > 0);
    await engine.stop("SIGKILL");
    const answers = await Promise.all(asked);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status !== 201 && status !== 503)).toEqual([]);
    expect(statuses).toContain(503);
    await engine.start();
    await waitFor("each has its outcome", async () => (await processes(instance)).length === 0);
    await expectReturn();
  });

  test("holds up no Ctrl-C, and the next start clears what it left", async () => {
    const running = await ticker();
    await engine.stop("SIGKILL");
    await waitFor("the status says so", async () => (await engineState()) === "down");
    expect(await instance.stop()).toBe(0);
    await engine.start();
    instance = await Instance.start({ home: instance.home, env: { DOCKER_HOST: engine.host } });
    expect(lost(await outcomeOf(instance, running.pid))).toBe(true);
    await expectReturn();
  });

  test("that only stands still is told as down, and goes on where it stood", async () => {
    const running = await ticker();
    engine.freeze(true);
    await waitFor("the status says so", async () => (await engineState()) === "down");
    expect(await faultOf(instance.post("/api/v1/processes", spawnBody({ argv: ["true"] })))).toMatchObject({
      status: 503,
      code: "unavailable",
    });
    const before = await written(running.pid);
    await waitFor("what runs goes on", async () => (await written(running.pid)) > before);
    engine.freeze(false);
    await waitFor("the status says so", async () => (await engineState()) === "up");
    expect((await inspect(instance, running.pid)).state.phase).toBe("running");
    await kill(instance, running.pid);
    expect((await outcomeOf(instance, running.pid)).kind).toBe("killed");
    await expectReturn();
  });
});
