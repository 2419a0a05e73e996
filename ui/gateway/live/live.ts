import type { Server as HttpServer } from "node:http";
import { createInterface } from "node:readline";
import { Server } from "socket.io";
import { z } from "zod";
import { eventSchema, Fault, parseAtDoor, pidSchema, type FaultBody, type Pid } from "../../../kernel/abi/index.ts";
import type { KernelClient, Log } from "../../../kernel/client/index.ts";
import type { DiagnosticsReader } from "../diagnostics/diagnostics-reader.ts";
import { EndedErrors } from "../diagnostics/ended-errors.ts";
import { isCutOff } from "../http/cut-off.ts";
import type { Site } from "../http/site.ts";
import { faultOf } from "../http/refusal.ts";
import type { Sessions } from "../session/sessions.ts";
import { outputOpenSchema } from "../socket-events.ts";
import { TerminalInputs } from "../terminal/terminal-inputs.ts";
import { watchBacklog } from "./backlog.ts";
import { connectionIdentity, isAllowedHandshake } from "./handshake.ts";
import type { LiveServer, LiveSocket } from "./live-socket.ts";
import { OutputFeed } from "./output-feed.ts";

/**
 * The live side of the gateway: kernel events and process output over Socket.IO.
 *
 * A connection holds streams of the kernel and nothing else: when it goes, they go. What a client sends is parsed
 * before it is acted on, and a client that does not read is cut off, never buffered without bound.
 */

export interface LiveParts {
  client: KernelClient;
  sessions: Sessions;
  diagnostics: DiagnosticsReader;
  site: Site;
  log: Log;
}

const outputsPerSocket = 32;
const messageLimitBytes = 16 << 10;

export function attachLive(httpServer: HttpServer, parts: LiveParts): LiveServer {
  const server: LiveServer = new Server(httpServer, {
    serveClient: false,
    maxHttpBufferSize: messageLimitBytes,
    perMessageDeflate: false,
    httpCompression: false,
    allowRequest: (request, answer) => {
      const allowed = isAllowedHandshake(request, parts.site);
      answer(allowed ? null : "the request comes from another site", allowed);
    },
  });
  server.use((socket, next) => void enter({ socket, next }, parts));
  server.on("connection", (socket) => new Connection(socket, parts).start());
  return server;
}

interface Entrance {
  socket: LiveSocket;
  next: (error?: Error) => void;
}

async function enter({ socket, next }: Entrance, { client, sessions, site }: LiveParts): Promise<void> {
  try {
    const identity = connectionIdentity(socket.handshake.auth, socket.request, site);
    await sessions.run(identity, (session) => client.call("session_inspect", {}, { session }));
    socket.data.identity = identity;
  } catch (error) {
    refuse({ socket, next }, faultOf(error));
    return;
  }
  next();
}

/** A client does not come back by itself after a refusal, so what will pass is not one: the connection is dropped. */
function refuse({ socket, next }: Entrance, fault: Fault): void {
  if (fault.code === "unavailable") socket.conn.close();
  else next(Object.assign(new Error(fault.message), { data: fault.toBody() }));
}

class Connection {
  readonly #socket: LiveSocket;
  readonly #parts: LiveParts;
  readonly #gone = new AbortController();
  readonly #outputs = new Map<Pid, AbortController>();

  constructor(socket: LiveSocket, parts: LiveParts) {
    this.#socket = socket;
    this.#parts = parts;
  }

  start(): void {
    const socket = this.#socket;
    socket.on("disconnect", () => {
      this.#gone.abort();
      for (const output of this.#outputs.values()) output.abort();
    });
    socket.on("output_open", (request: unknown, ack: unknown) => this.#openOutput(request, ack));
    socket.on("output_close", (pid: unknown) => {
      const parsed = pidSchema.safeParse(pid);
      if (parsed.success) this.#closeOutput(parsed.data);
    });
    new TerminalInputs(socket, this.#parts).start();
    watchBacklog(socket, () => this.#parts.log("info", "a client that does not read was cut off"));
    this.#keep(this.#watch(), "events");
  }

  /** Sends the kernel's events. They end with the session, or with the kernel: then the client comes back for more. */
  async #watch(): Promise<void> {
    const { client, sessions } = this.#parts;
    const socket = this.#socket;
    const signal = this.#gone.signal;
    const stream = await sessions.run(socket.data.identity, (session) =>
      client.openStream("watch", {}, { session, signal }),
    );
    const broken = new Promise<never>((_resolve, reject) => stream.once("error", reject));
    const ended = new EndedErrors(socket, this.#parts, signal);
    const forwarded = (async () => {
      for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
        const event = eventSchema.parse(JSON.parse(line));
        socket.emit("event", event);
        ended.hear(event);
        if (event.type === "session_closed") socket.disconnect(true);
      }
    })();
    await Promise.race([forwarded, broken]).finally(() => stream.destroy());
    socket.conn.close();
  }

  #openOutput(request: unknown, ack: unknown): void {
    const { success, data: answer } = z
      .custom<(answer: { ok: true } | { fault: FaultBody }) => void>(isFunction)
      .safeParse(ack);
    if (!success) return;
    try {
      const from = parseAtDoor(outputOpenSchema, request, "output_open");
      const output = this.#admitOutput(from.pid);
      this.#keep(this.#output(from, { output, onOpen: () => answer({ ok: true }), onRefused: answer }), "output");
    } catch (error) {
      answer({ fault: faultOf(error).toBody() });
    }
  }

  #admitOutput(pid: Pid): AbortController {
    if (this.#outputs.has(pid)) throw new Fault("conflict", `the output of process ${pid} is open already`);
    if (this.#outputs.size >= outputsPerSocket) {
      throw new Fault("exhausted", `${outputsPerSocket} outputs are open already`, { hint: "Close one first." });
    }
    const output = new AbortController();
    this.#outputs.set(pid, output);
    return output;
  }

  async #output(
    from: z.output<typeof outputOpenSchema>,
    how: { output: AbortController; onOpen: () => void; onRefused: (answer: { fault: FaultBody }) => void },
  ): Promise<void> {
    const { client, sessions } = this.#parts;
    const { signal } = how.output;
    try {
      const flow = await sessions
        .run(this.#socket.data.identity, (session) =>
          client.openFlow("output", { ...from, follow: true }, { session, signal }),
        )
        .catch((error: unknown) => {
          how.onRefused({ fault: faultOf(error).toBody() });
          return undefined;
        });
      if (flow === undefined) return;
      how.onOpen();
      const ended = await new OutputFeed(this.#socket, from).run(flow, signal);
      // Cut short by the kernel's end: the client comes back with the offsets that it has reached.
      if (!ended && !signal.aborted) this.#socket.conn.close();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      if (this.#outputs.get(from.pid) === how.output) this.#outputs.delete(from.pid);
    }
  }

  #closeOutput(pid: Pid): void {
    this.#outputs.get(pid)?.abort();
    this.#outputs.delete(pid);
  }

  /** Whatever ends a stream in a way that nobody asked for ends the connection, which its client opens again. */
  #keep(work: Promise<void>, what: string): void {
    work.catch((error: unknown) => {
      if (this.#gone.signal.aborted) return;
      const fault = faultOf(error);
      if (fault.code === "internal" && !isCutOff(error))
        this.#parts.log("error", "a live stream failed", { what, error });
      this.#socket.conn.close();
    });
  }
}

const isFunction = (value: unknown): boolean => typeof value === "function";
