import type { ServerResponse } from "node:http";

/**
 * Sends a whole answer, also to a request whose body is still arriving.
 *
 * Ending a response closes the connection of a client that asked for that, over what it is still sending; it would
 * then see a broken connection instead of its answer. So the rest of the body is read and thrown away first, for a while.
 */

const drainMs = 30_000;

export function endWhenRead(response: ServerResponse, body: Buffer): void {
  const request = response.req;
  response.setHeader("Content-Length", body.length);
  if (request.complete) {
    response.end(body);
    return;
  }
  response.write(body);
  const timer = setTimeout(() => request.destroy(), drainMs).unref();
  request.once("end", () => response.end());
  request.once("close", () => clearTimeout(timer));
  request.resume();
}
