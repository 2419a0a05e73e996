import { setTimeout as sleep } from "node:timers/promises";
import { createInterface } from "node:readline";
import { parseAtDoor, questionLineSchema, toFault, type QuestionName, type SyscallInput } from "../kernel/abi/index.ts";
import type { KernelClient, Log } from "../kernel/client/index.ts";
import { answer, type Policy } from "./answer.ts";

/**
 * Policy's side of the kernel's questions: it listens for as long as the kernel lives, and answers every question.
 *
 * A question that cannot be answered is answered with a fault, so that no requester waits in vain. A lost connection
 * is opened again, at first at once and then ever more slowly.
 */

interface Attendance {
  client: KernelClient;
  policy: Policy;
  log: Log;
  signal: AbortSignal;
}

const shortestPauseMs = 100;
const longestPauseMs = 2000;

export async function attend(attendance: Attendance): Promise<void> {
  const { log, signal } = attendance;
  let pauseMs = shortestPauseMs;
  while (!signal.aborted) {
    try {
      await attendOnce(attendance, () => {
        pauseMs = shortestPauseMs;
      });
      log("warn", "the kernel ended the questions");
    } catch (error) {
      if (signal.aborted) return;
      log("warn", "the kernel's questions cannot be heard", { error });
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

async function attendOnce(attendance: Attendance, onOpen: () => void): Promise<void> {
  const { client, log, signal } = attendance;
  const stream = await client.openStream("policy_attend", {}, { signal });
  onOpen();
  log("info", "attending");
  const failed = new Promise<never>((_resolve, reject) => stream.once("error", reject));
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  const heard = (async () => {
    for await (const line of lines) if (line !== "") void reply(attendance, line);
  })();
  try {
    await Promise.race([heard, failed]);
  } finally {
    lines.close();
    stream.destroy();
  }
}

async function reply(attendance: Attendance, line: string): Promise<void> {
  const { client, log, policy, signal } = attendance;
  try {
    const { id, name, request } = parseAtDoor(questionLineSchema, JSON.parse(line), "question");
    const said = respond({ policy, log }, { id, name, request });
    await client.call("policy_answer", said, { signal });
  } catch (error) {
    if (!signal.aborted) log("error", "a question was not answered", { error });
  }
}

interface Question {
  id: number;
  name: QuestionName;
  request: unknown;
}

function respond(parts: { policy: Policy; log: Log }, question: Question): SyscallInput<"policy_answer"> {
  const { id, name, request } = question;
  try {
    return { id, answer: answer(parts.policy, name, request) };
  } catch (error) {
    const { code, message, hint } = toFault(error);
    if (code === "internal") parts.log("error", "a question failed", { question: name, error });
    else parts.log("info", "refused", { question: name, code, reason: message });
    return { id, fault: { code, message, hint } };
  }
}
