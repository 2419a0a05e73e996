import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { listenIn } from "./listen-in.ts";

/**
 * One of the sockets in a process's directory on which its relay calls.
 *
 * What arrives is accepted and not read: it goes on to a service as it is. Only the kernel can write to the directory,
 * so the name cannot have been planted, and the mount that shows it to the container is read-only.
 */

/** More at once than any program needs; what is beyond is refused by closing. */
const connectionLimit = 512;

export class ProcessSocket implements Disposable {
  readonly #server: Server;
  readonly #path: string;

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.#path = path;
  }

  static async listen(dir: string, name: string, accept: (socket: Socket) => void): Promise<ProcessSocket> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
      socket.on("error", () => socket.destroy());
      accept(socket);
    });
    server.maxConnections = connectionLimit;
    await listenIn(server, dir, name);
    const made = new ProcessSocket(server, join(dir, name));
    try {
      chmodSync(join(dir, name), 0o666);
      return made;
    } catch (error) {
      made[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#server.close();
    rmSync(this.#path, { force: true });
  }
}
