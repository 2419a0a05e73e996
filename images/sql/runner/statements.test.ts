import { expect, test } from "vitest";
import { splitStatements } from "./statements.ts";

const texts = (sql: string, dialect: "sqlite" | "duckdb" | "postgres" = "sqlite"): string[] =>
  splitStatements(sql, dialect).map(({ text }) => text);

test("a statement begins at its first word and knows its line and column", () => {
  const sql = "-- a comment; with a semicolon\n\n  select 1;\n/* two\nlines */ select\n 2 ;;";
  expect(splitStatements(sql, "sqlite")).toEqual([
    { number: 1, text: "select 1", offset: 34, line: 3, column: 3 },
    { number: 2, text: "select\n 2", offset: 60, line: 5, column: 10 },
  ]);
});

test("a file of comments has no statements", () => {
  expect(texts("-- nothing\n/* at all */ ;;\n")).toEqual([]);
});

test("semicolons within quotes end nothing, and a doubled quote is a character", () => {
  expect(texts(`select 'a;''b;', "c;""d;"; select 2`)).toEqual([`select 'a;''b;', "c;""d;"`, "select 2"]);
  expect(texts("select [a;b], `c;d`; select 2")).toEqual(["select [a;b], `c;d`", "select 2"]);
});

test("brackets are lists in DuckDB and names in SQLite", () => {
  expect(texts("select [1; select 2", "duckdb")).toHaveLength(2);
  expect(texts("select [1; select 2", "sqlite")).toHaveLength(1);
});

test("dollar quotes and backslashes are PostgreSQL's and DuckDB's", () => {
  expect(texts("do $x$ a; $$ b; $x$; select 1", "postgres")).toEqual(["do $x$ a; $$ b; $x$", "select 1"]);
  expect(texts(String.raw`select E'it\'s; ''', 1; select 2`, "postgres")).toHaveLength(2);
  expect(texts("select $1; select $2", "postgres")).toHaveLength(2);
});

test("comments nest in PostgreSQL and not in SQLite", () => {
  const sql = "select 1 /* a /* b */ ; */ ; select 2";
  expect(texts(sql, "postgres")).toHaveLength(2);
  expect(texts(sql, "sqlite")).toHaveLength(3);
});

test("the steps of a trigger's body are one statement, a CASE in it included", () => {
  const body = "begin update t set b = case when a then 1 else 2 end; delete from u; end";
  expect(texts(`create temp trigger x after insert on t ${body}; select 1`)).toEqual([
    `create temp trigger x after insert on t ${body}`,
    "select 1",
  ]);
});

test("a function with a standard body is one statement", () => {
  const made = "create or replace function f() returns int begin atomic select 1; select 2; end";
  expect(texts(`${made}; select f()`, "postgres")).toEqual([made, "select f()"]);
});

test("BEGIN and END of a transaction are statements", () => {
  expect(texts("begin; select case 1 when 1 then 2 end; end; select 1")).toHaveLength(4);
});

test("what is left open reaches to the end, in time that grows with the length alone", () => {
  for (const open of ["'", '"', "/*", "$$", "[", "E'"]) {
    const dialect = open === "[" ? "sqlite" : "postgres";
    expect(texts(`select ${open}${";x ".repeat(100_000)}`, dialect)).toHaveLength(1);
  }
  expect(splitStatements("select 1;\n".repeat(50_000), "duckdb").at(-1)?.line).toBe(50_000);
});

test("a byte order mark is not part of the first statement", () => {
  expect(texts("\uFEFFselect 1")).toEqual(["select 1"]);
});
