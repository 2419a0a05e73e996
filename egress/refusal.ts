import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { Fault, type FaultCode, toFault } from "../kernel/abi/index.ts";

/**
 * How a process's program is told that it does not get what it asked its proxy for.
 *
 * A text for a person, with the missing capability where one was missing. Nothing of a defect's details is told.
 */

const statusOf: Readonly<Record<FaultCode, number>> = {
  invalid: 400,
  denied: 403,
  not_found: 502,
  conflict: 502,
  bad_state: 502,
  exhausted: 503,
  unavailable: 502,
  timed_out: 504,
  unsupported: 501,
  internal: 500,
};

/** How long a refused program may take to read why. */
const lingerMs = 1000;

export interface Refusal {
  status: number;
  text: string;
  /** In order, name and value in turn. */
  headers: string[];
}

export function refusalOf(thrown: unknown): Refusal {
  const fault = toFault(thrown);
  const text = `SuperOS: ${fault.message}\n${fault.hint}\n`;
  const length = String(Buffer.byteLength(text));
  const headers = ["Content-Type", "text/plain; charset=utf-8", "Content-Length", length];
  return { status: statusOf[fault.code], text, headers };
}

/** Answers where there is no response object, and closes the connection once that is read. */
export function refuseOn(socket: Socket, thrown: unknown, status?: number): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = refusalOf(thrown);
  const code = status ?? refusal.status;
  const [type, typeValue, length, lengthValue] = refusal.headers;
  const head = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? "Refused"}`,
    `${type}: ${typeValue}`,
    `${length}: ${lengthValue}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${refusal.text}`);
  // Closing with unread bytes could take the answer away from who still writes.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("end", () => socket.destroySoon()).once("close", () => clearTimeout(timer));
}

export const tooManyConnections = (most: number): Fault =>
  new Fault("exhausted", `this process has ${most} connections open already`, { hint: "Close some, then try again." });
