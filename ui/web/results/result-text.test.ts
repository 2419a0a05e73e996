import { expect, test } from "vitest";
import type { SqlRun } from "./result-schema.ts";
import { textOfRun } from "./result-text.ts";

const place = { line: 1, column: 1, more: false, changed: null, ms: 0.5 };
const run: SqlRun = {
  engine: "sqlite",
  version: "3",
  database: ":memory:",
  error: null,
  ms: 1,
  results: [
    { ...place, statement: 1, columns: null, rows: [], changed: 2 },
    {
      ...place,
      statement: 2,
      line: 3,
      columns: [
        { name: "id", type: "INTEGER", kind: "integer" },
        { name: "name", type: "TEXT", kind: "text" },
      ],
      rows: [
        [1, "Größe"],
        [20, "two\nlines"],
        [null, null],
      ],
    },
  ],
};

test("a result is a table of aligned columns, numbers at their right side, each row on one line", () => {
  expect(textOfRun(run)).toBe(
    [
      "Statement 1, line 1: 2 rows changed, 0.50 ms",
      "",
      "Statement 2, line 3: 3 rows, 0.50 ms",
      "id      | name",
      "INTEGER | TEXT",
      "--------+-----------",
      "      1 | Größe",
      "     20 | two\\nlines",
      "   NULL | NULL",
      "",
    ].join("\n"),
  );
});
