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
import type { Journal } from "../journal/journal.ts";
import { auditRowOf } from "./audit.ts";
import type { Handlers, StreamReply } from "./handler.ts";
import type { SessionRecord, Sessions } from "./sessions.ts";

/**
 * A door: a Unix socket on which syscalls arrive.
 *
 * Who may call what follows from the socket, never from what the caller says. Each request is parsed once by its
 * schema and answered exactly once: with its response, its stream, or a fault. No handler has its own try/catch.
 */

const jsonLimitBytes = 4 << 20;
/** A streamed call's request is a header; a path of 4096 characters takes 36 KiB there. */
const headerLimitBytes = 64 << 10;

export interface DoorOptions {
  /** Who is on the other side of this socket. */
  callers: readonly Caller[];
  handlers: Handlers;
  sessions: Sessions;
  journal: Journal;
  now: () => Millis;
  log: (message: string, details?: Record<string, unknown>) => void;
}

interface Call {
  name: SyscallName;
  shape: SyscallShape;
  session: SessionRecord | undefined;
  request: unknown;
}

/** The server of a door; whoever makes it listens and closes. */
export function makeDoor(options: DoorOptions): Server {
  const server = createServer({ maxHeaderSize: headerLimitBytes }, (incoming, outgoing) => {
    void answer(options, incoming, outgoing);
  });
  // The clients are our own and keep their connections; an idle one that closed itself would race with their requests.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  return server;
}

async function answer(options: DoorOptions, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  const call: Partial<Call> = {};
  try {
    const { name, shape } = syscallOf(incoming);
    call.name = name;
    const session = callerOf(options, shape, { name, handle: incoming.headers["superos-session"] });
    if (session !== undefined) call.session = session;
    const known = { name, shape, session };
    const request = parseAtDoor(known.shape.request, await readRequest(known.shape, incoming), known.name);
    call.request = request;
    const signals = known.session === undefined ? [gone.signal] : [gone.signal, known.session.ended.signal];
    const signal = AbortSignal.any(signals);
    const result = await handle(options.handlers, { ...known, request }, { body: bodyOf(incoming), signal });
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
    // What is left of a body that nobody wants must not block the connection.
    incoming.resume();
  }
}

function syscallOf(incoming: IncomingMessage): Pick<Call, "name" | "shape"> {
  const name = /^\/v1\/([a-z_]{1,32})$/.exec(incoming.url ?? "")?.[1] ?? "";
  if (incoming.method !== "POST" || !isSyscall(name)) throw new Fault("not_found", "no such syscall");
  return { name, shape: syscalls[name] };
}

/** The session that calls, or `undefined` for a service's own calls. Faults: `denied`. */
function callerOf(
  options: DoorOptions,
  shape: SyscallShape,
  asked: { name: string; handle: string | string[] | undefined },
): SessionRecord | undefined {
  if (!options.callers.includes(shape.by)) throw new Fault("denied", `${asked.name} is not for this door`);
  if (shape.by !== "session") return undefined;
  return options.sessions.get(typeof asked.handle === "string" ? asked.handle : undefined);
}

const isSyscall = (name: string): name is SyscallName => Object.hasOwn(syscalls, name);

async function readRequest(shape: SyscallShape, incoming: IncomingMessage): Promise<unknown> {
  if (shape.body === "stream") {
    const header = incoming.headers["superos-request"];
    return fromJson(() => decodeURIComponent(typeof header === "string" ? header : "{}"));
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > jsonLimitBytes) throw new Fault("invalid", `the request is larger than ${jsonLimitBytes} bytes`);
    chunks.push(chunk);
  }
  return fromJson(() => (bytes === 0 ? "{}" : Buffer.concat(chunks).toString("utf8")));
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
async function handle(handlers: Handlers, call: Call, more: { body: Readable; signal: AbortSignal }): Promise<unknown> {
  const handler: (context: never) => Promise<unknown> = handlers[call.name];
  return handler({ request: call.request, session: call.session, ...more } as never);
}

function isStream(shape: SyscallShape, _result: unknown): _result is StreamReply {
  return shape.reply === "stream";
}

function record(
  options: DoorOptions,
  call: Partial<Call> & { name: SyscallName },
  result: { response?: unknown; fault?: Fault },
): void {
  const row = auditRowOf({
    name: call.name,
    session: call.session,
    request: call.request,
    at: options.now(),
    ...result,
  });
  if (row !== undefined) options.journal.audit(row);
}

function sendJson(outgoing: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  outgoing.writeHead(status, { "content-type": "application/json", "content-length": bytes.length });
  outgoing.end(bytes);
}

async function sendStream(outgoing: ServerResponse, reply: StreamReply, signal: AbortSignal): Promise<void> {
  outgoing.writeHead(200, { "content-type": "application/octet-stream", ...reply.headers });
  outgoing.flushHeaders();
  try {
    await pipeline(reply.stream, outgoing, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    outgoing.destroy();
  }
}
