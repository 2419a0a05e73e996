import { expect, test } from "vitest";
import { cellText, countText, durationText, engineText, errorPlace } from "./result-facts.ts";
import type { Column, StatementResult } from "./result-schema.ts";

const text: Column = { name: "who", type: "VARCHAR", kind: "text" };
const float: Column = { name: "x", type: "DOUBLE", kind: "float" };
const result = (given: Partial<StatementResult>): StatementResult => ({
  statement: 1,
  line: 1,
  column: 1,
  columns: [text],
  rows: [],
  more: false,
  changed: null,
  ms: 1,
  ...given,
});

test("a result that was cut off says so", () => {
  const rows = Array.from({ length: 1000 }, () => ["a"]);
  expect(countText(result({ rows, more: true }))).toBe("first 1,000 of more rows");
  expect([result({ rows }), result({ rows: [["a"]] }), result({})].map(countText)).toEqual([
    "1,000 rows",
    "1 row",
    "0 rows",
  ]);
});

test("a statement without a table says what it changed", () => {
  expect([2, 0, null].map((changed) => countText(result({ columns: null, changed })))).toEqual([
    "2 rows changed",
    "done",
    "done",
  ]);
});

test("short times are told in hundredths of a millisecond", () => {
  expect([0.004, 1.256, 12.4, 1500].map(durationText)).toEqual(["0.00 ms", "1.26 ms", "12 ms", "1.5 s"]);
});

test("a float is told from a whole number", () => {
  expect([cellText(2, float), cellText(2.5, float), cellText("NaN", float), cellText(true, text)]).toEqual([
    "2.0",
    "2.5",
    "NaN",
    "true",
  ]);
});

test("an error's place has as much as is known", () => {
  const error = { file: "q.sql", statement: 1, line: 3, column: null, kind: "Parse error", message: "" };
  expect([error, { ...error, column: 4 }, { ...error, line: null }].map(errorPlace)).toEqual([
    "q.sql:3",
    "q.sql:3:4",
    "q.sql",
  ]);
});

test("an engine has its name and its version", () => {
  const run = { engine: "duckdb", version: "v1.5.5", database: ":memory:", results: [], error: null, ms: 1 } as const;
  expect(engineText({ ...run, results: [] })).toBe("DuckDB 1.5.5");
});
