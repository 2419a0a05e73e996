import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { processViewSchema, type ProcessView, type ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  accepted,
  type Api,
  faultOf,
  importProject,
  inspect,
  kill,
  outcomeOf,
  outputOf,
  processes,
  type Program,
  python,
  spawnBody,
} from "../system/caller.ts";
import { Inside } from "./inside.ts";

/** Pipelines as people have them: what goes through, where it ends, and that they start as a whole or not at all. */

let instance: Instance;
let project: ProjectView;

beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(instance, "line", rawArchive({ name: "a", content: "a" }));
});
afterAll(async () => {
  await instance?.remove();
});
afterEach(async () => {
  for (const { pid } of await processes(instance)) await kill(instance, pid);
});

const small = ["MEM:48Mi", "PIDS:8", "CPU:1"];
const request = (api: Api, stages: readonly Program[]): Promise<Response> =>
  api.post("/api/v1/pipelines", { stages: stages.map((stage) => spawnBody({ table: small, ...stage })) });

async function pipeline(api: Api, ...stages: readonly (Program | readonly string[])[]): Promise<ProcessView[]> {
  const schema = z.strictObject({ processes: z.array(processViewSchema) });
  const programs = stages.map((stage): Program => ("argv" in stage ? stage : { argv: stage }));
  return (await accepted(schema, request(api, programs))).processes;
}
const ends = (entries: readonly ProcessView[]): Promise<unknown[]> =>
  Promise.all(entries.map(({ pid }) => outcomeOf(instance, pid)));
const ok = { kind: "code", code: 0 };
const textOf = async (entry: ProcessView | undefined): Promise<string> =>
  (await outputOf(instance, entry?.pid ?? 0)).stdout.toString();

describe("what one writes", () => {
  test("the next one reads, to the end, and the kernel sees of it only what the last one writes", async () => {
    const bytes = 200_000_000;
    const line = await pipeline(
      instance,
      ["head", "-c", String(bytes), "/dev/zero"],
      ["tr", "\\0", "x"],
      ["sh", "-c", "wc -c; echo seen >&2"],
    );
    expect(await ends(line)).toEqual([ok, ok, ok]);
    expect(await textOf(line[2])).toBe(`${bytes}\n`);
    const written = await Promise.all(line.map(async ({ pid }) => (await inspect(instance, pid)).output));
    expect(written).toEqual([
      { stdoutBytes: 0, stderrBytes: 0 },
      { stdoutBytes: 0, stderrBytes: 0 },
      { stdoutBytes: 10, stderrBytes: 5 },
    ]);
  });

  test("begins with what the first one is sent", async () => {
    const line = await pipeline(instance, { argv: ["cat"], stdin: true }, ["tr", "a-z", "A-Z"]);
    const path = `/api/v1/processes/${line[0]?.pid}/stdin?end=true`;
    const headers = { "content-type": "application/octet-stream" };
    expect((await instance.api(path, { method: "POST", body: "hello\n", headers })).ok).toBe(true);
    expect(await textOf(line[1])).toBe("HELLO\n");
  });

  test("is not taken any more once the next one has gone: it ends by SIGPIPE", async () => {
    const line = await pipeline(instance, ["yes"], ["head", "-n", "1"]);
    expect(await ends(line)).toEqual([expect.objectContaining({ kind: "signal", signal: "SIGPIPE" }), ok]);
  });

  test("is never the other way, nor another's: neither end can be opened again", async () => {
    const tryIt = (name: string, fd: number): string => `
import os, sys
for path in ("/run/superos/${name}", "/proc/self/fd/${fd}", "/dev/${name}"):
    for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
        try: sys.stderr.write(f"{os.open(path, flags | os.O_NONBLOCK)}\\n")
        except OSError as error: sys.stderr.write(f"{os.strerror(error.errno)}\\n")`;
    const line = await pipeline(instance, python(tryIt("stdout", 1)), python(tryIt("stdin", 0)));
    expect(await ends(line)).toEqual([ok, ok]);
    for (const { pid } of line)
      expect((await outputOf(instance, pid)).stderr.toString()).toBe("Permission denied\n".repeat(9));
  });
});

