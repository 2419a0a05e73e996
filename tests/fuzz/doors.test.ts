import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { syscalls, type SyscallName } from "../../kernel/abi/index.ts";
import { Instance } from "../setup/instance.ts";
import { fromSchema } from "./from-schema.ts";
import { type Health, healthOf, healthAfterRun } from "./health.ts";
import { sample, sayHow, timeout } from "./runs.ts";
import { bodies } from "./spoiled.ts";
import { type Answer, codeOf, wrongWithSyscall } from "./verdict.ts";

/**
 * The sockets of the services, called by somebody who is no service of this kernel: each syscall that is not the door's
 * is refused, a session that is made up is nobody's, and whatever is sent is answered as documented.
 */

const answerMs = 30_000;
const madeUp = "A".repeat(43);

let instance: Instance;
let before: Health;

beforeAll(async () => {
  sayHow("the services' sockets");
  instance = await Instance.start();
  before = await healthOf(instance);
});
afterAll(() => instance?.remove());

const doors = { policy: ["policy", "kernel.sock"], gateway: ["run", "gateway", "kernel.sock"] } as const;
type Door = keyof typeof doors;

const pathOf = (door: Door): string => join(instance.home, ...doors[door]);

function answerAt(door: Door, name: string, body: Buffer): Promise<Answer | string> {
  const { promise, resolve } = Promise.withResolvers<Answer | string>();
  const head = encodeURIComponent(body.toString("utf8").toWellFormed()).slice(0, 8000);
  const headers = { "superos-session": madeUp, "superos-request": head, "content-length": String(body.length) };
  const asked = request({ socketPath: pathOf(door), path: `/v1/${name}`, method: "POST", headers }, (reply) => {
    text(reply).then(
      (whole) => resolve({ status: reply.statusCode ?? 0, body: whole }),
      (error: unknown) => resolve(`cut off: ${String(error)}`),
    );
  });
  const late = setTimeout(() => asked.destroy(new Error("late")), answerMs);
  asked.once("error", (error) => resolve(`no answer: ${error.message}`));
  asked.once("close", () => clearTimeout(late));
  asked.end(body);
  return promise;
}

/** What a service says of itself is believed of whoever may open its socket: only that is left out. */
const ownWord: Record<Door, readonly string[]> = { policy: ["policy_attend"], gateway: ["gateway_ready"] };

describe.each(["policy", "gateway"] as const)("at the socket of %s", (door) => {
  test(
    "nothing is had by who is no session, and everything is answered",
    async () => {
      const wrong: string[] = [];
      for (const name of Object.keys(syscalls) as SyscallName[]) {
        if (ownWord[door].includes(name)) continue;
        for (const body of sample(bodies(fromSchema(syscalls[name].request, {})), 12)) {
          const answer = await answerAt(door, name, body);
          const what = typeof answer === "string" ? answer : wrongWithSyscall(name, answer);
          if (what !== undefined || (typeof answer !== "string" && answer.status === 200))
            wrong.push(`${name}: ${what ?? "allowed"} <- ${body.toString().slice(0, 300)}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(await healthAfterRun(instance)).toEqual(before);
    },
    timeout,
  );

  test(
    "bytes that are no requests are answered or cut off",
    async () => {
      const beginnings = fc.constantFrom(
        "",
        "POST /v1/status HTTP/1.1\r\n",
        "POST /v1/policy_answer HTTP/1.1\r\nHost: k\r\n",
      );
      for (const [head, rest] of sample(fc.tuple(beginnings, fc.uint8Array({ maxLength: 300 })), 100)) {
        const socket = connect(pathOf(door));
        const late = setTimeout(() => socket.destroy(new Error("late")), answerMs);
        socket.end(Buffer.concat([Buffer.from(head), rest]));
        const answer = await text(socket).catch(codeOf);
        clearTimeout(late);
        expect(answer).toMatch(/^(HTTP\/1\.1 [14]\d\d [^]*|ECONNRESET|EPIPE|)$/);
      }
      expect(await healthAfterRun(instance)).toEqual(before);
    },
    timeout,
  );
});
