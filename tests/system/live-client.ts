import { io, type Socket } from "socket.io-client";
import type { KernelEvent } from "../../kernel/abi/index.ts";
import type { ClientToServerEvents, ServerToClientEvents } from "../../ui/gateway/socket-events.ts";
import type { Instance } from "../setup/instance.ts";

/** A Socket.IO client as programs and pages open one. It never comes back by itself: a test says when. */

export type LiveClient = Socket<ServerToClientEvents, ClientToServerEvents>;

export interface Credentials {
  token?: string;
  cookie?: string;
  origin?: string;
}

export const liveClient = (instance: Instance, credentials: Credentials): LiveClient =>
  rawClient(instance, credentials);

/** One that may send what nobody should. */
export function rawClient(instance: Instance, { token, cookie, origin }: Credentials): Socket {
  return io(instance.url, {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
    autoConnect: false,
    ...(token === undefined ? {} : { auth: { token } }),
    extraHeaders: { ...(cookie === undefined ? {} : { cookie }), ...(origin === undefined ? {} : { origin }) },
  });
}

/** Connects; the answer is `connected`, or why it was refused. */
export function connected(client: LiveClient): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  client.once("connect", () => resolve("connected"));
  client.once("connect_error", (error) => resolve(error.message));
  client.connect();
  return promise;
}

/** Everything that the client is told, in order. */
export function eventsOf(client: LiveClient): KernelEvent[] {
  const events: KernelEvent[] = [];
  client.on("event", (event) => events.push(event));
  return events;
}
