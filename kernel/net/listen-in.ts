import { once } from "node:events";
import type { Server } from "node:net";

/**
 * Listens on a Unix socket by its name in a directory, however long the directory's path is: a socket's address holds
 * 107 bytes. Binding is synchronous, so that nothing else sees the other working directory.
 */
export async function listenIn(server: Server, dir: string, name: string): Promise<void> {
  const before = process.cwd();
  const listening = once(server, "listening");
  process.chdir(dir);
  try {
    server.listen(name);
  } finally {
    process.chdir(before);
  }
  await listening;
}
