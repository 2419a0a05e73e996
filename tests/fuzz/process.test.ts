import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ProjectView, syscalls, type SyscallName } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { intruder } from "../attacks/door-inside.ts";
import type { Inside } from "../kernel/inside.ts";
import { Instance } from "../setup/instance.ts";
import { importProject, kill, spawn } from "../system/caller.ts";
import { capsOf } from "../system/slots.ts";
import { fromSchema, type Known } from "./from-schema.ts";
import { type Health, healthOf, healthAfterRun } from "./health.ts";
import { sample, sayHow, timeout } from "./runs.ts";
import { bodies } from "./spoiled.ts";
import { wrongWithSyscall } from "./verdict.ts";

/**
 * A process's own socket under requests that are made from the table of syscalls: right ones, nearly right ones, any
 * JSON, any bytes. Each is answered within its time as documented; the process itself goes on, for it asks for nothing
 * that ends it.
 */

const answerSeconds = 30;

let instance: Instance;
let project: ProjectView;
let before: Health;
let stranger: number;
let box: Inside;

beforeAll(async () => {
  sayHow("a process's socket");
  instance = await Instance.start();
  project = await importProject(instance, "p", rawArchive({ name: "a", content: "x" }));
  stranger = (await spawn(instance, { argv: ["sleep", "3600"], table: ["MEM:32Mi"] })).pid;
  before = await healthOf(instance);
});
afterAll(() => instance?.remove());

const rights = [
  "MEM:256Mi",
  "CPU:1",
  "PIDS:96",
  "PROC_SPAWN:python",
  "FS_READ:/project",
  "NET_BIND:localhost:8000",
].concat(["IPC_SEND:*", "IPC_RECV:*"]);

/** A fresh one for each syscall: what it drops, and how fast it may call, is its own. */
async function freshBox(signals: boolean): Promise<Inside> {
  const inside = await intruder(instance, {
    project: project.id,
    table: signals ? [...rights, "PROC_SIGNAL"] : rights,
  });
  await inside.ask(z.literal("ready"), asker);
  return inside;
}

/** Sends what it is given, several at a time; a stream is left after its head. */
const asker = `
import base64
def sent(name, head, body):
    connection = superos._Connection("kernel")
    connection.timeout = ${answerSeconds}
    try:
        connection.request("POST", f"/v1/{name}", base64.b64decode(body), {"superos-request": head} if head else {})
        response = connection.getresponse()
        stream = response.status == 200 and response.getheader("content-type") != "application/json"
        return [response.status, "" if stream else response.read().decode("utf8", "replace")]
    except TimeoutError: return [0, "no answer in time"]
    except (OSError, http.client.HTTPException) as error: return [0, repr(error)]
    finally: connection.close()
def all_of(batch):
    results = [None] * len(batch)
    left = iter(list(enumerate(batch)))
    lock = threading.Lock()
    def work():
        while True:
            with lock: one = next(left, None)
            if one is None: return
            results[one[0]] = sent(*one[1])
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return results
answer = "ready"
`;

const answers = z.array(z.tuple([z.number(), z.string()]));

function requestsOf(name: SyscallName, known: Known): fc.Arbitrary<{ head: string; body: Buffer }> {
  const shape = syscalls[name];
  const made = bodies(fromSchema(shape.request, known));
  if (shape.body === "json") return made.map((body) => ({ head: "", body }));
  const head = made.map((bytes) => encodeURIComponent(bytes.toString("utf8").toWellFormed()).slice(0, 8000));
  return fc.record({ head, body: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)) });
}

