import { closeSync, constants, existsSync, openSync } from "node:fs";
import { Agent, request, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
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
  /** The reference of the image that it is made from where that is no runtime's. */
  image: string | null;
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
  /** Any other image, in the place of a runtime. */
  image?: string;
  /** The name by which others of the project reach its ports. */
  name?: string;
  stdin?: boolean;
}

export interface Output {
  /** `gap`: the oldest output was dropped here. */
  stream: "stdout" | "stderr" | "gap";
  data: Uint8Array;
}

export interface QueueLimits {
  maxMessages?: number;
  maxBytes?: number;
  /** How long a receiver may keep a message before it goes to another. */
  acknowledgeMs?: number;
  /** How often a message is delivered before it is given up. */
  maxDeliveries?: number;
  /** A JSON Schema that every message must satisfy. */
  schema?: Record<string, unknown>;
}

export interface Queue extends Required<Omit<QueueLimits, "schema">> {
  name: string;
  depth: number;
  delivered: number;
  dead: number;
  [field: string]: unknown;
}

export interface Delivery<T = unknown> {
  /** What it is acknowledged by. */
  delivery: number;
  message: T;
  from: number;
  sentAt: number;
  /** How often it was delivered, this time included. */
  deliveries: number;
}

export interface DeadLetter<T = unknown> extends Omit<Delivery<T>, "delivery"> {
  at: number;
  reason: string;
}

export interface TopicEvent<T = unknown> {
  topic: string;
  at: number;
  from: number;
  data: T;
  /** How many events before this one were lost, because they were not read fast enough. */
  missed: number;
}

