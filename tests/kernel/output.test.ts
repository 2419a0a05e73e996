import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Frame, FrameDecoder, type Outcome, outcomeSchema, type ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
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
  run,
  spawn,
} from "../system/caller.ts";
import { openFiles, residentBytes, servicePid } from "../system/host-process.ts";

/** What a program reads and writes arrives as it was written, whoever reads it and however slowly. */

let instance: Instance;
let project: ProjectView;
const open: IncomingMessage[] = [];

beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(instance, "site", rawArchive({ name: "written", content: "", mode: 0o644 }));
});
afterAll(() => instance.remove());
afterEach(async () => {
  for (const reply of open.splice(0)) reply.destroy();
  for (const { pid } of await processes(instance)) await kill(instance, pid);
});

const mebibyte = 1 << 20;
const everyByte = Array.from({ length: 256 }, (_, byte) => byte);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** An answer of which nothing has been read yet. */
async function openOutput(pid: number, query: string): Promise<IncomingMessage> {
  const path = `/api/v1/processes/${pid}/output?${query}`;
  const asked = request({
    host: "127.0.0.1",
    port: instance.port,
    path,
    agent: false,
    headers: { authorization: `Bearer ${instance.token}` },
  });
  asked.end();
  const [reply]: IncomingMessage[] = await once(asked, "response");
  if (reply === undefined) throw new Error("no answer");
  open.push(reply);
  expect(reply.statusCode).toBe(200);
  return reply;
}

interface Taken {
  bytes: { stdout: number; stderr: number };
  hash: { stdout: string; stderr: string };
  gaps: { stdout: number; stderr: number }[];
  outcome: Outcome | undefined;
}

/** Reads an answer to its end without keeping it. */
async function take(reply: IncomingMessage): Promise<Taken> {
  const decoder = new FrameDecoder();
  const hashes = { stdout: createHash("sha256"), stderr: createHash("sha256") };
  const taken: Omit<Taken, "hash"> = { bytes: { stdout: 0, stderr: 0 }, gaps: [], outcome: undefined };
  const one = (frame: Frame): void => {
    if (frame.type === "gap") taken.gaps.push({ stdout: frame.stdout, stderr: frame.stderr });
    else if (frame.type === "end")
      taken.outcome = outcomeSchema.parse(JSON.parse(Buffer.from(frame.payload).toString()));
    else {
      taken.bytes[frame.type] += frame.data.length;
      hashes[frame.type].update(frame.data);
    }
  };
  for await (const chunk of reply as AsyncIterable<Buffer>) for (const frame of decoder.push(chunk)) one(frame);
  return { ...taken, hash: { stdout: hashes.stdout.digest("hex"), stderr: hashes.stderr.digest("hex") } };
}

