import { expect, test } from "vitest";
import { readResults } from "./read-results.ts";

const head = { format: 1, engine: "duckdb", version: "v1.5.5", database: ":memory:" };
const result = {
  statement: 1,
  line: 2,
  column: 1,
  columns: [
    { name: "n", type: "BIGINT", kind: "integer" },
    { name: "who", type: "VARCHAR", kind: "text" },
  ],
  rows: [
    [1, "Ann"],
    ["9223372036854775807", null],
  ],
  more: true,
  changed: null,
  ms: 0.25,
};
const error = { file: "q.sql", statement: 2, line: 3, column: null, kind: "Binder Error", message: "no" };
const end = { statements: 1, ms: 4 };
const lines = (...values: object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join("");

test("a document and its lines are the same run", () => {
  const run = { engine: "duckdb", version: "v1.5.5", database: ":memory:", results: [result], error, ms: 4 };
  expect(readResults(`${JSON.stringify({ ...head, results: [result], error, ...end })}\n`)).toEqual(run);
  expect(
    readResults(
      lines(
        { type: "begin", ...head },
        { type: "result", ...result },
        { type: "error", ...error },
        { type: "end", ...end },
      ),
    ),
  ).toEqual(run);
});

test("lines that are still coming in are read as far as they are whole", () => {
  const text = lines({ type: "begin", ...head }, { type: "result", ...result });
  expect(readResults(`${text}{"type":"resu`)).toMatchObject({ results: [result], ms: null });
  expect(readResults(text.slice(0, 40))).toBeNull();
});

test("output of another kind is no run, however much it looks like one", () => {
  const others = ["", "hello\n", "{}", "[1]", JSON.stringify({ ...head, results: [] })];
  const spoiled = [
    { ...result, rows: [[1]] },
    { ...result, rows: [[1, { html: "<b>" }]] },
    { ...result, columns: [{ name: "n", type: "x", kind: "other" }] },
    { ...result, ms: -1 },
    { ...result, more: "yes" },
    { ...result, extra: 1 },
  ].map((value) => lines({ type: "begin", ...head }, { type: "result", ...value }));
  const twice = lines({ type: "begin", ...head }, { type: "begin", ...head });
  expect([...others, ...spoiled, twice].map(readResults)).toEqual([...others, ...spoiled, twice].map(() => null));
});

test("a newer format than this page knows is not guessed at", () => {
  expect(readResults(lines({ type: "begin", ...head, format: 2 }))).toBeNull();
});
