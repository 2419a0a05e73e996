import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type Caller,
  Fault,
  type Millis,
  parseAtDoor,
  type SyscallName,
  syscalls,
  type SyscallShape,
  toFault,
} from "../abi/index.ts";
import { Pipelining } from "../client/pipelining.ts";
import type { AuditLog } from "../journal/audit-log.ts";
import { auditRowOf } from "./audit.ts";
import type { BodyBudget } from "./body-budget.ts";
import { answered, type Handlers, type Pour, type StreamReply } from "./handler.ts";
import type { Pace } from "./pace.ts";
import type { Principal } from "./principal.ts";

/**
 * A door: a Unix socket on which syscalls arrive.
 *
 * Who may call what follows from the socket, never from what the caller says. Each request is parsed once by its
 * schema and answered exactly once: with its response, its stream, or a fault. No handler has its own try/catch.
 */

/** How long a request that is JSON may take to arrive. */
const requestTimeoutMs = 30_000;
const jsonLimitBytes = 4 << 20;
/** A streamed call's request is a header; a path of 4096 characters takes 36 KiB there. */
const headerLimitBytes = 64 << 10;

export interface DoorOptions {
  /** Who is on the other side of this socket. */
  callers: readonly Caller[];
  handlers: Handlers;
  /** In whose name a request is, from the handle it carries, if any. Faults: `denied`. */
  principal: (handle: string | undefined) => Principal;
  audit: AuditLog;
  /** A row could not be written. */
  auditLost: (error: unknown) => void;
  /** How fast whoever is on the other side may call; without one, as fast as it likes. */
  pace?: Pace;
  /** How much of requests' bodies may be held at a time, for all doors that share it. */
  bodies?: BodyBudget;
  now: () => Millis;
  log: (message: string, details?: Record<string, unknown>) => void;
}

interface Call {
  name: SyscallName;
  shape: SyscallShape;
  caller: Principal | undefined;
  request: unknown;
}

/** The server of a door; whoever makes it listens and closes. */
export function makeDoor(options: DoorOptions): Server {
  const pipelining = new Pipelining();
  const server = createServer({ maxHeaderSize: headerLimitBytes }, (incoming, outgoing) => {
    if (!pipelining.refuses(incoming, outgoing)) void answer(options, incoming, outgoing);
  });
  // The clients are our own and keep their connections; an idle one that closed itself would race with their requests.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  return server;
}

async function answer(options: DoorOptions, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort(outgoing.writableFinished ? answered : undefined));
  const call: Partial<Call> = {};
  if (options.pace !== undefined) {
    const { pace } = options;
    await pace.enter(gone.signal);
    // Its place is free again once the answer has left; whoever hung up meanwhile wants none.
    if (gone.signal.aborted) return pace.leave();
    gone.signal.addEventListener("abort", () => pace.leave(), { once: true });
  }
  try {
    const { name, shape } = syscallOf(incoming);
    call.name = name;
    call.shape = shape;
    const caller = callerOf(options, shape, { name, handle: incoming.headers["superos-session"] });
    if (caller !== undefined) call.caller = caller;
    const known = { name, shape, caller };
    const request = parseAtDoor(
      known.shape.request,
      await readRequest(known.shape, incoming, options.bodies),
      known.name,
    );
    call.request = request;
    const signals = caller === undefined ? [gone.signal] : [gone.signal, caller.ended.signal];
    const signal = AbortSignal.any(signals);
    const result = await handle(
      options.handlers,
      { ...known, request },
      {
        body: known.shape.body === "stream" ? bodyOf(incoming) : undefined,
        signal,
      },
    );
    record(options, { ...known, request }, { response: result });
    if (isStream(known.shape, result))
      await sendStream(outgoing, result, result.endsWithSession ? gone.signal : signal);
    else sendJson(outgoing, 200, result ?? {});
  } catch (thrown) {
    const fault = toFault(thrown);
    if (fault.code === "internal") {
      const cause = fault.cause instanceof Error ? fault.cause.stack : String(fault.cause);
      options.log("a syscall failed", { name: call.name, message: fault.message, cause });
    }
    if (call.name !== undefined) record(options, { ...call, name: call.name }, { fault });
    if (outgoing.headersSent) outgoing.destroy();
    else sendJson(outgoing, fault.status, { fault: fault.toBody() });
  } finally {
    drop(incoming, call.shape);
  }
}

/** What is left of a body that nobody wants must not block the connection; one of JSON that goes on ends with it. */
function drop(incoming: IncomingMessage, shape: SyscallShape | undefined): void {
  let left = shape?.body === "stream" ? Infinity : jsonLimitBytes;
  incoming.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) incoming.destroy();
  });
  incoming.resume();
}

function syscallOf(incoming: IncomingMessage): Pick<Call, "name" | "shape"> {
  const name = /^\/v1\/([a-z_]{1,32})$/.exec(incoming.url ?? "")?.[1] ?? "";
  if (incoming.method !== "POST" || !isSyscall(name)) throw new Fault("not_found", "no such syscall");
  return { name, shape: syscalls[name] };
}

/** The principal that calls, or `undefined` for a service's own calls. Faults: `denied`. */
function callerOf(
  options: DoorOptions,
  shape: SyscallShape,
  asked: { name: string; handle: string | string[] | undefined },
): Principal | undefined {
  if (!options.callers.includes(shape.by)) throw new Fault("denied", `${asked.name} is not for this door`);
  if (shape.by === "gateway" || shape.by === "policy") return undefined;
  return options.principal(typeof asked.handle === "string" ? asked.handle : undefined);
}

