import type { ProcessView } from "../../../kernel/abi/index.ts";
import { hasEnded } from "../parts/process-facts.ts";

/** How much of an output is read as tables: a page that shows more of them is slower than the text. */
export const outputLimitBytes = 8 * 1024 * 1024;

/** Whether a process's output is worth reading for tables: that of SQL, once it is all there. Pure. */
export const mayHaveResults = (process: ProcessView): boolean =>
  process.runtime === "sql" &&
  process.tty === null &&
  hasEnded(process) &&
  process.output.stdoutBytes <= outputLimitBytes;
