import { write } from "node:fs";
import { promisify } from "node:util";
import { quote } from "./file-name.ts";
import { systemFault } from "./system-fault.ts";

const writeSome = promisify(write);

/** Writes every byte at the descriptor's position. Faults: `exhausted` where the disk or a quota is full. */
export async function writeAll(file: Readonly<{ fd: number; name: string }>, bytes: Uint8Array): Promise<void> {
  let done = 0;
  try {
    while (done < bytes.length) done += (await writeSome(file.fd, bytes, done)).bytesWritten;
  } catch (error) {
    throw systemFault(error, quote(file.name));
  }
}
