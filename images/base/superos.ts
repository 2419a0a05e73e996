import { request, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";

/**
 * The kernel of SuperOS from inside a process: each function is one syscall, made in the name of this process.
 *
 * What the kernel refuses is thrown as a `Fault`. Answers are what the kernel gives, in the shapes of its ABI. The
 * module needs Node's standard library alone, and no build: Node runs it as it is.
 */

export interface Slot {
  slot: number;
  holder: number;
  capability: string;
  from: { slot: number; holder: number } | null;
  delegable: boolean;
  left: string | null;
  derived: number;
}

/** The part of a process's view that programs need most; all the rest is there, too. */
export interface Process {
  pid: number;
  parent: number | null;
  runtime: string | null;
  argv: string[];
  table: string[];
  state: { phase: string; outcome?: Outcome };
  [field: string]: unknown;
}

export interface Outcome {
  kind: "code" | "signal" | "oom" | "timeout" | "quota" | "revoked" | "killed" | "fault";
  code?: number | string;
  [field: string]: unknown;
}

export interface SpawnOptions {
  /** The child's capabilities; quotas that are not named are the runtime's, and at most half of what is left. */
  cap?: readonly string[];
  /** As `cap`, but the child may not hand them on. */
  seal?: readonly string[];
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Without it, this process's own. */
  runtime?: string;
  /** The name by which others of the project reach its ports. */
  name?: string;
  stdin?: boolean;
}

export interface Output {
  /** `gap`: the oldest output was dropped here. */
  stream: "stdout" | "stderr" | "gap";
  data: Uint8Array;
}

/** A refusal. `missing` is the capability that would have been needed. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: string;
  readonly hint: string;
  readonly missing: string | undefined;

  constructor(fault: { code: string; message: string; hint?: string; missing?: string }) {
    super(fault.message);
    this.code = fault.code;
    this.hint = fault.hint ?? "";
    this.missing = fault.missing;
  }
}

const frameNames = ["", "stdout", "stderr", "gap", "end"] as const;
const frameHeaderBytes = 5;

async function ask(
  name: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const socketPath = process.env["SUPEROS_SOCKET"] ?? "/run/superos/kernel.sock";
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked = request({ socketPath, method: "POST", path: `/v1/${name}`, headers, agent: false }, resolve);
  asked.once("error", (error) => {
    reject(new Fault({ code: "unavailable", message: `the kernel cannot be reached: ${error.message}` }));
  });
  asked.end(body);
  const reply = await promise;
  if (reply.statusCode === 200) return reply;
  const { fault } = (await json(reply)) as { fault: ConstructorParameters<typeof Fault>[0] };
  throw new Fault(fault);
}

async function call<T>(name: string, body: Record<string, unknown> = {}): Promise<T> {
  return (await json(await ask(name, JSON.stringify(body)))) as T;
}

/** This process. */
export const self = (): Promise<Process> => call("self");

/** The slots of a process, without a pid this one's. */
export async function caps(pid?: number): Promise<Slot[]> {
  return (await call<{ slots: Slot[] }>("caps", { pid: pid ?? (await self()).pid })).slots;
}

/** Starts a child. */
export async function spawn(argv: readonly string[], options: SpawnOptions = {}): Promise<Process> {
  const { cap = [], seal = [], runtime = (await self()).runtime, ...more } = options;
  return call("spawn", { ...more, runtime, argv, table: cap, sealed: seal });
}

/** How a process ended; `null` when it has not within `timeoutMs`. */
export async function wait(pid: number): Promise<Outcome>;
export async function wait(pid: number, timeoutMs: number): Promise<Outcome | null>;
export async function wait(pid: number, timeoutMs?: number): Promise<Outcome | null> {
  for (;;) {
    const { outcome } = await call<{ outcome: Outcome | null }>("wait", { pid, timeoutMs: timeoutMs ?? 600_000 });
    if (outcome !== null || timeoutMs !== undefined) return outcome;
  }
}

/** Sends a signal, such as `SIGTERM`; `SIGKILL` ends the process and everything that it started. */
export async function signal(pid: number, name: string): Promise<void> {
  await call("signal", { pid, signal: name });
}

/** Gives bytes to a child that was spawned with `stdin`, and closes its input unless told otherwise. */
export async function stdin(pid: number, data: string | Uint8Array, end = true): Promise<void> {
  (await ask("stdin", data, { "superos-request": JSON.stringify({ pid, end }) })).resume();
}

/** What a process has written; with `follow` all until its end. */
export async function* output(pid: number, follow = false): AsyncGenerator<Output> {
  let rest = Buffer.alloc(0);
  for await (const chunk of (await ask("output", JSON.stringify({ pid, follow }))) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= frameHeaderBytes && rest.length >= frameHeaderBytes + rest.readUInt32BE(1)) {
      const end = frameHeaderBytes + rest.readUInt32BE(1);
      const stream = frameNames[rest[0] ?? 0];
      const data = rest.subarray(frameHeaderBytes, end);
      rest = rest.subarray(end);
      if (stream === "end") return;
      if (stream === "gap") yield { stream, data: new Uint8Array() };
      else if (stream === "stdout" || stream === "stderr") yield { stream, data };
    }
  }
}

/** This process and its descendants, also those that have ended. */
export async function list(): Promise<Process[]> {
  return (await call<{ processes: Process[] }>("list", { all: true })).processes;
}

/** Forgets a process that has ended, with its output. */
export async function reap(pid: number): Promise<Outcome> {
  return (await call<{ outcome: Outcome }>("reap", { pid })).outcome;
}

/** Hands one of this process's capabilities, or less of it, to a running process; returns the new slot. */
export async function grant(pid: number, capability: string, delegable = true): Promise<Slot> {
  return (await call<{ slot: Slot }>("grant", { pid, capability, delegable })).slot;
}

/** Takes a slot away with all that derives from it; with `preview` only says what that would be. */
export const revoke = (pid: number, slot: number, preview = false): Promise<{ slots: Slot[]; ends: number[] }> =>
  call("revoke", { pid, slot, preview });

/** Gives up a slot of this process's own, and all that derives from it, for good. */
export async function drop(slot: number): Promise<void> {
  await call("drop", { slot });
}