export interface ReceiveOptions {
  /** How many messages at most; 1 without it. */
  max?: number;
  /** How long to wait for the first. */
  waitMs?: number;
  /** Deliveries that are done with. */
  acknowledge?: readonly number[];
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
/** Calls share connections; one that is idle keeps no program from ending. */
const kept = new Agent({ keepAlive: true });

async function ask(
  name: string,
  body: string | Uint8Array,
  more: { headers?: Record<string, string>; agent?: Agent } = {},
): Promise<IncomingMessage> {
  const { headers = {}, agent = false } = more;
  const socketPath = process.env["SUPEROS_SOCKET"] ?? "/run/superos/kernel.sock";
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked = request({ socketPath, method: "POST", path: `/v1/${name}`, headers, agent }, resolve);
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
  return (await json(await ask(name, JSON.stringify(body), { agent: kept }))) as T;
}

/** This process. */
export const self = (): Promise<Process> => call("self");

/** The slots of a process, without a pid this one's. */
export async function caps(pid?: number): Promise<Slot[]> {
  return (await call<{ slots: Slot[] }>("caps", { pid: pid ?? (await self()).pid })).slots;
}

/** Starts a child. */
export async function spawn(argv: readonly string[], options: SpawnOptions = {}): Promise<Process> {
  const { cap = [], seal = [], runtime, image, ...more } = options;
  const place =
    runtime === undefined && image === undefined ? await self() : { runtime: runtime ?? null, image: image ?? null };
  return call("spawn", { ...more, runtime: place.runtime, image: place.image, argv, table: cap, sealed: seal });
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
  (await ask("stdin", data, { headers: { "superos-request": JSON.stringify({ pid, end }) } })).resume();
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

/** Makes a queue. */
export const createQueue = (name: string, limits: QueueLimits = {}): Promise<Queue> =>
  call("queue_create", { name, limits });

/** Ends a queue that this process made, with what is in it. */
export async function removeQueue(name: string): Promise<void> {
  await call("queue_remove", { name });
}

/** The queues of which this process holds one end. */
export async function queues(): Promise<Queue[]> {
  return (await call<{ queues: Queue[] }>("queue_list")).queues;
}

/** The last messages of a queue that were given up, newest first. */
export async function deadLetters<T = unknown>(name: string): Promise<DeadLetter<T>[]> {
  return (await call<{ letters: DeadLetter<T>[] }>("queue_dead", { name })).letters;
}

/** Sends JSON values in order: all of them, or none. At most 1000 at a time. */
export async function send(queue: string, ...messages: readonly unknown[]): Promise<void> {
  await call("queue_send", { name: queue, messages });
}

/** Acknowledges deliveries, then takes messages, waiting for the first as long as it is told. */
export async function receive<T = unknown>(queue: string, options: ReceiveOptions = {}): Promise<Delivery<T>[]> {
  return (await call<{ deliveries: Delivery<T>[] }>("queue_receive", { name: queue, ...options })).deliveries;
}

/** Has done with these. Returns those that were not this process's any more: somebody else does them again. */
export async function acknowledge(queue: string, ...deliveries: readonly number[]): Promise<number[]> {
  return (await call<{ late: number[] }>("queue_receive", { name: queue, max: 0, acknowledge: deliveries })).late;
}

/**
 * The messages of a queue as they come, for ever or until none came for `waitMs`.
 *
 * A message is acknowledged when the loop comes back for the next one; with `batch` they are taken, and acknowledged, so
 * many at a time, which is faster. All of a batch must be done within the time that the queue gives for one.
 */
export async function* messages<T = unknown>(
  queue: string,
  { batch = 1, waitMs }: { batch?: number; waitMs?: number } = {},
): AsyncGenerator<T> {
  let done: number[] = [];
  try {
    for (;;) {
      const taken = await receive<T>(queue, { max: batch, waitMs: waitMs ?? 600_000, acknowledge: done });
      done = [];
      if (taken.length === 0 && waitMs !== undefined) return;
      for (const { message, delivery } of taken) {
        yield message;
        done.push(delivery);
      }
    }
  } finally {
    if (done.length > 0) await acknowledge(queue, ...done);
  }
}

/** Tells whoever is subscribed to a topic now. Returns how many are. */
export async function publish(topic: string, data: unknown): Promise<number> {
  return (await call<{ heard: number }>("event_publish", { topic, data })).heard;
}

/** Listens to topics, from the moment it resolves until the loop over it is left. */
export async function subscribe<T = unknown>(...topics: readonly string[]): Promise<AsyncGenerator<TopicEvent<T>>> {
  const lines = await ask("event_subscribe", JSON.stringify({ topics }));
  return (async function* events(): AsyncGenerator<TopicEvent<T>> {
    try {
      for await (const line of createInterface({ input: lines, crlfDelay: Infinity }))
        yield JSON.parse(line) as TopicEvent<T>;
    } finally {
      lines.destroy();
    }
  })();
}

/** What Node cannot do by itself; the images `node` and `web` have it. */
const segmentAddon = "/usr/local/lib/superos/segment.node";

/**
 * Maps a segment of shared memory: what others write is seen in the buffer at once, and what is written to it by them.
 *
 * Without `write` the buffer is to be read, and whoever writes to it ends with SIGSEGV. It is unmapped when nothing refers to
 * it any more. Throws as `fs` does: `ENOENT` where this process has no such segment, `EROFS` where it may only read it.
 */
export function mapSegment(name: string, { write = false }: { write?: boolean } = {}): Buffer<ArrayBuffer> {
  if (!existsSync(segmentAddon)) throw new Error(`this image cannot map shared memory: it has no ${segmentAddon}`);
  const addon: { exports: { map?: (file: number, write: boolean) => Buffer<ArrayBuffer> } } = { exports: {} };
  process.dlopen(addon, segmentAddon);
  if (addon.exports.map === undefined) throw new Error(`${segmentAddon} is another addon`);
  const file = openSync(`/run/superos/shm/${name}`, write ? constants.O_RDWR : constants.O_RDONLY);
  try {
    return addon.exports.map(file, write);
  } finally {
    closeSync(file);
  }
}

/** Gives the rest of this process's turn to whoever waits for one. */
export async function yieldTurn(): Promise<void> {
  await call("yield");
}