const isSyscall = (name: string): name is SyscallName => Object.hasOwn(syscalls, name);

async function readRequest(shape: SyscallShape, incoming: IncomingMessage, bodies?: BodyBudget): Promise<unknown> {
  if (shape.body === "stream") {
    const header = incoming.headers["superos-request"];
    return fromJson(() => decodeURIComponent(typeof header === "string" ? header : "{}"));
  }
  const bytes = await wholeBody(incoming, bodies);
  requireFewTexts(bytes);
  return fromJson(() => (bytes.length === 0 ? "{}" : bytes.toString("utf8")));
}

/** More than the texts and member names of any request, and more quotation marks than any text of one needs. */
const textLimit = 16_384;
const quoteLimit = 262_144;

/** An object of very many members takes long to parse, however few bytes they have. Faults: `invalid`. */
function requireFewTexts(bytes: Buffer): void {
  let quotes = 0;
  let plain = 0;
  for (let at = bytes.indexOf(0x22); at !== -1; at = bytes.indexOf(0x22, at + 1)) {
    quotes += 1;
    if (bytes[at - 1] !== 0x5c) plain += 1;
    if (plain > textLimit || quotes > quoteLimit) throw new Fault("invalid", "the request holds too many texts");
  }
}

/** Faults: `invalid` for more than a request may have, `timed_out` for one that does not come to its end. */
function wholeBody(incoming: IncomingMessage, bodies?: BodyBudget): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  const late = setTimeout(
    () => reject(new Fault("timed_out", "the request did not come to its end")),
    requestTimeoutMs,
  );
  incoming.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bodies?.take(chunk.length) === false) reject(new Fault("exhausted", "too much of requests is under way"));
    else if (bytes > jsonLimitBytes) reject(new Fault("invalid", `the request is larger than ${jsonLimitBytes} bytes`));
    else chunks.push(chunk);
  });
  incoming.once("end", () => resolve(Buffer.concat(chunks)));
  incoming.once("close", () => {
    if (!incoming.readableEnded) reject(new Fault("invalid", "the request was cut off"));
  });
  if (incoming.destroyed && !incoming.complete) reject(new Fault("invalid", "the request was cut off"));
  return promise.finally(() => {
    clearTimeout(late);
    incoming.removeAllListeners("data");
    bodies?.give(bytes);
  });
}

/**
 * The body for a handler. A handler that has seen enough destroys it, which must not destroy the connection that the
 * refusal has yet to go out on; a body that is cut off ends as an error, never as a shorter body.
 */
function bodyOf(incoming: IncomingMessage): Readable {
  const body = new PassThrough();
  body.on("error", () => undefined);
  body.once("close", () => {
    incoming.unpipe(body);
    incoming.resume();
  });
  incoming.once("close", () => {
    if (!incoming.complete) body.destroy(new Fault("invalid", "the request's body was cut off"));
  });
  return incoming.pipe(body);
}

function fromJson(text: () => string): unknown {
  try {
    return JSON.parse(text());
  } catch {
    throw new Fault("invalid", "the request is not JSON");
  }
}

/** Calls the handler of a parsed call; the door and the schema have established that the context is its own. */
async function handle(
  handlers: Handlers,
  call: Call,
  more: { body: Readable | undefined; signal: AbortSignal },
): Promise<unknown> {
  const handler: (context: never) => Promise<unknown> = handlers[call.name];
  return handler({ request: call.request, caller: call.caller, ...more } as never);
}

function isStream(shape: SyscallShape, _result: unknown): _result is StreamReply {
  return shape.reply === "stream";
}

function record(
  options: DoorOptions,
  call: Partial<Call> & { name: SyscallName },
  result: { response?: unknown; fault?: Fault },
): void {
  // An audit log that cannot be written ends the kernel: what is not recorded must not go on.
  const row = auditRowOf({
    name: call.name,
    caller: call.caller,
    request: call.request,
    at: options.now(),
    ...result,
  });
  if (row === undefined) return;
  options.pace?.row();
  try {
    options.audit.add(row);
  } catch (error) {
    options.auditLost(error);
  }
}

function sendJson(outgoing: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  outgoing.writeHead(status, { "content-type": "application/json", "content-length": bytes.length });
  outgoing.end(bytes);
}

async function sendStream(outgoing: ServerResponse, reply: StreamReply, signal: AbortSignal): Promise<void> {
  // A file that got shorter since its length was told ends as an error, never as an answer that does not end.
  outgoing.strictContentLength = true;
  outgoing.writeHead(200, { "content-type": "application/octet-stream", ...reply.headers });
  outgoing.flushHeaders();
  try {
    if ("stream" in reply) await pipeline(reply.stream, outgoing, { signal });
    else await pourOut(outgoing, reply.pour, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    outgoing.destroy();
  }
}

/** A write to a response that is destroyed fails, so that none is waited for when nobody reads any more. */
async function pourOut(outgoing: ServerResponse, pour: Pour, signal: AbortSignal): Promise<void> {
  const cut = (): void => void outgoing.destroy();
  signal.addEventListener("abort", cut, { once: true });
  if (signal.aborted) cut();
  try {
    await pour((data) => written(outgoing, data));
    outgoing.end();
  } catch (error) {
    if (!outgoing.destroyed) throw error;
  } finally {
    signal.removeEventListener("abort", cut);
  }
}

function written(outgoing: ServerResponse, data: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  outgoing.write(data, (error) => (error ? reject(error) : resolve()));
  return promise;
}
