import type { Format } from "./options.ts";
import type { RunEnd, RunError, RunHead, StatementResult } from "./result.ts";
import { textOf } from "./text-table.ts";

/** Where a run is told while it goes on; one for each format. */
export interface Report {
  begin(head: RunHead): void;
  result(result: StatementResult): void;
  error(error: RunError): void;
  end(end: RunEnd): void;
}

export function reportIn(format: Format, write: (text: string) => void, timing: boolean): Report {
  switch (format) {
    case "text":
      return textReport(write, timing);
    case "jsonl":
      return linesReport(write);
    case "json":
      return documentReport(write);
    default:
      return format satisfies never;
  }
}

/** Errors are told on standard error, whatever the format; as text, nowhere else. */
const textReport = (write: (text: string) => void, timing: boolean): Report => {
  let tables = 0;
  return {
    begin: () => undefined,
    result: (result) => {
      const text = textOf(result, timing);
      if (text === "") return;
      write(tables > 0 ? `\n${text}` : text);
      tables += 1;
    },
    error: () => undefined,
    end: () => undefined,
  };
};

const linesReport = (write: (text: string) => void): Report => {
  const line = (type: string, value: object): void => write(`${JSON.stringify({ type, ...value })}\n`);
  return {
    begin: (head) => line("begin", head),
    result: (result) => line("result", result),
    error: (error) => line("error", error),
    end: (end) => line("end", end),
  };
};

function documentReport(write: (text: string) => void): Report {
  let head: RunHead | null = null;
  const results: StatementResult[] = [];
  let failed: RunError | null = null;
  return {
    begin: (given) => (head = given),
    result: (result) => results.push(result),
    error: (error) => (failed = error),
    end: (end) => write(`${JSON.stringify({ ...head, results, error: failed, ...end })}\n`),
  };
}
