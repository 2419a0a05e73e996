import type { Cli } from "../cli.ts";
import { count } from "../format/amounts.ts";
import type { OutputSink } from "../http/output.ts";

/** A process's output onto this command's own: stdout to stdout, stderr to stderr, unchanged; gaps are told on stderr. */
export function outputSink(cli: Cli): OutputSink {
  return {
    write: (stream, data) => cli[stream].write(data),
    gap: (stream, bytes) =>
      cli.stderr.write(`superos: ${count(bytes, "byte")} of ${stream} were dropped under the OUT quota\n`),
  };
}