async function knownTo(inside: Inside): Promise<Known> {
  const child = await inside.ask(z.number(), `answer = spawn("sleep", "600", cap=["MEM:16Mi", "CPU:0.1", "PIDS:8"])`);
  const slots = [...(await capsOf(instance, inside.pid)), ...(await capsOf(instance, child))].map(({ slot }) => slot);
  return {
    pid: fc.constantFrom(child, child, child, child, stranger, 999_999),
    slot: fc.constantFrom(...slots, 1, 999_999),
    project: fc.constantFrom(project.id, project.id, project.id, null),
    argv: fc.constantFrom(["true"], ["not-there"]),
    // At most the child's whole end is waited for.
    timeoutMs: fc.integer({ min: 0, max: 50 }),
  };
}

/** A wait that is nearly right may be one of ten minutes: one for what does not end is not made. */
const isEndless = (name: string, body: Buffer): boolean =>
  (name === "wait" || name === "queue_receive") && /"(timeoutMs|waitMs)":\s*\d{4,}/.test(body.toString());

describe("every syscall", () => {
  const own = Object.entries(syscalls).filter(([, { by }]) => by === "process" || by === "principal");
  const foreign = Object.entries(syscalls).filter(([, { by }]) => by !== "process" && by !== "principal");
  const usual = (name: string): number => (name === "spawn" ? 25 : 40);

  async function wrongAnswers(names: readonly SyscallName[], each: (name: string) => number): Promise<string[]> {
    const known = await knownTo(box);
    const wrong: string[] = [];
    for (const name of names) {
      const made = sample(requestsOf(name, known), each(name)).filter(({ body }) => !isEndless(name, body));
      for (let at = 0; at < made.length; at += 50) {
        const batch = made.slice(at, at + 50);
        const asked = batch.map(({ head, body }) => [name, head, body.toString("base64")]);
        const said = await box.ask(answers, `answer = all_of(json.loads(${JSON.stringify(JSON.stringify(asked))}))`);
        said.forEach(([status, body], index) => {
          const what = wrongWithSyscall(name, { status, body });
          const { head, body: bytes } = batch[index] ?? { head: "", body: Buffer.alloc(0) };
          if (what !== undefined) wrong.push(`${name}: ${what} <- ${head} ${bytes.toString().slice(0, 300)}`);
        });
      }
    }
    await kill(instance, box.pid);
    return wrong;
  }

  test.each(own.map(([name]) => name as SyscallName))(
    "%s answers as documented, whatever a process sends",
    async (name) => {
      box = await freshBox(name !== "spawn");
      expect(await wrongAnswers([name], usual)).toEqual([]);
      expect(await healthAfterRun(instance)).toEqual(before);
    },
    timeout,
  );

  test(
    "that is not for processes is refused, whatever a process sends",
    async () => {
      box = await freshBox(true);
      expect(
        await wrongAnswers(
          foreign.map(([name]) => name as SyscallName),
          () => 5,
        ),
      ).toEqual([]);
      expect(await healthAfterRun(instance)).toEqual(before);
    },
    timeout,
  );
});

test(
  "bytes that are no requests are answered or cut off",
  async () => {
    box = await freshBox(true);
    const beginnings = [
      "",
      "POST /v1/self HTTP/1.1\r\n",
      "POST /v1/stdin HTTP/1.1\r\nHost: k\r\nsuperos-request: ",
      "GET /",
    ];
    const bytes = fc.tuple(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 300 }));
    const made = sample(bytes, 200).map(([head, rest]) => Buffer.concat([Buffer.from(head), rest]));
    for (let at = 0; at < made.length; at += 100) {
      const asked = made.slice(at, at + 100).map((each) => each.toString("base64"));
      const said = await box.ask(
        z.array(z.string()),
        `answer = [raw(base64.b64decode(each), seconds=${answerSeconds})[:12] for each in json.loads(${JSON.stringify(JSON.stringify(asked))})]`,
      );
      for (const answer of said) expect(answer).toMatch(/^(HTTP\/1\.1 [124].*|ECONNRESET|EPIPE|)$/);
    }
    await kill(instance, box.pid);
    expect(await healthAfterRun(instance)).toEqual(before);
  },
  timeout,
);
