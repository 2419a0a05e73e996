import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  deliverySchema,
  processViewSchema,
  queueViewSchema,
  segmentViewSchema,
  statusSchema,
  threadSchema,
  topicEventSchema,
} from "../../kernel/abi/index.ts";
import { type CliOptions, type Finished, Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { python, whenPrinted } from "./program.ts";

/** Pipelines, classes, what is used, and what processes talk through, with the superos command against a whole instance. */

let instance: Instance;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "superos-channels-cli-"));
  mkdirSync(join(scratch, "site"));
  writeFileSync(join(scratch, "site", "words.txt"), "b\na\nb\n");
  instance = await Instance.start();
  const imported = await instance.cli(["project", "import", join(scratch, "site")]);
  if (imported.code !== 0) throw new Error(imported.stderr);
});

afterAll(async () => {
  await instance?.remove();
  rmSync(scratch, { recursive: true, force: true });
});

const text = (ended: Finished): string => ended.stdout.toString("utf8");
const superos = (args: readonly string[], options?: CliOptions): Promise<Finished> => instance.cli(args, options);

/** The stdout of a command that must succeed. */
async function printed(args: readonly string[], options?: CliOptions): Promise<string> {
  const ended = await superos(args, options);
  expect(ended.code, `superos ${args.join(" ")}: ${ended.stderr}`).toBe(0);
  return text(ended);
}

async function json<S extends z.ZodType>(schema: S, ...args: string[]): Promise<z.output<S>> {
  return schema.parse(JSON.parse(await printed([...args, "--json"])));
}

const inSite = ["--project", "site"];

/** Starts a program of the project detached and returns its pid. */
const detached = async (...args: string[]): Promise<string> =>
  (await printed(["run", "-d", ...inSite, ...args])).trim();
const inspected = (pid: string) => json(processViewSchema, "inspect", pid);

async function killed(...pids: string[]): Promise<void> {
  for (const pid of pids) await superos(["kill", pid]);
  for (const pid of pids) await superos(["wait", pid]);
}

describe("superos pipeline", () => {
  it("passes each program's output to the next, and its own ends to the first and the last", async () => {
    const ran = await superos(["pipeline", ...inSite, "cat - words.txt", "sort", "uniq -c"], { input: "c\n" });
    expect([ran.code, text(ran).replaceAll(/ +/g, " "), ran.stderr]).toEqual([0, " 1 a\n 2 b\n 1 c\n", ""]);
  });

  it("exits as the last program, or with --pipefail as the last that failed", async () => {
    const stages = ["sh -c 'exit 3'", "sh -c 'cat; exit 0'"];
    expect((await superos(["pipeline", ...inSite, ...stages])).code).toBe(0);
    expect((await superos(["pipeline", ...inSite, "--pipefail", ...stages])).code).toBe(3);
    expect((await superos(["pipeline", ...inSite, "true", "sh -c 'cat; exit 4'"])).code).toBe(4);
  });

  it("ends the writer when its reader has enough, as a shell does", async () => {
    const ran = await superos(["pipeline", ...inSite, "yes", "head -n 2"]);
    expect([ran.code, text(ran)]).toEqual([0, "y\ny\n"]);
  });

  it("of a file gives each stage its own rights, and none that one stage may not have", async () => {
    const file = join(scratch, "stages.json");
    const reader = { argv: ["cat", "words.txt"], table: ["FS_READ:/project"] };
    const blind = { argv: ["sh", "-c", "ls /project 2>&1; sort"], table: [], cwd: "/tmp" };
    writeFileSync(file, JSON.stringify([reader, blind]));
    const ran = await superos(["pipeline", ...inSite, "--file", file]);
    expect([ran.code, text(ran)]).toEqual([0, expect.stringMatching(/No such file[^]*a\nb\nb\n$/)]);
    writeFileSync(file, JSON.stringify([reader, { ...blind, table: ["MEM:900Ti"] }]));
    const before = (await json(z.array(processViewSchema), "ps", "--all")).length;
    const refused = await superos(["pipeline", ...inSite, "--file", file]);
    expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("MEM")]);
    expect(await json(z.array(processViewSchema), "ps", "--all")).toHaveLength(before);
  });

  it("-d leaves a subtree behind that goes with its first process", async () => {
    const pids = (await printed(["pipeline", "-d", "--bg", ...inSite, "sleep 600", "cat", "cat"])).trim().split("\n");
    expect(pids).toHaveLength(3);
    const [first = "", second = "", third = ""] = pids;
    expect(await inspected(second)).toMatchObject({ parent: Number(first), class: "background" });
    await killed(first);
    for (const pid of [second, third]) {
      await superos(["wait", pid]);
      expect((await inspected(pid)).state.phase).toBe("exited");
    }
  });

  it("is interrupted as a whole", async () => {
    const trap =
      "python3 -c 'import signal, sys, time; signal.signal(2, lambda *_: sys.exit(7)); print(1, flush=True); time.sleep(600)'";
    const ran = await superos(["pipeline", ...inSite, "--pipefail", trap, "cat"], {
      started: (child) => {
        child.stdin?.end();
        whenPrinted(child, "1").then(
          () => child.kill("SIGINT"),
          () => undefined,
        );
      },
    });
    expect([ran.code, ran.signal]).toEqual([expect.toSatisfy((code) => code === 7 || code === 130), null]);
  });
});

