import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

/** Something beyond the boxes to connect to: it answers HTTP, and knows which connections are open. */

export class Outside {
  readonly port: number;
  /** Connections that came, whether they are open or not. */
  readonly seen: Socket[] = [];
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on("connection", (socket: Socket) => {
      this.seen.push(socket);
      socket.on("error", () => undefined);
      socket.on("data", (chunk: Buffer) => {
        if (chunk.includes("HTTP/1.1")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\noutside");
        else socket.write(chunk);
      });
    });
  }

  /** On the loopback of the machine: an address that only a table which names it may lead to. */
  static async start(): Promise<Outside> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new Outside(server, address.port);
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get open(): number {
    return this.seen.filter(({ destroyed }) => !destroyed).length;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.seen) socket.destroy();
  }
}
