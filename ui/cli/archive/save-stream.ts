import { createWriteStream, rmSync } from "node:fs";
import { open, realpath, rename, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Readable } from "node:stream";
import { Fault } from "../../../kernel/abi/index.ts";
import { errnoOf, exitCodes } from "../failure.ts";

/**
 * Writes a stream to a file that appears only when it is whole.
 *
 * The bytes go to a temporary file beside it, which takes its name at the end and is removed on any failure, Ctrl-C
 * included. A device or pipe cannot be replaced and is written to directly.
 */

type Target = { path: string; replace: boolean };

async function inspectTarget(path: string): Promise<Target> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      throw new Fault("invalid", `${path} is a folder`, { hint: "Name the file to write, or - for standard output." });
    }
    return { path: await realpath(path), replace: found.isFile() };
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return { path, replace: true };
    throw error;
  }
}

function writeFault(error: unknown, path: string): unknown {
  const code = errnoOf(error);
  if (error instanceof Fault || code === undefined || !/^E[A-Z]+$/.test(code)) return error;
  return new Fault("invalid", `cannot write ${path} (${code})`, {
    hint: "Name a file that you may write.",
    cause: error,
  });
}

export async function saveStream(source: AsyncIterable<Uint8Array> | Readable, file: string): Promise<void> {
  const target = await inspectTarget(file).catch((error: unknown) => {
    throw writeFault(error, file);
  });
  if (!target.replace) return pipeline(source, createWriteStream(target.path));
  const partial = `${target.path}.${crypto.randomUUID().slice(0, 8)}.part`;
  const discard = (): void => rmSync(partial, { force: true });
  const interrupt = (code: number) => (): void => {
    discard();
    process.exit(code);
  };
  const handlers = [
    ["SIGINT", interrupt(exitCodes.interrupted)],
    ["SIGTERM", interrupt(exitCodes.terminated)],
    ["SIGHUP", interrupt(exitCodes.hungUp)],
  ] as const;
  for (const [signal, handler] of handlers) process.on(signal, handler);
  try {
    // Opened before the source is read: a source that fails at once must not leave a file that is still to be opened.
    const file = await open(partial, "wx");
    await pipeline(source, file.createWriteStream());
    await rename(partial, target.path);
  } catch (error) {
    discard();
    throw writeFault(error, file);
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}