describe("a pipeline", () => {
  test("is one subtree, and goes with its first", async () => {
    // One that ended with its input would end by itself.
    const lasting = ["sh", "-c", "cat; sleep 1000"];
    const line = await pipeline(instance, ["sleep", "1000"], lasting, lasting);
    const [first] = line;
    expect(line.map(({ parent }) => parent)).toEqual([expect.any(Number), first?.pid, first?.pid]);
    await kill(instance, first?.pid ?? 0);
    expect(await ends(line)).toEqual(line.map(() => expect.objectContaining({ kind: "killed" })));
  });

  test("is made of nothing when one stage may not be: neither processes nor pipes are left", async () => {
    const before = (await processes(instance, true)).length;
    const refused = async (stage: Program): Promise<string> =>
      (await faultOf(request(instance, [{ argv: ["true"] }, stage]))).code;
    expect(await refused({ argv: ["true"], table: ["MEM:100Ti"] })).toBe("denied");
    expect(await refused({ argv: ["true"], table: ["SHM_MAP:absent:ro"] })).toBe("not_found");
    expect(await refused({ argv: ["true"], stdin: true })).toBe("invalid");
    expect(await refused({ argv: ["true"], project: project.id })).toBe("invalid");
    expect((await processes(instance, true)).length).toBe(before);
    const pipes = join(instance.home, "run", "pipes");
    expect(existsSync(pipes) ? readdirSync(pipes) : []).toEqual([]);
  });

  test("does not begin when one of its containers cannot be made", async () => {
    const mark = `open("/project/begun", "w")`;
    const writes = { project: project.id, table: [...small, "FS_READ:/project", "FS_WRITE:/project"] };
    const stages = [
      { ...writes, argv: python(mark) },
      { ...writes, argv: ["cat"], table: [...small, "FS_READ:/project/absent"] },
    ];
    expect(await faultOf(request(instance, stages))).toMatchObject({ code: "not_found" });
    expect(existsSync(join(instance.home, "projects", project.id, "files", "begun"))).toBe(false);
    await waitFor("nothing runs", async () => (await processes(instance)).length === 0);
  });

  test("ends when one of its programs has no directory to begin in", async () => {
    const fault = await faultOf(request(instance, [{ argv: ["sleep", "1000"] }, { argv: ["cat"], cwd: "/absent" }]));
    expect(fault).toMatchObject({ code: "not_found" });
    await waitFor("nothing runs", async () => (await processes(instance)).length === 0);
  });

  test("is started by a process from what it holds, whole or not at all", async () => {
    const maker = await Inside.start(instance, { table: ["MEM:256Mi", "PIDS:64", "CPU:1", "PROC_SPAWN"] });
    const stage = (argv: string, memory: string): string =>
      `dict(runtime='python', argv=${argv}, table=['MEM:${memory}', 'PIDS:8', 'CPU:0.2'])`;
    const call = (...stages: readonly string[]): string => `superos._call('pipeline', stages=[${stages.join(",")}])`;
    expect(await maker.tried(call(stage("['true']", "48Mi"), stage("['true']", "224Mi")))).toContain("exhausted");
    const pids = await maker.ask(
      z.array(z.number()),
      `answer = [each["pid"] for each in ${call(stage("['echo', 'deep']", "48Mi"), stage("['cat']", "48Mi"))}["processes"]]`,
    );
    const { stdout } = await outputOf(instance, pids[1] ?? 0);
    expect(stdout.toString()).toBe("deep\n");
    expect((await inspect(instance, pids[0] ?? 0)).startedBy).toBe(maker.pid);
  });

  test("goes on when the kernel is killed", async () => {
    const killed = await Instance.start();
    const line = await pipeline(
      killed,
      ["sh", "-c", "while [ ! -e /tmp/never ]; do echo tick; sleep 0.1; done"],
      ["sh", "-c", "head -n 100; echo done"],
    );
    killed.kernel.kill("SIGKILL");
    await waitFor("the kernel is dead", () => killed.kernel.signalCode !== null);
    const next = await Instance.start({ home: killed.home });
    try {
      const text = await waitFor("the last stage is done", async () => {
        const { stdout } = await outputOf(next, line[1]?.pid ?? 0, false);
        return stdout.toString().endsWith("done\n") && stdout.toString();
      });
      expect(text).toBe(`${"tick\n".repeat(100)}done\n`);
      expect(await outcomeOf(next, line[0]?.pid ?? 0)).toMatchObject({ kind: "signal", signal: "SIGPIPE" });
    } finally {
      await next.remove();
    }
  });
});
