import { io } from "socket.io-client";
import type { Socket } from "socket.io-client";
import { eventSchema } from "../../../kernel/abi/index.ts";
import { emptySnapshot, LiveState } from "./live-state.ts";
import type { LiveSnapshot } from "./live-state.ts";
import type { ClientToServerEvents, ServerToClientEvents } from "../../gateway/socket-events.ts";

/**
 * The connection over which the kernel tells what changes.
 *
 * It comes back by itself, for as long as it is open. Listeners hear of many events at once, so that a burst costs
 * one drawing. It invents no state: what the kernel has not told is not there.
 */
export type Link = "connecting" | "connected" | "lost";
export type LiveSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

export interface LiveView extends LiveSnapshot {
  link: Link;
}

const burstMs = 60;
const retryMs = 1_000;

export class LiveConnection {
  readonly socket: LiveSocket;
  readonly #state = new LiveState();
  readonly #listeners = new Set<() => void>();
  readonly #onRefused: () => void;
  #link: Link = "connecting";
  #view: LiveView = { ...emptySnapshot, link: "connecting" };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** `onRefused` is told when the server turned the connection away or closed the session behind it. */
  constructor(onRefused: () => void) {
    this.#onRefused = onRefused;
    this.socket = io({
      autoConnect: false,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
    });
    this.socket.on("connect", () => {
      this.#state.connected();
      this.#setLink("connected");
    });
    this.socket.on("disconnect", (reason) => {
      this.#setLink("lost");
      // After a disconnect that the server asked for, the library does not come back by itself.
      if (reason === "io server disconnect") this.#reconnectLater();
    });
    this.socket.on("connect_error", (error) => {
      this.#setLink("lost");
      // A refusal carries a fault; a server that is down carries nothing.
      if ("data" in error && error.data !== undefined) this.#onRefused();
      if (!this.socket.active) this.#reconnectLater();
    });
    this.socket.on("event", (raw) => {
      const event = eventSchema.safeParse(raw);
      if (!event.success) return;
      if (event.data.type === "session_closed") this.#onRefused();
      this.#state.apply(event.data);
      this.#schedule();
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly view = (): LiveView => this.#view;

  open(): void {
    this.socket.connect();
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    this.socket.disconnect();
  }

  #reconnectLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.socket.connect(), retryMs);
  }

  #setLink(link: Link): void {
    this.#link = link;
    this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#view = { ...this.#state.snapshot(), link: this.#link };
      for (const listener of this.#listeners) listener();
    }, burstMs);
  }
}