describe("superos nice and ps", () => {
  it("say whether somebody waits for a process", async () => {
    const pid = await detached("--bg", "--", "sleep", "600");
    expect(await printed(["ps"])).toMatch(new RegExp(`^ *${pid} +site +python +bg +running `, "m"));
    expect(await printed(["nice", pid, "fg"])).toBe("");
    expect((await inspected(pid)).class).toBe("foreground");
    await killed(pid);
    expect((await superos(["nice", pid, "bg"])).code).toBe(125);
  });
});

describe("superos run without room", () => {
  it("says why it waits, shows it in ps, and goes on when there is room", async () => {
    const { machine } = await json(statusSchema, "status");
    const most = `MEM:${Math.floor((machine.memoryBytes * 0.6) / 2 ** 20)}Mi`;
    const [holder] = [(await printed(["run", "-d", "--cap", most, "--", "sleep", "600"])).trim()];
    const waiting = superos(["run", ...inSite, "--cap", most, "--", "echo", "had room"]);
    const row = await waitFor("a process that waits with a reason", async () => {
      const all = await json(z.array(processViewSchema), "ps");
      return all.find(({ state }) => state.phase === "ready" && state.reason !== undefined);
    });
    expect(await printed(["ps"])).toMatch(new RegExp(`^ *${row.pid} .* fg +ready \\d+s: .*memory`, "m"));
    expect(await printed(["inspect", String(row.pid)])).toMatch(/^state: +ready for \d+s: .*memory/m);
    await waitFor("the note on stderr's time", () => performance.now() > 2000 && Date.now() - row.createdAt > 2500);
    await killed(holder);
    const ran = await waiting;
    expect([ran.code, text(ran)]).toEqual([0, "had room\n"]);
    expect(ran.stderr).toMatch(new RegExp(`^superos: process ${row.pid} has not started after \\d+s: .*memory`));
  });
});

