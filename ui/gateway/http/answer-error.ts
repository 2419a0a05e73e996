import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault, toFault } from "../../../kernel/abi/index.ts";
import type { Log } from "../../../kernel/client/index.ts";
import { clearCookie } from "./cookie.ts";
import { isCutOff } from "./cut-off.ts";
import { endWhenRead } from "./end-when-read.ts";
import { Refusal } from "./refusal.ts";

/**
 * The one place where what a handler threw becomes a response, so that every request is answered.
 *
 * A response that has begun can no longer tell a fault: it is cut off, which its reader sees.
 */

export interface ErrorAnswerer {
  log: Log;
  cookieName: string;
}

/** What Express itself refuses (a path that is not valid percent-encoding) says so with a status of 4xx. */
function faultFrom(thrown: unknown): Fault {
  if (thrown instanceof Refusal) return thrown.fault;
  if (thrown instanceof Fault) return thrown;
  const status = thrown instanceof Error && "status" in thrown ? Number(thrown.status) : 0;
  if (status >= 400 && status < 500) return new Fault("invalid", "the request is malformed", { cause: thrown });
  return toFault(thrown);
}

export function answerError(
  exchange: { request: IncomingMessage; response: ServerResponse },
  thrown: unknown,
  { log, cookieName }: ErrorAnswerer,
): void {
  const { request, response } = exchange;
  const clientGone = response.destroyed || request.socket.destroyed;
  const fault = faultFrom(thrown);
  if (fault.code === "internal" && !clientGone && !isCutOff(thrown)) {
    log("error", "a request failed", { method: request.method, path: request.url?.split("?")[0], error: thrown });
  }
  if (response.headersSent || clientGone) {
    response.destroy();
    return;
  }
  const status = thrown instanceof Refusal ? thrown.status : fault.status;
  for (const name of response.getHeaderNames()) {
    if (/^(etag|content-|cache-control$)/.test(name) && name !== "content-security-policy") response.removeHeader(name);
  }
  response.statusCode = status;
  response.setHeader("Cache-Control", "no-store");
  if (status === 401) {
    response.setHeader("WWW-Authenticate", "Bearer");
    if (request.headers.cookie?.includes(`${cookieName}=`)) response.setHeader("Set-Cookie", clearCookie(cookieName));
  }
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  endWhenRead(response, Buffer.from(JSON.stringify({ fault: fault.toBody() })));
}
