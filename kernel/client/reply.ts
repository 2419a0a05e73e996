import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { Fault, faultSchema } from "../abi/index.ts";

/**
 * What comes back from the kernel, or does not: text, faults, and the errors of a socket.
 *
 * A socket's error never leaves as such: a kernel that cannot be reached is the fault `unavailable`, and a call that
 * its caller gave up keeps the caller's own reason.
 */

const faultReplySchema = z.strictObject({ fault: faultSchema });

const awayCodes = new Set(["ECONNREFUSED", "ENOENT", "ECONNRESET", "EPIPE", "ENOTCONN", "ECONNABORTED", "EACCES"]);

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** The fault behind a failed exchange. */
export function unanswered(error: unknown): Error {
  if (error instanceof Fault) return error;
  if (error instanceof Error && error.name === "AbortError") return error;
  if (awayCodes.has(codeOf(error))) return new Fault("unavailable", "the kernel does not answer", { cause: error });
  return new Fault("internal", "the exchange with the kernel failed", { cause: error });
}

export async function readText(reply: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of reply) chunks.push(chunk as Buffer);
  } catch (error) {
    throw unanswered(error);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export function faultOf(status: number, text: string): Fault {
  try {
    return Fault.fromBody(faultReplySchema.parse(JSON.parse(text)).fault);
  } catch (error) {
    return new Fault("internal", `the kernel refused with status ${status} and no reason`, { cause: error });
  }
}
