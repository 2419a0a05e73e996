import { type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { pipeline } from "node:stream";
import { Fault } from "../kernel/abi/index.ts";
import { type Framing, requestHeaders, responseHeaders } from "./headers.ts";
import type { AbsoluteTarget } from "./target.ts";

/**
 * Sends one request out on a connection of its own, and its response back.
 *
 * Both bodies are streamed; the slower side holds the other back. A response that breaks off breaks the process's
 * connection off, too, so that a part is never taken for the whole. Node's strict parser stands on both sides.
 */

const mostHeaderBytes = 16 * 1024;
const methodsWithoutBody = new Set(["GET", "HEAD", "DELETE", "OPTIONS"]);

/** How the body is delimited, from what the parser made of it. Faults: `unsupported` for another transfer coding. */
export function framingOf(request: IncomingMessage): Framing {
  const coding = request.headers["transfer-encoding"];
  if (coding !== undefined) {
    if (coding.trim().toLowerCase() === "chunked") return { kind: "chunked" };
    throw new Fault("unsupported", "the proxy knows no transfer coding but chunked", { hint: "Send it chunked." });
  }
  const length = request.headers["content-length"];
  if (length !== undefined) return { kind: "length", value: length };
  return methodsWithoutBody.has(request.method ?? "") ? { kind: "none" } : { kind: "length", value: "0" };
}

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  asked: AbsoluteTarget;
  framing: Framing;
}

/** Resolves when the response is under way; it ends by itself. Faults: `unavailable` where there is none to pass on. */
export function forward(exchange: Exchange, socket: Socket): Promise<void> {
  const { request, response, asked, framing } = exchange;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const outgoing = httpRequest({
    createConnection: () => socket,
    method: request.method ?? "GET",
    path: asked.path,
    headers: requestHeaders(request.rawHeaders, asked.target, framing),
    maxHeaderSize: mostHeaderBytes,
    insecureHTTPParser: false,
  });
  outgoing.on("error", (error) => reject(brokenAnswer(asked, error)));
  outgoing.on("continue", () => {
    if (request.headers.expect !== undefined && request.httpVersionMinor > 0) response.writeContinue();
  });
  outgoing.on("response", (incoming) => {
    const headers = responseHeaders(incoming.rawHeaders);
    // Who answers before it was told everything does not want the rest.
    if (!request.complete) headers.push("Connection", "close");
    response.sendDate = false;
    try {
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage ?? "", headers);
    } catch (error) {
      incoming.destroy();
      reject(brokenAnswer(asked, error));
      return;
    }
    pipeline(incoming, response, (error) => {
      if (error) request.socket.destroy();
      socket.destroy();
    });
    resolve();
  });
  request.pipe(outgoing);
  return promise;
}

function brokenAnswer({ target }: AbsoluteTarget, cause: unknown): Fault {
  return new Fault("unavailable", `${target.host}:${target.port} gave no answer that is HTTP`, {
    hint: "Does it serve plain HTTP there?",
    cause,
  });
}
