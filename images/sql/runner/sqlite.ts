import { accessSync, constants, existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { SQLOutputValue, StatementSync } from "node:sqlite";
import { EngineError, messageOf, realNumber, wholeNumber } from "./engine.ts";
import type { Engine, EngineResult, StatementOptions } from "./engine.ts";
import type { Cell, Column, ColumnKind } from "./result.ts";
import type { Statement } from "./statements.ts";
import { skipToken } from "./tokens.ts";

/**
 * SQLite, as Node has it built in. Its values have types and its columns need not: a column without a declared type is told
 * by what its rows hold.
 */
export function openSqlite(path: string): Engine {
  const database = opened(path);
  const changes = database.prepare("select changes()");
  return {
    name: "sqlite",
    version: String(firstValue(database.prepare("select sqlite_version()"))),
    run: (statement, options) => {
      const result = runOne(database, statement, options);
      const changed = result.columns === null && change.test(statement.text) ? Number(firstValue(changes)) : null;
      return Promise.resolve({ ...result, changed });
    },
    close: () => Promise.resolve(database.close()),
  };
}

/** After any other statement the engine still tells the number of the last one of these. */
const change = /^(insert|update|delete|replace|with)\b/i;

/** A file that may not be written, because the process was granted to read it alone, is opened for reading. */
function opened(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, {
      readOnly: path !== ":memory:" && existsSync(path) && !writable(path),
      timeout: 5000,
    });
  } catch (thrown) {
    throw new EngineError("Error", `${path}: ${messageOf(thrown)}`);
  }
}

export function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function firstValue(prepared: StatementSync): SQLOutputValue | undefined {
  prepared.setReturnArrays(true);
  const row: unknown = prepared.get();
  return Array.isArray(row) ? row[0] : undefined;
}

function runOne(
  database: DatabaseSync,
  statement: Statement,
  options: StatementOptions,
): Omit<EngineResult, "changed"> {
  const prepared = parsed(database, statement.text);
  prepared.setReadBigInts(true);
  prepared.setReturnArrays(true);
  prepared.setAllowUnknownNamedParameters(true);
  const declared = prepared.columns();
  const values: SQLOutputValue[][] = [];
  let more = false;
  try {
    for (const row of prepared.iterate(options.parameters)) {
      if (values.length === options.limit) {
        more = true;
        break;
      }
      if (Array.isArray(row)) values.push(row);
    }
  } catch (thrown) {
    throw new EngineError("Runtime error", messageOf(thrown));
  }
  if (declared.length === 0) return { columns: null, rows: [], more: false };
  const columns = declared.map(({ name, type }, at) =>
    columnOf(
      name,
      type,
      values.map((row) => row[at] ?? null),
    ),
  );
  return { columns, rows: values.map((row) => row.map(cellOf)), more };
}

function parsed(database: DatabaseSync, text: string): StatementSync {
  try {
    return database.prepare(text);
  } catch (thrown) {
    const message = messageOf(thrown);
    throw new EngineError("Parse error", message, { offset: offsetOf(message, text) });
  }
}

/** SQLite names the token that it stopped at and not its place; where the token is there once, that is its place. */
function offsetOf(message: string, text: string): number | null {
  if (message === "incomplete input") return text.length;
  const quoted = /^near "([^]*)": syntax error$/.exec(message)?.[1];
  const named = /^no such (?:column|table|function): (?:.*\.)?([^.]+)$/.exec(message)?.[1];
  const wanted = quoted ?? named;
  if (wanted === undefined) return null;
  const places: number[] = [];
  for (let at = 0; at < text.length;) {
    const { end } = skipToken(text, at, "sqlite");
    const token = text.slice(at, end);
    if (token === wanted || token === `"${wanted}"`) places.push(at);
    at = end;
  }
  return places.length === 1 ? (places[0] ?? null) : null;
}

const storageClass = (value: SQLOutputValue): string =>
  value === null
    ? "NULL"
    : typeof value === "bigint"
      ? "INTEGER"
      : typeof value === "number"
        ? "REAL"
        : typeof value === "string"
          ? "TEXT"
          : "BLOB";

const kinds: Readonly<Record<string, ColumnKind>> = { INTEGER: "integer", REAL: "float", TEXT: "text", BLOB: "binary" };

function columnOf(name: string, declared: string | null, values: readonly SQLOutputValue[]): Column {
  const classes = [...new Set(values.map(storageClass))].filter((one) => one !== "NULL");
  const [only = "NULL", another] = classes;
  const type = declared ?? (another === undefined ? only : "ANY");
  const seen = classes.length === 0 ? affinity(declared ?? "") : another === undefined ? only : "TEXT";
  return { name, type, kind: kinds[seen] ?? "text" };
}

/** https://sqlite.org/datatype3.html, 3.1: what a declared type is taken for. */
function affinity(declared: string): string {
  if (/INT/i.test(declared)) return "INTEGER";
  if (/CHAR|CLOB|TEXT/i.test(declared)) return "TEXT";
  if (/BLOB/i.test(declared)) return "BLOB";
  return /REAL|FLOA|DOUB/i.test(declared) ? "REAL" : "TEXT";
}

function cellOf(value: SQLOutputValue): Cell {
  if (typeof value === "bigint") return wholeNumber(value);
  if (typeof value === "number") return realNumber(value);
  return value instanceof Uint8Array ? `x'${Buffer.from(value).toString("hex")}'` : value;
}
