import { existsSync } from "node:fs";
import { DuckDBInstance, ResultReturnType, version } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBResult, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { EngineError, messageOf, realNumber, wholeNumber } from "./engine.ts";
import type { Engine, EngineResult, StatementOptions } from "./engine.ts";
import type { Cell, ColumnKind } from "./result.ts";
import { writable } from "./sqlite.ts";
import type { Statement } from "./statements.ts";

/**
 * DuckDB, with the extensions that are part of it (CSV, Parquet, JSON, ICU). Others would be fetched and loaded as native code
 * from a directory that the box does not have, so they are not looked for.
 */
export async function openDuckdb(path: string): Promise<Engine> {
  const readOnly = path !== ":memory:" && existsSync(path) && !writable(path);
  const settings = {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    access_mode: readOnly ? "READ_ONLY" : "AUTOMATIC",
    // What does not fit into memory goes beside the database, and nowhere where there is none: /tmp is memory, too.
    ...(path === ":memory:" ? { temp_directory: "" } : {}),
  };
  const instance = await DuckDBInstance.create(path, settings).catch((thrown: unknown) => {
    throw errorOf(thrown, "");
  });
  const connection = await instance.connect();
  return {
    name: "duckdb",
    version: version(),
    run: (statement, options) => runOne(connection, statement, options),
    close: () => {
      connection.closeSync();
      instance.closeSync();
      return Promise.resolve();
    },
  };
}

async function runOne(
  connection: DuckDBConnection,
  statement: Statement,
  options: StatementOptions,
): Promise<EngineResult> {
  try {
    const result = await started(connection, statement.text, options);
    if (result.returnType === ResultReturnType.CHANGED_ROWS) {
      return { columns: null, rows: [], more: false, changed: result.rowsChanged };
    }
    if (result.returnType !== ResultReturnType.QUERY_RESULT)
      return { columns: null, rows: [], more: false, changed: null };
    const columns = result.columnNames().map((name, at) => ({ name, ...typeOf(result.columnType(at)) }));
    return { columns, ...(await firstRows(result, options.limit)), changed: null };
  } catch (thrown) {
    throw errorOf(thrown, statement.text);
  }
}

const query = /^(select|from|with|values|table|pivot|unpivot|describe|summarize|show|explain|pragma|call|execute|\()/i;

/**
 * A query is prepared, which gives rows as they are asked for, and so is a statement that names a parameter: the engine refuses
 * others. What gives no rows is run at once.
 */
async function started(connection: DuckDBConnection, text: string, options: StatementOptions): Promise<DuckDBResult> {
  const names = Object.keys(options.parameters).filter((name) => text.includes(`$${name}`));
  if (names.length === 0) {
    const streams = query.test(text);
    return streams ? connection.stream(text) : connection.run(text);
  }
  const prepared = await connection.prepare(text);
  for (let at = 1; at <= prepared.parameterCount; at += 1) {
    const value = options.parameters[prepared.parameterName(at)];
    if (value !== undefined) prepared.bindVarchar(at, value);
  }
  return prepared.stream();
}

async function firstRows(result: DuckDBResult, limit: number): Promise<{ rows: Cell[][]; more: boolean }> {
  const rows: Cell[][] = [];
  for await (const chunk of result.yieldRows()) {
    for (const row of chunk) {
      if (rows.length === limit) return { rows, more: true };
      rows.push(row.map(cellOf));
    }
  }
  return { rows, more: false };
}

/** Nested and temporal values, decimals and blobs are told in DuckDB's own notation. */
function cellOf(value: DuckDBValue): Cell {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint") return wholeNumber(value);
  return typeof value === "number" ? realNumber(value) : value.toString();
}

const kinds: readonly [RegExp, ColumnKind][] = [
  [/[\])]$|^(STRUCT|MAP|UNION|LIST)\b/, "nested"],
  [/^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|U?INTEGER|BIGNUM)$/, "integer"],
  [/^(FLOAT|DOUBLE)$/, "float"],
  [/^BOOLEAN$/, "boolean"],
  [/^(DATE|TIME|TIMESTAMP|INTERVAL)/, "time"],
  [/^(BLOB|BIT|GEOMETRY)$/, "binary"],
];

function typeOf(type: DuckDBType): { type: string; kind: ColumnKind } {
  const name = type.alias ?? type.toString();
  if (/^DECIMAL\(\d+,\d+\)$/.test(name)) return { type: name, kind: "decimal" };
  if (/^(ENUM|VARCHAR)\(/.test(name)) return { type: name, kind: "text" };
  return { type: name, kind: kinds.find(([pattern]) => pattern.test(name))?.[1] ?? "text" };
}

/** `Binder Error: MESSAGE`, more lines, and `LINE 2: TEXT` above a caret, where the engine knows the place. */
function errorOf(thrown: unknown, text: string): EngineError {
  const whole = messageOf(thrown).replace(/^Failed to (?:extract statements|execute prepared statement): /, "");
  const [, said = whole, lineText, shown = "", indent = ""] = /^([^]*?)\n\nLINE (\d+): (.*)\n( *)\^/.exec(whole) ?? [];
  const [, kind = "Error", message = said] = /^([A-Z][A-Za-z ]* Error): ([^]*)$/.exec(said) ?? [];
  const [first = "", ...notes] = message.split("\n");
  if (lineText === undefined) return new EngineError(kind, first, { notes });
  const column = indent.length - `LINE ${lineText}: `.length;
  return new EngineError(kind, first, { notes, offset: offsetOf(text, Number(lineText), { shown, column }) });
}

/** A long line is shown in part, between dots; then the part is looked for in the line. */
function offsetOf(text: string, line: number, { shown, column }: { shown: string; column: number }): number | null {
  let start = 0;
  for (let passed = 1; passed < line; passed += 1) {
    const next = text.indexOf("\n", start);
    if (next === -1) return null;
    start = next + 1;
  }
  const [source = ""] = text.slice(start).split("\n", 1);
  if (source === shown || !shown.startsWith("...")) return start + column;
  const part = shown.slice(3).replace(/\.\.\.$/, "");
  const at = source.indexOf(part);
  return at === -1 ? null : start + at + column - 3;
}
