import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  type Outcome,
  type SignalName,
  signalNumbers,
  type Thread,
  threadSchema,
  type Usage,
} from "../../kernel/abi/index.ts";
import { Instance } from "../setup/instance.ts";
import { accepted, faultOf, inspect, kill, outcomeOf, processes, python, run, spawn } from "../system/caller.ts";
import { Inside } from "./inside.ts";
import { Neighbours, rightDigest } from "./faults-neighbours.ts";

/** Programs that fail: what is recorded of each, what it used, and that nobody else notices. */

let instance: Instance;
beforeAll(async () => {
  instance = await Instance.start();
});
afterAll(() => instance.remove());

const small = ["MEM:64Mi", "PIDS:32"];

interface Ended {
  outcome: Outcome;
  stdout: string;
  usage: Usage | null;
}

async function ended(argv: readonly string[], table: readonly string[] = small): Promise<Ended> {
  const { pid, outcome, stdout } = await run(instance, { argv, table });
  return { outcome, stdout, usage: (await inspect(instance, pid)).usage };
}

/** The same until `known`: on a busy machine the last reading may come too late, and the one before stays. */
async function endedUntil(known: (ended: Ended) => boolean, argv: readonly string[]): Promise<Ended> {
  for (let tries = 1; ; tries += 1) {
    const one = await ended(argv);
    if (known(one) || tries === 5) return one;
  }
}

const code = (value: number): Outcome => ({ kind: "code", code: value });
const signal = (name: SignalName): Outcome => ({ kind: "signal", signal: name });

/** Takes more memory than it has, in a child, and says how that one ended. */
const greedyChild = `
import subprocess, sys, time
print(subprocess.run([sys.executable, "-c", "x = bytearray(200 << 20)"]).returncode, flush=True)
`;
const greedy = python("x = bytearray(200 << 20)");
const overflow = ["bash", "-c", "ulimit -s 256; f() { f; }; f"];
const crash = python("import ctypes; ctypes.string_at(0)");
const forkBomb = python("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass");

describe("a program that fails", () => {
  test("for want of memory has run out of memory", async () => {
    const { outcome, usage } = await endedUntil((one) => one.usage?.oomKills === 1, greedy);
    expect(outcome).toEqual({ kind: "oom" });
    expect(usage).toMatchObject({ oomKills: 1, memoryPeakBytes: 64 << 20 });
  });

  test("by a segmentation fault, a stack overflow or an abort ends by the signal's name", async () => {
    expect((await ended(crash)).outcome).toEqual(signal("SIGSEGV"));
    expect((await ended(overflow)).outcome).toEqual(signal("SIGSEGV"));
    expect((await ended(python("import os; os.abort()"))).outcome).toEqual(signal("SIGABRT"));
  });

  test.each(["SIGILL", "SIGTRAP", "SIGBUS", "SIGFPE", "SIGKILL", "SIGPIPE", "SIGXCPU", "SIGSYS"] as const)(
    "by %s ends by it",
    async (name) => {
      // Python lets some of these pass.
      const script = `import os, signal; signal.signal(${signalNumbers[name]}, signal.SIG_DFL)`;
      const argv = python(`${name === "SIGKILL" ? "import os" : script}; os.kill(os.getpid(), ${signalNumbers[name]})`);
      expect((await ended(argv)).outcome).toEqual(signal(name));
    },
  );

  test("by an exit status that means a signal reads the same as one that died of it", async () => {
    expect((await ended(["sh", "-c", "exit 137"])).outcome).toEqual(signal("SIGKILL"));
    expect((await ended(["sh", "-c", "exit 139"])).outcome).toEqual(signal("SIGSEGV"));
  });
});

describe("a program whose child fails", () => {
  test("for want of memory goes on and ends as it ends", async () => {
    const { outcome, stdout, usage } = await ended(python(`${greedyChild}\ntime.sleep(2); sys.exit(3)`));
    expect(stdout).toBe("-9\n");
    expect(outcome).toEqual(code(3));
    expect(usage?.oomKills).toBe(1);
  });

  test("long before it ends by itself has not run out of memory, whatever its exit status", async () => {
    const argv = python(`${greedyChild}\ntime.sleep(8); sys.exit(137)`);
    const { outcome, usage } = await endedUntil((one) => one.outcome.kind !== "oom", argv);
    expect(outcome).toEqual(signal("SIGKILL"));
    expect(usage?.oomKills).toBe(1);
  });

  test("by a signal goes on and ends as it ends", async () => {
    const script = `
import subprocess, sys
child = subprocess.Popen(["sleep", "1000"])
child.kill()
print(child.wait(), flush=True)
crashed = subprocess.run([sys.executable, "-c", "import ctypes; ctypes.string_at(0)"])
sys.exit(0 if crashed.returncode == -11 else 1)
`;
    expect(await ended(python(script))).toMatchObject({ outcome: code(0), stdout: "-9\n" });
  });
});

