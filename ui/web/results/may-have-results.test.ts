import { expect, test } from "vitest";
import { sampleProcess } from "../parts/sample-process.ts";
import { mayHaveResults, outputLimitBytes } from "./may-have-results.ts";

const ended = { phase: "exited", startedAt: 1, endedAt: 2, outcome: { kind: "code", code: 0 } };
const output = { stdoutBytes: 10, stderrBytes: 0 };
const sql = { pid: 7, runtime: "sql", state: ended, output };

test("the output of SQL is read for tables, while it runs too", () => {
  expect(mayHaveResults(sampleProcess(sql))).toBe(true);
  expect(mayHaveResults(sampleProcess({ ...sql, state: { phase: "running", startedAt: 1 } }))).toBe(true);
});

test("other output is not: of another runtime, a terminal's, or too much", () => {
  const others = [
    { ...sql, runtime: "python" },
    { ...sql, tty: { rows: 24, columns: 80 } },
    { ...sql, output: { ...output, stdoutBytes: outputLimitBytes + 1 } },
  ];
  expect(others.map((said) => mayHaveResults(sampleProcess(said)))).toEqual(others.map(() => false));
});
