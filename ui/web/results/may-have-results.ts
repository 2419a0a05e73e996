import type { ProcessView } from "../../../kernel/abi/index.ts";

/** How much of an output is read as tables: a page that shows more of them is slower than the text. */
export const outputLimitBytes = 8 * 1024 * 1024;

/** Up to here tables are shown while the program still writes them; what is longer is read once, when it is all there. */
export const liveLimitChars = 1024 * 1024;

/** Whether a process's output is worth reading for tables: that of SQL. Pure. */
export const mayHaveResults = (process: ProcessView): boolean =>
  process.runtime === "sql" && process.tty === null && process.output.stdoutBytes <= outputLimitBytes;
