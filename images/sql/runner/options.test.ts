import { expect, test } from "vitest";
import { UsageError } from "./engine.ts";
import { chosenEngine, dataFileSql } from "./choose.ts";
import { readOptions } from "./options.ts";

test("a file and a database are named by their places", () => {
  expect(readOptions(["q.sql", "shop.db", "--limit", "5", "--param", "a=b=c", "--format", "json"])).toMatchObject({
    file: "q.sql",
    database: "shop.db",
    limit: 5,
    parameters: { a: "b=c" },
    format: "json",
  });
  expect(readOptions([])).toMatchObject({ file: "-", database: null, limit: 1000, format: "text", server: "db" });
});

test.each([
  [["--engine", "oracle"], 'there is no engine "oracle": it is one of sqlite, duckdb, postgres'],
  [["--format", "xml"], 'there is no format "xml": it is one of text, json, jsonl'],
  [["--limit", "0"], '--limit is a number of rows from 1 to 1000000, not "0"'],
  [["--param", "a"], '--param is NAME=VALUE, not "a"'],
  [["--nonsense"], "Unknown option '--nonsense'"],
  [["a.sql", "b.db", "c"], "too many arguments"],
  [["--database", "a.db", "b.sql", "c.db"], "too many arguments"],
])("%j is refused with what is wrong", (argv, message) => {
  expect(() => readOptions(argv)).toThrow(UsageError);
  expect(() => readOptions(argv)).toThrow(message);
});

const asked = { engine: null, database: null, table: null };

test("a file says its engine in its first line, and the command line has the last word", () => {
  expect(chosenEngine("-- engine: duckdb\nselect 1", asked)).toEqual({ engine: "duckdb", database: ":memory:" });
  expect(chosenEngine("--engine: postgres shop\r\n", asked)).toEqual({ engine: "postgres", database: "shop" });
  expect(chosenEngine("-- engine: postgres", asked)).toEqual({ engine: "postgres", database: "postgres" });
  expect(chosenEngine("-- engine: duckdb a.duckdb", { ...asked, engine: "sqlite", database: "b.db" })).toEqual({
    engine: "sqlite",
    database: "b.db",
  });
  expect(() => chosenEngine("-- engine: mysql", asked)).toThrow('there is no engine "mysql"');
});

test("without a word about it the engine is SQLite, or what the database's name says", () => {
  expect(chosenEngine("select 1\n-- engine: duckdb", asked).engine).toBe("sqlite");
  expect(chosenEngine("select 1", { ...asked, database: "not-there.duckdb" }).engine).toBe("duckdb");
  expect(chosenEngine("select 1", { ...asked, database: "not-there.db" }).engine).toBe("sqlite");
});

test("a data file's name is data, whatever it holds", () => {
  expect(dataFileSql("/project/it's; drop.csv")).toBe("from '/project/it''s; drop.csv'");
});
