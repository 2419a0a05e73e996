import { afterEach, expect, test } from "vitest";
import { EngineError } from "./engine.ts";
import type { EngineResult } from "./engine.ts";
import { locatedError } from "./sql-error.ts";
import { openSqlite } from "./sqlite.ts";
import { splitStatements } from "./statements.ts";

const engine = openSqlite(":memory:");
const options = { limit: 3, parameters: { who: "Ann" } };
afterEach(() => run("drop table if exists t"));

async function run(sql: string): Promise<EngineResult[]> {
  const results: EngineResult[] = [];
  for (const statement of splitStatements(sql, "sqlite")) {
    try {
      results.push(await engine.run(statement, options));
    } catch (thrown) {
      throw new Error(locatedError(thrown, { file: "q.sql", sql, statement }).text, { cause: thrown });
    }
  }
  return results;
}

test("a column has its declared type, or that of what it holds", async () => {
  const [, , found] = await run(
    "create table t(a integer, b varchar(9), c, d); insert into t values (1, 'x', 2.5, 1), (2, null, 3.5, x'00ff'); select *, a * 2 twice from t",
  );
  expect(found?.columns).toEqual([
    { name: "a", type: "INTEGER", kind: "integer" },
    { name: "b", type: "varchar(9)", kind: "text" },
    { name: "c", type: "REAL", kind: "float" },
    { name: "d", type: "ANY", kind: "text" },
    { name: "twice", type: "INTEGER", kind: "integer" },
  ]);
  expect(found?.rows).toEqual([
    [1, "x", 2.5, 1, 2],
    [2, null, 3.5, "x'00ff'", 4],
  ]);
});

test("whole numbers that JSON cannot hold are digits, and infinity is a word", async () => {
  const [found] = await run("select 9223372036854775807, 9007199254740991, 1e999");
  expect(found?.rows).toEqual([["9223372036854775807", 9007199254740991, "Infinity"]]);
});

test("no more rows are read than are asked for, and one that says whether there are more", async () => {
  const numbers = (last: number): string =>
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${last}) select i from n`;
  expect((await run(numbers(3)))[0]).toMatchObject({ rows: [[1], [2], [3]], more: false });
  expect((await run(numbers(1e15)))[0]).toMatchObject({ rows: [[1], [2], [3]], more: true });
});

test("a statement says how many rows it changed, and a query says nothing of it", async () => {
  const results = await run(
    "create table t(a); insert into t values (1), (2); update t set a = 3; select 1; insert into t values (4) returning a",
  );
  expect(results.map(({ changed }) => changed)).toEqual([null, 2, 2, null, null]);
  expect(results.at(-1)?.rows).toEqual([[4]]);
});

test("what a trigger changes besides is not counted", async () => {
  const results = await run(
    "create table t(a); create temp trigger more after insert on t when new.a < 5 begin insert into t values (new.a + 5); end; insert into t values (1), (2); drop trigger more",
  );
  expect(results.map(({ changed }) => changed)).toEqual([null, null, 2, null]);
});

test("a parameter is given to the statements that name it", async () => {
  expect((await run("select :who; select $who; select 1")).map(({ rows }) => rows)).toEqual([
    [["Ann"]],
    [["Ann"]],
    [[1]],
  ]);
});

test("an error names file, line and column where the token is there once, and shows it", async () => {
  await expect(run("select 1;\nselect 2,\n  foo from sqlite_schema")).rejects.toThrow(
    "q.sql:3:3: Parse error: no such column: foo\n\nLINE 3:   foo from sqlite_schema\n          ^",
  );
  await expect(run("select 1;\nselec 2")).rejects.toThrow('q.sql:2:1: Parse error: near "selec": syntax error');
});

test("where the place is not known only the statement's line is told", async () => {
  await expect(run("select 1;\nselect foo, foo")).rejects.toThrow("q.sql:2: Parse error: no such column: foo");
  await expect(run("create table t(a unique);\ninsert into t values (1), (1)")).rejects.toThrow(
    "q.sql:2: Runtime error: UNIQUE constraint failed: t.a",
  );
});

test("extensions cannot be loaded", async () => {
  await expect(run("select load_extension('x')")).rejects.toThrow("not authorized");
  expect(() => openSqlite("/nowhere/at/all.db")).toThrow(EngineError);
});

test("a long line is shown in part, with the caret below its place", () => {
  const sql = `select ${"1, ".repeat(100)}foo`;
  const [statement = null] = splitStatements(sql, "sqlite");
  const thrown = new EngineError("Parse error", "no such column: foo", { offset: sql.length - 3 });
  const [, , shown = "", caret = ""] = locatedError(thrown, { file: "q.sql", sql, statement }).text.split("\n");
  expect(shown.length).toBeLessThan(140);
  expect(shown.slice(caret.indexOf("^"))).toBe("foo");
});