const sendInput = (pid: number, body: Uint8Array<ArrayBuffer> | string, end = true): Promise<Response> =>
  instance.api(`/api/v1/processes/${pid}/stdin?end=${end}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/octet-stream" },
  });

const done = { kind: "code", code: 0 };

describe("output", () => {
  test("is two streams, each whole and in its order", async () => {
    const script = "import os\nfor n in range(20000): os.write(1, b'o%d\\n' % n); os.write(2, b'e%d\\n' % n)";
    const { stdout, stderr } = await run(instance, { argv: python(script), table: ["MEM:64Mi"] });
    const lines = (letter: string): string => Array.from({ length: 20_000 }, (_, n) => `${letter}${n}\n`).join("");
    expect(stdout === lines("o")).toBe(true);
    expect(stderr === lines("e")).toBe(true);
  });

  test("is bytes, whatever they are", async () => {
    const script = "import os\nfor fd in (1, 2): os.write(fd, bytes(range(256)) + bytes(reversed(range(256))))";
    const { pid } = await spawn(instance, { argv: python(script), table: ["MEM:64Mi"] });
    const { stdout, stderr } = await outputOf(instance, pid);
    const expected = Buffer.from([...everyByte, ...everyByte.toReversed()]);
    expect(stdout).toEqual(expected);
    expect(stderr).toEqual(expected);
  });

  test("is all there when the program has ended, also what it wrote last, and what its children wrote", async () => {
    const script =
      "import os, sys\nif os.fork() == 0:\n  os.write(1, b'c' * 60000); os._exit(0)\nos.wait(); os.write(1, b'p' * 60000); os.kill(os.getpid(), 9)";
    const { stdout, outcome } = await run(instance, { argv: python(script), table: ["MEM:64Mi"] });
    expect(outcome).toEqual({ kind: "signal", signal: "SIGKILL" });
    expect(stdout === "c".repeat(60_000) + "p".repeat(60_000)).toBe(true);
  });

  test("ends with the process, not when the program closes its streams", async () => {
    const script = "import os, time\nos.write(1, b'x'); os.close(1); os.close(2); time.sleep(1); os._exit(6)";
    const { stdout, outcome } = await run(instance, { argv: python(script), table: ["MEM:64Mi"] });
    expect([stdout, outcome]).toEqual(["x", { kind: "code", code: 6 }]);
  });

  test("can be had again from any offset, and is the tail from there", async () => {
    const script = "import os\nfor n in range(3000): os.write(1, b'line %d\\n' % n); os.write(2, b'err %d;' % n)";
    const { pid } = await spawn(instance, { argv: python(script), table: ["MEM:64Mi"] });
    const whole = await outputOf(instance, pid);
    expect((await inspect(instance, pid)).output).toEqual({
      stdoutBytes: whole.stdout.length,
      stderrBytes: whole.stderr.length,
    });
    for (const share of [0, 0.001, 0.25, 0.5, 0.77, 0.9999, 1]) {
      const from = {
        stdout: Math.floor(whole.stdout.length * share),
        stderr: Math.floor(whole.stderr.length * (1 - share)),
      };
      const taken = await take(await openOutput(pid, `stdout=${from.stdout}&stderr=${from.stderr}`));
      expect(taken.hash.stdout).toBe(sha256(whole.stdout.subarray(from.stdout)));
      expect(taken.hash.stderr).toBe(sha256(whole.stderr.subarray(from.stderr)));
      expect(taken.gaps).toEqual([]);
    }
    const beyond = instance.api(`/api/v1/processes/${pid}/output?stdout=${whole.stdout.length + 1}`);
    expect(await faultOf(beyond)).toMatchObject({ code: "invalid" });
  });

  test("is the same for a reader who came before it and one who came after", async () => {
    const { pid } = await spawn(instance, {
      argv: ["sh", "-c", "read go; seq 1 200000"],
      stdin: true,
      table: ["MEM:64Mi"],
    });
    const early = take(await openOutput(pid, "follow=true"));
    await sendInput(pid, "go\n");
    const expected = sha256(Buffer.from(Array.from({ length: 200_000 }, (_, n) => `${n + 1}\n`).join("")));
    expect(await early).toMatchObject({ hash: { stdout: expected }, outcome: done });
    expect(await take(await openOutput(pid, "follow=true"))).toMatchObject({
      hash: { stdout: expected },
      outcome: done,
    });
  });

  test("beyond OUT keeps its last part, and the gap before it tells how much is missing", async () => {
    const total = 4 * mebibyte;
    const script = `import os\nfor n in range(${total / 64}): os.write(1, b'%063d\\n' % n)`;
    const { pid } = await spawn(instance, { argv: python(script), table: ["MEM:64Mi", "OUT:1Mi"] });
    expect(await outcomeOf(instance, pid)).toEqual(done);
    const taken = await take(await openOutput(pid, "follow=true"));
    expect(taken.gaps).toHaveLength(1);
    const missing = taken.gaps[0]?.stdout ?? 0;
    expect(missing + taken.bytes.stdout).toBe(total);
    expect(taken.bytes.stdout).toBeGreaterThan(mebibyte / 2);
    expect(taken.bytes.stdout).toBeLessThan(2 * mebibyte);
    const line = (n: number): string => `${String(n).padStart(63, "0")}\n`;
    const whole = Buffer.from(Array.from({ length: total / 64 }, (_, n) => line(n)).join(""));
    expect(taken.hash.stdout).toBe(sha256(whole.subarray(missing)));
    expect(taken.outcome).toEqual(done);
  });

  test("of one line of 100 MiB comes through the command as it is", async () => {
    const bytes = 100 * mebibyte;
    const ended = await instance.cli(["run", "--", "sh", "-c", `head -c ${bytes} /dev/zero | tr '\\0' x`]);
    expect([ended.code, ended.stderr, ended.stdout.length]).toEqual([0, "", bytes]);
    expect(sha256(ended.stdout)).toBe(sha256(Buffer.alloc(bytes, "x")));
  });
});

describe("readers who go", () => {
  test("are let go at once, also where the program says nothing more", async () => {
    const { pid } = await spawn(instance, { argv: ["sh", "-c", "echo one; exec sleep 3600"], table: ["MEM:64Mi"] });
    const held = (): number => openFiles(instance.kernel.pid ?? 0).filter((path) => path.endsWith(".frames")).length;
    await waitFor("the program has written", async () => (await inspect(instance, pid)).output.stdoutBytes === 4);
    const before = held();
    const replies = await Promise.all(Array.from({ length: 20 }, () => openOutput(pid, "follow=true")));
    await waitFor("the readers are there", () => held() === before + 20);
    for (const reply of replies) reply.destroy();
    await waitFor("nothing is held for them", () => held() === before);
    expect((await inspect(instance, pid)).state.phase).toBe("running");
  });
});

describe("input", () => {
  test("is any bytes, twenty mebibytes of them, and an end", async () => {
    const sent = randomBytes(20 * mebibyte);
    const { pid } = await spawn(instance, { argv: ["cat"], stdin: true, lossless: true, table: ["MEM:64Mi"] });
    const reading = openOutput(pid, "follow=true&lossless=true").then(take);
    const reply = await sendInput(pid, new Uint8Array(sent));
    expect([reply.status, await reply.json()]).toEqual([200, { bytes: sent.length }]);
    expect(await reading).toMatchObject({
      bytes: { stdout: sent.length },
      hash: { stdout: sha256(sent) },
      outcome: done,
    });
  });

  test("can come in parts, and ends when its sender says so", async () => {
    const { pid } = await spawn(instance, { argv: ["cat"], stdin: true, table: ["MEM:64Mi"] });
    for (const part of ["one ", "two ", "three"]) expect((await sendInput(pid, part, false)).status).toBe(200);
    await waitFor(
      "the parts are echoed",
      async () => (await outputOf(instance, pid, false)).stdout.toString() === "one two three",
    );
    expect((await inspect(instance, pid)).state.phase).toBe("running");
    await sendInput(pid, "", true);
    expect(await outcomeOf(instance, pid)).toEqual(done);
    expect(await faultOf(sendInput(pid, "late"))).toMatchObject({ code: "bad_state" });
  });

  test("is at its end at once for a program that was given none", async () => {
    const { pid, stdout, outcome } = await run(instance, { argv: ["sh", "-c", "cat; echo end"], table: ["MEM:64Mi"] });
    expect([stdout, outcome]).toEqual(["end\n", done]);
    expect(await faultOf(sendInput(pid, "x"))).toMatchObject({ code: "bad_state" });
  });

  test("that the program does not read is dropped at its end, and its sender is answered", async () => {
    const { pid } = await spawn(instance, {
      argv: ["sh", "-c", "head -c 10; exit 3"],
      stdin: true,
      table: ["MEM:64Mi"],
    });
    const answer = await sendInput(pid, new Uint8Array(8 * mebibyte));
    expect([200, 409]).toContain(answer.status);
    expect(await outcomeOf(instance, pid)).toEqual({ kind: "code", code: 3 });
  });
});

describe("an input that is opened again by its name", () => {
  const byName = [
    ["cat", ["cat", "/dev/stdin"]],
    ["sort", ["sort", "/dev/stdin"]],
    ["sh", ["sh", "-c", 'while read -r line; do echo "$line"; done </dev/stdin']],
    ["bash", ["bash", "-c", 'echo "$(</dev/stdin)"']],
    ["Python", python("import shutil, sys; shutil.copyfileobj(open('/dev/stdin'), sys.stdout)")],
  ] as const;

  test.each(byName)("is read by %s, with input and after its end", async (_, argv) => {
    const late = ["sh", "-c", 'read -r line; sleep 1; printf "%s\\n" "$line" && exec "$@"', "sh", ...argv];
    const [{ pid }, { pid: begun }] = await Promise.all([
      spawn(instance, { argv, stdin: true, table: ["MEM:64Mi"] }),
      spawn(instance, { argv: late, stdin: true, table: ["MEM:64Mi"] }),
    ]);
    await Promise.all([sendInput(pid, "a\nb\n"), sendInput(begun, "a\nb\n")]);
    for (const each of [pid, begun]) {
      expect(await outcomeOf(instance, each)).toEqual(done);
      expect((await outputOf(instance, each)).stdout.toString()).toBe("a\nb\n");
    }
  });

  test("is read again and again, and at its end each time", async () => {
    const again = "cat; for n in 1 2 3; do cat /dev/stdin; sleep 0.4; done; echo end";
    const { pid } = await spawn(instance, { argv: ["sh", "-c", again], stdin: true, table: ["MEM:64Mi"] });
    await sendInput(pid, "once\n");
    expect(await outcomeOf(instance, pid)).toEqual(done);
    expect((await outputOf(instance, pid)).stdout.toString()).toBe("once\nend\n");
  });

  test.each(byName)("is nothing to %s that was given none", async (_, argv) => {
    const { stdout, outcome } = await run(instance, { argv, table: ["MEM:64Mi"] });
    expect([stdout.trim(), outcome]).toEqual(["", done]);
  });
});

describe("a reader who wants everything and reads nothing", () => {
  const total = 300;
  /** Writes a mebibyte at a time, and how many it has written into its project. */
  const script = [
    "import os",
    "block = bytes(range(256)) * 4096",
    "count = os.open('/project/written', os.O_WRONLY)",
    `for n in range(1, ${total} + 1):`,
    "  left = memoryview(block)",
    "  while left: left = left[os.write(1, left):]",
    "  os.pwrite(count, b'%06d' % n, 0)",
  ].join("\n");

  async function written(): Promise<number> {
    const reply = await instance.api(`/api/v1/projects/${project.id}/content?path=written`);
    return Number(await reply.text());
  }

  test("holds the program back, costs the server no memory, and then gets every byte", async () => {
    const kernel = instance.kernel.pid ?? 0;
    const gateway = await servicePid(instance, "gateway");
    const before = { kernel: residentBytes(kernel), gateway: residentBytes(gateway) };
    const peak = { ...before };
    const look = (): void => {
      peak.kernel = Math.max(peak.kernel, residentBytes(kernel));
      peak.gateway = Math.max(peak.gateway, residentBytes(gateway));
    };
    const table = ["FS_READ:/project", "FS_WRITE:/project", "MEM:64Mi", "OUT:16Mi"];
    const { pid } = await spawn(instance, { argv: python(script), project: project.id, table, lossless: true });
    const reply = await openOutput(pid, "follow=true&lossless=true");

    let last = -1;
    let unchanged = 0;
    await waitFor("the program writes no more", async () => {
      const now = await written();
      look();
      unchanged = now === last && now > 0 ? unchanged + 1 : 0;
      last = now;
      return unchanged === 30;
    });
    expect(last).toBeGreaterThan(8);
    expect(last).toBeLessThan(64);
    expect((await inspect(instance, pid)).state.phase).toBe("running");

    const watching = setInterval(look, 100);
    const taken = await take(reply).finally(() => clearInterval(watching));
    look();
    const whole = createHash("sha256");
    const block = Buffer.alloc(mebibyte, Buffer.from(everyByte));
    for (let n = 0; n < total; n += 1) whole.update(block);
    expect(taken).toMatchObject({ bytes: { stdout: total * mebibyte }, gaps: [], outcome: done });
    expect(taken.hash.stdout).toBe(whole.digest("hex"));
    expect(await written()).toBe(total);
    const grown = { kernel: peak.kernel - before.kernel, gateway: peak.gateway - before.gateway };
    expect(grown.kernel, JSON.stringify(grown)).toBeLessThan(64 * mebibyte);
    expect(grown.gateway, JSON.stringify(grown)).toBeLessThan(64 * mebibyte);
  });

  test("does not hold the program once it is gone", async () => {
    const table = ["FS_READ:/project", "FS_WRITE:/project", "MEM:64Mi", "OUT:16Mi"];
    const { pid } = await spawn(instance, { argv: python(script), project: project.id, table, lossless: true });
    const reply = await openOutput(pid, "follow=true&lossless=true");
    await waitFor("the program has written", async () => (await written()) > 0);
    reply.destroy();
    expect(await outcomeOf(instance, pid)).toEqual(done);
    expect(await written()).toBe(total);
  });

  test("is not noticed by others: the same output goes to a second reader at its own speed", async () => {
    const { pid } = await spawn(instance, {
      argv: ["sh", "-c", "read go; seq 1 2000000"],
      stdin: true,
      table: ["MEM:64Mi"],
    });
    await openOutput(pid, "follow=true");
    const second = take(await openOutput(pid, "follow=true"));
    await sendInput(pid, "go\n");
    const taken = await second;
    expect([taken.bytes.stdout, taken.gaps, taken.outcome]).toEqual([14_888_896, [], done]);
  });
});
