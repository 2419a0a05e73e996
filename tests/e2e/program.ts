import type { ChildProcess } from "node:child_process";

/** Programs that tests run in boxes, and waiting for what they print. */

/** `run` arguments after the options: a Python program from its lines. */
export const python = (...lines: string[]): string[] => ["--", "python3", "-c", lines.join("\n")];

/** Resolves once the process has printed `text` on its stdout; rejects if it ends without. */
export function whenPrinted(child: ChildProcess, text: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let seen = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    seen += chunk.toString("latin1");
    if (seen.includes(text)) resolve();
  });
  child.once("close", (code) =>
    reject(new Error(`ended with ${code} before it printed ${JSON.stringify(text)}: ${seen}`)),
  );
  // Whoever awaits it later still sees the rejection; until then it is not an unhandled one.
  promise.catch(() => undefined);
  return promise;
}
