import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Fault } from "../../../kernel/abi/index.ts";
import { hasBody, replyHeaders, requestHeaders } from "./headers.ts";
import { pass, replyTo, send, type Visit } from "./relay.ts";

/**
 * A request to go over to another protocol (WebSocket): asked of the program, and, where it agrees, two connections
 * joined to one.
 *
 * Bytes that came before the agreement are passed on and read by nobody else. Where the program does not agree, its
 * reply is passed on, and the client's connection ends with it.
 */

export async function relayUpgrade(visit: Visit, head: Buffer): Promise<void> {
  const { request, response, preview, names } = visit;
  // What follows such a request is the other protocol's, so there is no place in it for a body.
  if (hasBody(request)) throw new Fault("invalid", "a request to upgrade has no body");
  const headers = requestHeaders(request, names, request.headers.upgrade);
  const outgoing = send(visit, { agent: preview.fresh, headers });
  const leave = (): void => void outgoing.destroy();
  request.socket.once("close", leave);
  // The client may have gone while its rights were asked for.
  if (request.socket.destroyed) leave();
  outgoing.end();
  const { reply, over } = await replyTo(outgoing);
  request.socket.off("close", leave);
  if (over === undefined) {
    await pass(reply, response, preview);
    response.end();
    return;
  }
  response.detachSocket(request.socket);
  const lines = [`HTTP/1.1 101 ${reply.statusMessage ?? ""}`];
  const raw = [...replyHeaders(reply), "Connection", "Upgrade", "Upgrade", reply.headers.upgrade ?? ""];
  for (let at = 0; at + 1 < raw.length; at += 2) lines.push(`${raw[at]}: ${raw[at + 1]}`);
  request.socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  request.socket.write(over.head);
  over.connection.write(head);
  join(request.socket, over.connection);
}

/** Either end's end is the other's, after what it had sent. */
function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => to.destroy());
    from.once("close", () => (to instanceof Socket ? to.destroySoon() : to.destroy()));
    from.pipe(to);
  }
}
