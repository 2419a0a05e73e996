import type { Server, Socket } from "socket.io";
import type { Identity } from "../session/sessions.ts";
import type { ClientToServerEvents, ServerToClientEvents } from "../socket-events.ts";

/** The typed connection: what its events are, and whose it is. */

export interface LiveData {
  identity: Identity;
}

type NoEvents = Record<string, never>;
export type LiveServer = Server<ClientToServerEvents, ServerToClientEvents, NoEvents, LiveData>;
export type LiveSocket = Socket<ClientToServerEvents, ServerToClientEvents, NoEvents, LiveData>;
