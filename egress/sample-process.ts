import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * For tests: processes that connect, and the kernel's part of it.
 *
 * A real Unix socket accepts each connection unread and hands it over with a message, as the kernel does.
 */

export type HandOver = (message: unknown, socket: Socket) => void;

export class SampleDoor {
  readonly #dir: string;
  readonly #server: Server;
  readonly #handOver: HandOver;
  readonly #open = new Set<Socket>();

  private constructor(dir: string, server: Server, handOver: HandOver) {
    this.#dir = dir;
    this.#server = server;
    this.#handOver = handOver;
  }

  static async open(handOver: HandOver): Promise<SampleDoor> {
    const dir = await mkdtemp(join(tmpdir(), "superos-egress-"));
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    server.listen(join(dir, "door.sock"));
    await once(server, "listening");
    return new SampleDoor(dir, server, handOver);
  }

  /** Connects as a process does; the other end goes to the service with this message. */
  async connect(message: unknown): Promise<SampleClient> {
    const socket = connect({ path: join(this.#dir, "door.sock"), allowHalfOpen: true });
    const [accepted] = (await once(this.#server, "connection")) as [Socket];
    this.#handOver(message, accepted);
    this.#open.add(socket);
    return new SampleClient(socket);
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    await rm(this.#dir, { recursive: true });
  }
}

/** A program that writes what it likes and keeps what it reads. */
export class SampleClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #text = "";
  #changed: () => void = () => undefined;
  #ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      this.#text += chunk.toString("latin1");
      this.#changed();
    });
    this.closed = new Promise((resolve) => {
      socket.once("close", () => resolve()).once("end", () => resolve());
    });
    void this.closed.then(() => {
      this.#ended = true;
      this.#changed();
    });
  }

  get text(): string {
    return this.#text;
  }

  write(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  /** Everything read, once it matches; throws when the other end closes before. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text)) {
      if (this.#ended) throw new Error(`closed after ${JSON.stringify(this.#text.slice(0, 2000))}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this.#text;
  }

  /** Everything read until the other end closes. */
  async untilClosed(): Promise<string> {
    await this.closed;
    return this.#text;
  }
}