describe("what a process used", () => {
  test("is known of one that ended before anybody looked", async () => {
    const argv = python("x = bytearray(20 << 20)");
    const { usage } = await endedUntil((one) => (one.usage?.memoryPeakBytes ?? 0) > 20 << 20, argv);
    expect(usage?.memoryPeakBytes).toBeGreaterThan(20 << 20);
    expect(usage?.memoryPeakBytes).toBeLessThan(60 << 20);
    expect(usage?.cpuMs).toBeGreaterThan(0);
    expect(usage?.pageFaults).toBeGreaterThan((20 << 20) / 4096);
    expect(usage?.oomKills).toBe(0);
  });

  test("tells how its CPU quota held it back", async () => {
    const work = python("import time\nwhile time.process_time() < 0.5: pass");
    const { usage } = await ended(work, [...small, "CPU:0.25"]);
    expect(usage?.throttled).toBeGreaterThan(0);
    expect(usage?.throttledMs).toBeGreaterThan(0);
  });
});

describe("the threads of a process", () => {
  const listed = z.strictObject({ threads: z.array(threadSchema) });
  const threadsPath = (pid: number): string => `/api/v1/processes/${pid}/threads`;
  const threadsOf = async (pid: number): Promise<Thread[]> =>
    (await accepted(listed, instance.api(threadsPath(pid)))).threads;

  test("are listed with their numbers and names inside", async () => {
    const inside = await Inside.start(instance, { table: small });
    const own = await inside.ask(
      z.strictObject({ pid: z.number(), tid: z.number() }),
      `
ready = threading.Event()
def wait():
    global tid
    tid = threading.get_native_id()
    with open("/proc/thread-self/comm", "w") as file: file.write("a b)\\n(c")
    ready.set()
    time.sleep(1000)
threading.Thread(target=wait, daemon=True).start()
ready.wait()
answer = {"pid": os.getpid(), "tid": tid}`,
    );
    const threads = await threadsOf(inside.pid);
    expect(threads).toContainEqual(expect.objectContaining({ tid: own.pid, process: own.pid, name: "python3" }));
    expect(threads).toContainEqual(
      expect.objectContaining({ tid: own.tid, process: own.pid, name: "a b)?(c", state: "S" }),
    );
    await kill(instance, inside.pid);
    await outcomeOf(instance, inside.pid);
    expect(await faultOf(instance.api(threadsPath(inside.pid)))).toMatchObject({ code: "bad_state" });
  });

  test("are listed while they come and go", async () => {
    const script = "import threading\nwhile True: threading.Thread(target=int).start()";
    const { pid } = await spawn(instance, { argv: python(script), table: small });
    for (let time = 0; time < 20; time += 1)
      for (const { name, state } of await threadsOf(pid)) expect([name, state].join(" ")).toMatch(/^[\w-]+ [A-Z]$/);
    await kill(instance, pid);
  });
});

test("ten neighbours work on, and rightly, while others run out of memory, crash and fork without end", async () => {
  const neighbours = await Neighbours.start(instance, 10);
  await neighbours.phase("faults");
  const failed = await Promise.all([
    ended(greedy),
    ended(crash),
    ended(overflow),
    ended(python(`${greedyChild}\nsys.exit(3)`)),
    ended(forkBomb, [...small, "TIME:2s"]),
  ]);
  expect(failed.map(({ outcome }) => outcome)).toEqual([
    { kind: "oom" },
    signal("SIGSEGV"),
    signal("SIGSEGV"),
    code(3),
    { kind: "timeout", limitMs: 2000 },
  ]);
  await neighbours.phase("after");

  const all = await neighbours.finish();
  for (const { outcome, digests } of all) {
    expect(outcome).toEqual(code(0));
    expect(digests).toEqual([rightDigest]);
  }
  for (const pid of neighbours.pids) expect((await inspect(instance, pid)).usage).toMatchObject({ oomKills: 0 });
  expect((await processes(instance)).map(({ pid }) => pid)).toEqual([]);
});