describe("what a process uses", () => {
  it("is told with its limit, its peak, its faults and its threads, and stays when it has ended", async () => {
    const program = python(
      "import threading, time",
      "held = bytearray(40 << 20)",
      "for _ in range(3): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
      "print('ready', flush=True)",
      "time.sleep(600)",
    );
    const pid = await detached("--cap", "FS_READ:/project", "--cap", "MEM:128Mi", ...program);
    await waitFor("its output", async () => (await printed(["logs", pid])).includes("ready"));
    const threads = await json(z.array(threadSchema), "threads", pid);
    expect(threads.filter(({ name }) => name.startsWith("python"))).toHaveLength(4);
    expect(await printed(["threads", pid])).toMatch(/^ *TID +PROCESS +STATE +CPU +NAME\n/);
    const [stats] = await waitFor("its memory in the figures", async () => {
      const read = z.array(z.looseObject({ memoryPeakBytes: z.number(), pageFaults: z.number().nullable() }));
      const found = await json(read, "stats", pid);
      return (found[0]?.memoryPeakBytes ?? 0) > 40 << 20 && found;
    });
    expect(stats).toMatchObject({ pid: Number(pid), memoryLimitBytes: 128 << 20, oomKills: 0 });
    expect(stats?.pageFaults).toBeGreaterThan(1000);
    expect(await printed(["inspect", pid])).toMatch(/^memory: +\d+ MiB of 128 MiB$/m);
    expect(await printed(["stats"])).toMatch(new RegExp(`^ *${pid} .* 128 MiB `, "m"));
    await killed(pid);
    expect(await printed(["stats", pid])).toMatch(/ 128 MiB /);
    expect((await superos(["threads", pid])).code).toBe(125);
  });
});

describe("superos ipc", () => {
  it("carries messages from a person to a program and back, and shows what became of them", async () => {
    await printed([
      "ipc",
      "create",
      "jobs",
      ...inSite,
      "--max-messages",
      "3",
      "--max-deliveries",
      "1",
      "--ack-within",
      "1s",
    ]);
    await printed(["ipc", "create", "done", ...inSite]);
    const caps = ["--cap", "FS_READ:/project", "--cap", "IPC_RECV:jobs", "--cap", "IPC_SEND:done"];
    const work = 'while read -r job; do sos send --text done "did $job"; done';
    const pid = await detached(
      ...caps,
      "--",
      "bash",
      "-c",
      `sos recv --ack --body --wait 60s --max 2 jobs | (${work})`,
    );
    const [jobs] = (await json(z.array(queueViewSchema), "ipc", "ls", ...inSite)).filter(({ name }) => name === "jobs");
    expect([jobs?.receivers, jobs?.senders]).toEqual([
      expect.arrayContaining([Number(pid)]),
      expect.not.arrayContaining([Number(pid)]),
    ]);
    expect(await printed(["ipc", "send", "jobs", ...inSite, "1"])).toBe("Sent 1 message.\n");
    const answer = await superos(["ipc", "recv", "done", ...inSite, "--wait", "60s", "--raw"]);
    expect([answer.code, text(answer)]).toEqual([0, "did 1\n"]);
    await killed(pid);
  });

  it("refuses what does not fit, sends the lines before, and gives up what nobody acknowledges", async () => {
    const full = await superos(["ipc", "send", "jobs", ...inSite, "-"], { input: "1\n2\n3\n4\n" });
    expect([full.code, full.stderr]).toEqual([
      125,
      expect.stringMatching(/^superos: 3 messages had been .*\n.*exhausted/),
    ]);
    expect(await printed(["ipc", "recv", "jobs", ...inSite, "-n", "9"])).toBe("1\n2\n3\n");
    expect(await printed(["ipc", "send", "jobs", ...inSite], { input: "1\n2\n\n3\n" })).toBe("Sent 3 messages.\n");
    const wrong = await superos(["ipc", "send", "jobs", ...inSite], { input: "1\nx\n" });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("line 2 is not JSON")]);
    const left = await printed(["ipc", "recv", "jobs", ...inSite, "--leave", "--envelope"]);
    expect(deliverySchema.parse(JSON.parse(left))).toMatchObject({ message: 1, deliveries: 1 });
    await waitFor("the message that was left is dead", async () =>
      (await printed(["ipc", "dead", "jobs", ...inSite])).includes("  1\n"),
    );
    expect(await printed(["ipc", "recv", "jobs", ...inSite, "-n", "10"])).toBe("2\n3\n");
    expect((await superos(["ipc", "recv", "jobs", ...inSite, "--wait", "1s"])).code).toBe(1);
    expect(await printed(["ipc", "ls"])).toMatch(/^jobs +site +0\/3 /m);
    await printed(["ipc", "rm", "jobs", ...inSite]);
    const gone = await superos(["ipc", "send", "jobs", ...inSite, "1"]);
    expect([gone.code, gone.stderr]).toEqual([125, expect.stringContaining("not_found")]);
  });

  it("holds messages to the schema of their queue", async () => {
    const schema = join(scratch, "schema.json");
    writeFileSync(schema, JSON.stringify({ type: "object", properties: { n: { type: "integer" } }, required: ["n"] }));
    await printed(["ipc", "create", "numbers", "--schema", schema]);
    expect((await superos(["ipc", "send", "numbers", '{"n": "one"}'])).code).toBe(125);
    await printed(["ipc", "send", "numbers", '{"n": 1}']);
    expect(await printed(["ipc", "recv", "numbers"])).toBe('{"n":1}\n');
    await printed(["ipc", "rm", "numbers"]);
  });

  it("follows a queue until it is interrupted", async () => {
    await printed(["ipc", "create", "stream"]);
    const following = superos(["ipc", "recv", "stream", "-f"], {
      started: (child) => void whenPrinted(child, "2\n").then(() => child.kill("SIGINT")),
    });
    await printed(["ipc", "send", "stream"], { input: "1\n2\n" });
    expect(await following).toMatchObject({ code: 130, stderr: "" });
    await waitFor("everything is acknowledged", async () =>
      (await json(z.array(queueViewSchema), "ipc", "ls")).some(
        ({ name, received, delivered }) => name === "stream" && received === 2 && delivered === 0,
      ),
    );
    await printed(["ipc", "rm", "stream"]);
  });

  it("tells what happens on topics, the kernel's too", async () => {
    const ready = Promise.withResolvers<void>();
    const subscribed = superos(["ipc", "subscribe", "kernel.process", "build", ...inSite, "-n", "5"], {
      started: () => ready.resolve(),
    });
    await ready.promise;
    await waitFor("somebody listens", async () =>
      (await printed(["ipc", "publish", "build", ...inSite, "0", "--json"])).includes("1"),
    );
    await printed(["run", ...inSite, "--", "true"]);
    const events = text(await subscribed)
      .trim()
      .split("\n")
      .map((line) => topicEventSchema.parse(JSON.parse(line)));
    expect(events).toHaveLength(5);
    expect(events.map(({ topic }) => topic)).toEqual(expect.arrayContaining(["build", "kernel.process"]));
  });
});

