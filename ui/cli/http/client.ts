import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Readable } from "node:stream";
import { Fault, faultSchema } from "../../../kernel/abi/index.ts";
import { z } from "zod";
import type { Connection } from "../config.ts";
import { errnoOf } from "../failure.ts";

/**
 * The gateway's HTTP door as this command uses it: JSON calls, streams out, streams in.
 *
 * Every failure is a fault: the gateway's own, or `unavailable` when it cannot be reached or the connection breaks.
 * An answer is parsed here, once. The connection is resolved anew for each request, because the address and the
 * token may change when SuperOS starts again.
 */

export interface Request {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below /api/v1, with its parts already encoded; see `route`. */
  path: string;
  query?: Readonly<Record<string, string | number | boolean>>;
  json?: unknown;
  /** The type of what `send` streams. */
  contentType?: string;
  signal?: AbortSignal;
}

// An import would run every lazy export of these modules, which loads fetch and WebSocket: 50 ms of each command.
const httpModule = process.getBuiltinModule("node:http");

const quietLimitMs = 120_000;
const mostFaultBytes = 1 << 16;
const faultBody = z.object({ fault: faultSchema });

/** A path from parts, each encoded: `route("projects", id)`. */
export const route = (...parts: (string | number)[]): string =>
  `/${parts.map((part) => encodeURIComponent(part)).join("/")}`;

/** Turns what the transport threw into a fault; a fault stays as it is. */
export function transportFault(error: unknown, where: string): Fault {
  if (error instanceof Fault) return error;
  const code = errnoOf(error) ?? (error instanceof Error ? error.message : "unknown");
  return new Fault("unavailable", `SuperOS does not answer at ${where} (${code})`, {
    hint: "Start it with: npm start. If it runs, see superos status.",
    cause: error,
  });
}

/** The chunks of a body; a connection that breaks is a fault, and whoever stops reading closes it. */
export async function* chunksOf(response: IncomingMessage, where: string): AsyncGenerator<Uint8Array> {
  const iterator: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]();
  try {
    for (;;) {
      let next: IteratorResult<Uint8Array>;
      try {
        next = await iterator.next();
      } catch (error) {
        throw transportFault(error, where);
      }
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    response.destroy();
  }
}

async function readText(response: IncomingMessage, where: string, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(response, where)) {
    size += chunk.length;
    if (size > most) throw new Fault("internal", `the answer of ${where} is too long`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function refusal(response: IncomingMessage, where: string): Promise<Fault> {
  const body = faultBody.safeParse(parseText(await readText(response, where, mostFaultBytes)));
  if (body.success) return Fault.fromBody(body.data.fault);
  return new Fault("unavailable", `what answers at ${where} is not SuperOS (HTTP ${response.statusCode ?? 0})`, {
    hint: "Check SUPEROS_URL, and any proxy before it.",
  });
}

export class GatewayClient {
  readonly #resolve: () => Connection;
  readonly #agents = new Map<string, Agent>();

  constructor(resolve: () => Connection) {
    this.#resolve = resolve;
  }

  /** The address for messages; never with the token. */
  get where(): string {
    return this.#resolve().url.origin;
  }

  /** One JSON call. `unbounded` is for calls that may rightly be quiet for long. */
  async call<S extends z.ZodType>(
    request: Request,
    schema: S,
    options: { unbounded?: boolean } = {},
  ): Promise<z.output<S>> {
    const connection = this.#resolve();
    const response = await this.#exchange(connection, request, { keep: true, unbounded: options.unbounded === true });
    return this.#parse(response, schema, connection.url.origin);
  }

  /** A call whose answer has no body. */
  async tell(request: Request): Promise<void> {
    const connection = this.#resolve();
    const response = await this.#exchange(connection, request, { keep: true, unbounded: false });
    await readText(response, connection.url.origin, mostFaultBytes);
  }

  /** Opens a stream of bytes; read it with `chunksOf`. */
  open(request: Request): Promise<IncomingMessage> {
    return this.#exchange(this.#resolve(), request, { keep: true, unbounded: true });
  }

  /** Streams `body` to the gateway. A failure of `body` itself is thrown as it is. */
  async send<S extends z.ZodType>(request: Request, body: Readable, schema: S): Promise<z.output<S>> {
    const connection = this.#resolve();
    const response = await this.#exchange(connection, request, { keep: false, unbounded: true, body });
    return this.#parse(response, schema, connection.url.origin);
  }

  async #parse<S extends z.ZodType>(response: IncomingMessage, schema: S, where: string): Promise<z.output<S>> {
    const result = schema.safeParse(parseText(await readText(response, where, 1 << 28)));
    if (result.success) return result.data;
    throw new Fault("internal", `the answer of ${where} is not what this version of superos reads`, {
      hint: "Use the superos command of the same version as the server: superos --version, superos status.",
      cause: result.error,
    });
  }

  async #exchange(
    connection: Connection,
    request: Request,
    how: { keep: boolean; unbounded: boolean; body?: Readable },
  ): Promise<IncomingMessage> {
    const where = connection.url.origin;
    const sent = this.#start(connection, request, how.keep);
    if (!how.unbounded) {
      sent.setTimeout(quietLimitMs, () => {
        sent.destroy(new Fault("timed_out", `no answer from ${where} within ${quietLimitMs / 1000} s`));
      });
    }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once("response", resolve);
      sent.on("error", (error: unknown) => reject(transportFault(error, where)));
      if (how.body !== undefined) this.#upload(how.body, sent).catch(reject);
      else sent.end(request.json === undefined ? undefined : JSON.stringify(request.json));
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    // The answer first: giving up the upload closes the connection that it comes on.
    const fault = await refusal(response, where);
    how.body?.destroy();
    throw fault;
  }

  #start(connection: Connection, request: Request, keep: boolean): ClientRequest {
    const url = new URL(connection.url);
    url.pathname = `${url.pathname.replace(/\/$/, "")}/api/v1${request.path}`;
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, String(value));
    const library = url.protocol === "https:" ? process.getBuiltinModule("node:https") : httpModule;
    let agent = keep ? this.#agents.get(url.protocol) : undefined;
    if (keep && agent === undefined) {
      agent = new library.Agent({ keepAlive: true });
      this.#agents.set(url.protocol, agent);
    }
    const type = request.json === undefined ? request.contentType : "application/json";
    const sent = library.request(url, {
      method: request.method,
      agent: agent ?? false,
      headers: {
        authorization: `Bearer ${connection.token}`,
        ...(type === undefined ? {} : { "content-type": type }),
      },
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    sent.setNoDelay(true);
    sent.setSocketKeepAlive(true, 15_000);
    return sent;
  }

  /** Rejects only for a failure of the source: what the transport meets, the request itself reports. */
  async #upload(body: Readable, sent: ClientRequest): Promise<void> {
    let broken: unknown;
    body.once("error", (error: unknown) => {
      broken = error;
    });
    try {
      await pipeline(body, sent);
    } catch (error) {
      if (broken !== undefined) throw broken instanceof Error ? broken : transportFault(error, "the source");
    }
  }
}
