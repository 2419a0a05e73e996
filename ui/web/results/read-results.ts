import { documentSchema, lineSchema } from "./result-schema.ts";
import type { SqlRun } from "./result-schema.ts";

/** How an output of lines begins, in which results are told as soon as there are any. */
export const linesBegin = '{"type":"begin"';

/**
 * The tables in a program's standard output, or null where it is none of theirs. Of lines, what is whole is taken: the last one
 * may still be on its way.
 */
export function readResults(output: string): SqlRun | null {
  return output.startsWith(linesBegin) ? readLines(output) : readDocument(output);
}

function readDocument(output: string): SqlRun | null {
  const parsed = documentSchema.safeParse(jsonOf(output));
  if (!parsed.success) return null;
  const { engine, version, database, results, error, ms } = parsed.data;
  return { engine, version, database, results, error, ms };
}

function readLines(output: string): SqlRun | null {
  let run: SqlRun | null = null;
  const whole = output.slice(0, output.lastIndexOf("\n") + 1);
  for (const text of whole.split("\n").filter((line) => line !== "")) {
    const parsed = lineSchema.safeParse(jsonOf(text));
    if (!parsed.success) return null;
    const line = parsed.data;
    if (line.type === "begin") {
      if (run !== null) return null;
      run = { engine: line.engine, version: line.version, database: line.database, results: [], error: null, ms: null };
      continue;
    }
    if (run === null) return null;
    switch (line.type) {
      case "result": {
        const { type: _type, ...result } = line;
        run.results.push(result);
        break;
      }
      case "error": {
        const { type: _type, ...error } = line;
        run.error = error;
        break;
      }
      case "end":
        run.ms = line.ms;
        break;
      default:
        line satisfies never;
    }
  }
  return run;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
