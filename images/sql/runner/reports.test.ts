import { expect, test } from "vitest";
import type { Format } from "./options.ts";
import { reportIn } from "./reports.ts";

const head = { format: 1, engine: "sqlite", version: "3.53.4", database: ":memory:" } as const;
const result = {
  statement: 1,
  line: 2,
  column: 1,
  columns: [{ name: "n", type: "INTEGER", kind: "integer" }],
  rows: [[1]],
  more: false,
  changed: null,
  ms: 0.5,
} as const;
const error = { file: "q.sql", statement: 2, line: 3, column: null, kind: "Parse error", message: "no" };

function told(format: Format): string {
  let text = "";
  const report = reportIn(format, (more) => (text += more), false);
  report.begin(head);
  report.result({ ...result, columns: [...result.columns], rows: result.rows.map((row) => [...row]) });
  report.error(error);
  report.end({ statements: 1, ms: 2 });
  return text;
}

test("json is one document, whole also when a statement failed", () => {
  expect(JSON.parse(told("json"))).toEqual({ ...head, results: [result], error, statements: 1, ms: 2 });
});

test("jsonl is a line for each thing that happened", () => {
  const lines = told("jsonl")
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(lines).toEqual([
    { type: "begin", ...head },
    { type: "result", ...result },
    { type: "error", ...error },
    { type: "end", statements: 1, ms: 2 },
  ]);
});

test("as text, an error is told on standard error alone", () => {
  expect(told("text")).toBe(" n\n INTEGER\n---------\n       1\n(1 row)\n");
});
