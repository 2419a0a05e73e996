import { expect, test } from "vitest";
import type { StatementResult } from "./result.ts";
import { textOf } from "./text-table.ts";
import { onOneLine, textRuler } from "./text-width.ts";

const result = (given: Partial<StatementResult>): StatementResult => ({
  statement: 1,
  line: 1,
  column: 1,
  columns: null,
  rows: [],
  more: false,
  changed: null,
  ms: 1.26,
  ...given,
});

test("names and types stand above, numbers to the right, and NULL is a word", () => {
  const columns = [
    { name: "name", type: "TEXT", kind: "text" as const },
    { name: "n", type: "REAL", kind: "float" as const },
  ];
  const rows = [
    ["Äpfel", 2],
    ["東京", null],
    ["👩‍👩‍👧", -12.5],
  ];
  expect(textOf(result({ columns, rows }), false)).toBe(
    [
      " name  | n",
      " TEXT  | REAL",
      "-------+-------",
      " Äpfel |   2.0",
      " 東京  |  NULL",
      " 👩‍👩‍👧    | -12.5",
      "(3 rows)",
      "",
    ].join("\n"),
  );
});

test("a value of several lines stays in its column", () => {
  const columns = [
    { name: "plan", type: "text", kind: "text" as const },
    { name: "n", type: "int", kind: "integer" as const },
  ];
  expect(textOf(result({ columns, rows: [["a\nbcde\n", 1]] }), false)).toBe(
    [" plan | n", " text | int", "------+-----", " a   +|   1", " bcde |", "(1 row)", ""].join("\n"),
  );
});

test("that there are more rows is said, and how long it took where that is asked", () => {
  const columns = [{ name: "n", type: "INTEGER", kind: "integer" as const }];
  const told = textOf(result({ columns, rows: [[1]], more: true }), true);
  expect(told.split("\n").at(-2)).toBe("(first 1 row, there are more: --limit shows them, 1.3 ms)");
});

test("a statement without a table tells the rows that it changed, or nothing", () => {
  expect(textOf(result({ changed: 2 }), false)).toBe("(2 rows changed)\n");
  expect(textOf(result({ changed: null }), false)).toBe("");
});

test("control characters are told by their escapes, so that no value moves the cursor", () => {
  expect(onOneLine("a\tb\u001b[2J\r")).toBe(String.raw`a\tb\x1b[2J\r`);
});

test("width is what a terminal gives a text", () => {
  expect(["", "abc", "é", "東", "e\u0301", "🙂"].map(textRuler())).toEqual([0, 3, 1, 2, 1, 2]);
});
