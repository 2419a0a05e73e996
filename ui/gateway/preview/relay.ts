import {
  request as httpRequest,
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Fault } from "../../../kernel/abi/index.ts";
import { replyHeaders, hasBody, requestHeaders, trailersOf } from "./headers.ts";
import type { Preview } from "./preview-agents.ts";
import type { PreviewNames } from "./preview-names.ts";
import { PreviewRefusal } from "./refused-page.ts";

/**
 * One request to a program and its reply, streamed both ways as they come, with backpressure.
 *
 * Whatever ends one side ends the other: no reply is made whole that was cut off, and no program works on for a client
 * that has gone. A request is sent again only if it has no effect and met a connection that had died idle.
 */

export interface Visit {
  request: IncomingMessage;
  response: ServerResponse;
  preview: Preview;
  names: PreviewNames;
}

const headLimitBytes = 64 << 10;
/** For how long a body is read and thrown away that its reply did not wait for. */
const drainMs = 30_000;
const withoutEffect = new Set(["GET", "HEAD", "OPTIONS"]);

export function send({ request }: Visit, to: { agent: Agent; headers: readonly string[] }): ClientRequest {
  const outgoing = httpRequest({
    ...to,
    method: request.method,
    path: request.url,
    maxHeaderSize: headLimitBytes,
    setHost: false,
  });
  // Heard by who waits for the reply; what comes after it shows in the reply itself.
  return outgoing.on("error", () => undefined);
}

/** What the program answers; with its connection where it goes over to another protocol. */
export interface Reply {
  reply: IncomingMessage;
  over?: { connection: Duplex; head: Buffer };
}

export function replyTo(outgoing: ClientRequest): Promise<Reply> {
  return new Promise((resolve, reject) => {
    outgoing.once("response", (reply) => resolve({ reply }));
    outgoing.once("upgrade", (reply, connection, head) => resolve({ reply, over: { connection, head } }));
    outgoing.once("error", reject);
    outgoing.once("close", () => reject(new Error("the connection was closed without a reply")));
  });
}

export async function relay(visit: Visit): Promise<void> {
  const { request, preview, names } = visit;
  const headers = requestHeaders(request, names);
  if (hasBody(request) || !withoutEffect.has(request.method ?? "")) {
    await relayOnce(visit, send(visit, { agent: preview.fresh, headers }));
    return;
  }
  const outgoing = send(visit, { agent: preview.kept, headers });
  try {
    await relayOnce(visit, outgoing);
  } catch (error) {
    if (!outgoing.reusedSocket || !diedIdle(error) || visit.response.headersSent || visit.response.destroyed)
      throw error;
    await relayOnce(visit, send(visit, { agent: preview.fresh, headers }));
  }
}

const diedIdle = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");

async function relayOnce({ request, response, preview }: Visit, outgoing: ClientRequest): Promise<void> {
  const leave = (): void => void (response.writableFinished || outgoing.destroy());
  response.once("close", leave);
  // The client may have gone while its rights were asked for.
  if (response.destroyed) leave();
  outgoing.once("continue", () => response.writeContinue());
  if (hasBody(request)) {
    request.once("end", () => outgoing.addTrailers(trailersOf(request))).pipe(outgoing);
  } else outgoing.end();
  try {
    const { reply, over } = await replyTo(outgoing);
    if (over !== undefined) {
      over.connection.destroy();
      throw notHttp(preview.port, new Error("another protocol that nobody asked for"));
    }
    await pass(reply, response, preview);
    // A program may answer without reading all. The rest runs out, so that its sender gets to read the answer.
    if (!outgoing.writableFinished) {
      request.unpipe(outgoing).resume();
      outgoing.destroy();
    }
    // Ending a reply ends the connection of a client that asked for that, over what it is still sending.
    if (!response.shouldKeepAlive) await received(request);
    response.end();
  } finally {
    response.off("close", leave);
  }
}

export async function pass(reply: IncomingMessage, response: ServerResponse, { port }: Preview): Promise<void> {
  try {
    response.writeHead(reply.statusCode ?? 0, reply.statusMessage, [...replyHeaders(reply)]);
  } catch (error) {
    reply.destroy();
    throw notHttp(port, error);
  }
  response.flushHeaders();
  await pipeline(reply, response, { end: false });
  response.addTrailers(trailersOf(reply));
}

/** Waits for the rest of a request's body, for a while. */
async function received(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => request.destroy(), drainMs).unref();
  request.once("end", resolve).once("close", resolve);
  await promise;
  clearTimeout(timer);
}

export function notHttp(port: number, cause: unknown): PreviewRefusal {
  const hint = "The program there speaks another protocol, or breaks the rules of this one.";
  return new PreviewRefusal(502, new Fault("unavailable", `what answers on port ${port} is not HTTP`, { hint, cause }));
}