describe("superos ipc shm", () => {
  it("makes memory that programs share, shows who has it, and frees it", async () => {
    const path = await printed(["ipc", "shm", "create", "frame", "1Mi", ...inSite]);
    expect(path).toBe("/run/superos/shm/frame\n");
    const write =
      "f = open('/run/superos/shm/frame', 'r+b'); f.write(b'shared'); f.flush(); print('ready', flush=True); import time; time.sleep(600)";
    const writer = await detached("--cap", "SHM_MAP:frame:rw", "--", "python3", "-c", write);
    await waitFor("the writer has written", async () => (await printed(["logs", writer])).includes("ready"));
    const read = "print(open('/run/superos/shm/frame', 'rb').read(6))";
    expect(await printed(["run", ...inSite, "--cap", "SHM_MAP:frame:ro", "--", "python3", "-c", read])).toBe(
      "b'shared'\n",
    );
    expect(await json(z.array(segmentViewSchema), "ipc", "shm", "ls")).toMatchObject([
      { name: "frame", bytes: 1 << 20, writers: [Number(writer)], readers: [] },
    ]);
    await killed(writer);
    await waitFor(
      "nobody has it mapped",
      async () => (await superos(["ipc", "shm", "rm", "frame", ...inSite])).code === 0,
    );
    expect(await json(z.array(segmentViewSchema), "ipc", "shm", "ls")).toEqual([]);
  });
});

describe("superos status", () => {
  it("says how many containers stand ready, and how often a spawn found one", async () => {
    expect(await printed(["status"])).toMatch(/^pool: +\d+ embryos? of \d+ shapes?; \d+ hits?, \d+ misse?s?/m);
    const { pool } = await json(statusSchema, "status");
    expect(pool.hits + pool.misses).toBeGreaterThan(0);
  });
});
