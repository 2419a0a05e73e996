import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { Instance } from "../setup/instance.ts";

/** Bytes on a connection to the gateway, as no HTTP client would write them. */

/** Writes these bytes, and nothing after them; returns all that comes back. */
export async function wire(instance: Instance, bytes: string | Buffer): Promise<string> {
  const socket = open(instance);
  socket.end(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  return text(socket).catch(() => "");
}

/** A connection on which anything may be written. */
export function open(instance: Instance): Socket {
  return connect(instance.port, "127.0.0.1").on("error", () => undefined);
}
