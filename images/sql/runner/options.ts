import { parseArgs } from "node:util";
import { UsageError } from "./engine.ts";
import { engineNames } from "./result.ts";
import type { EngineName } from "./result.ts";

/** The command line of `sql-run`. */
export const usage = `usage: sql-run [OPTION]... FILE [DATABASE]
       sql-run [OPTION]... --database DATABASE [FILE]
       sql-run --table DATAFILE

Runs the SQL statements of FILE, or of standard input where FILE is - or left out, until one fails.
A file says in its first line which engine it is for: -- engine: sqlite|duckdb|postgres [DATABASE]

  --engine NAME         sqlite, duckdb or postgres; before what the file says
  --database DATABASE   a database file, or with postgres the name of a database; without it one in memory, or postgres
  --table DATAFILE      shows a CSV, JSON or Parquet file as DuckDB reads it
  --format FORMAT       text, json or jsonl
  --limit ROWS          how many rows of a result are read, 1 to 1000000; 1000 without it
  --param NAME=VALUE    a parameter, as text: :NAME (sqlite), $NAME (duckdb), current_setting('param.NAME') (postgres)
  --server NAME         the endpoint at which PostgreSQL is; db without it
  --timing              with text: how long each statement took
  --version             the engines and their versions`;

export const formats = ["text", "json", "jsonl"] as const;
export type Format = (typeof formats)[number];

export interface Options {
  /** `-` is standard input. */
  file: string;
  engine: EngineName | null;
  database: string | null;
  table: string | null;
  format: Format;
  limit: number;
  parameters: Record<string, string>;
  server: string;
  timing: boolean;
  ask: "help" | "version" | null;
}

const flags = {
  engine: { type: "string" },
  database: { type: "string" },
  table: { type: "string" },
  format: { type: "string", default: "text" },
  limit: { type: "string", default: "1000" },
  param: { type: "string", multiple: true, default: [] },
  server: { type: "string", default: "db" },
  timing: { type: "boolean", default: false },
  version: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} satisfies NonNullable<Parameters<typeof parseArgs>[0]>["options"];

export function readOptions(argv: readonly string[]): Options {
  const { values, positionals } = parsed(argv);
  const named = values.database ?? null;
  const [file, database, ...others] = positionals;
  if (others.length > 0 || (named !== null && database !== undefined))
    throw new UsageError(`too many arguments\n${usage}`);
  if (values.table !== undefined && file !== undefined) throw new UsageError("--table takes no file of statements");
  return {
    file: file ?? "-",
    engine: values.engine === undefined ? null : oneOf(engineNames, values.engine, "engine"),
    database: named ?? database ?? null,
    table: values.table ?? null,
    format: oneOf(formats, values.format, "format"),
    limit: rowLimit(values.limit),
    parameters: Object.fromEntries(values.param.map(parameter)),
    server: values.server,
    timing: values.timing,
    ask: values.help ? "help" : values.version ? "version" : null,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags, allowPositionals: true });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

export function oneOf<Name extends string>(names: readonly Name[], text: string, what: string): Name {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new UsageError(`there is no ${what} "${text}": it is one of ${names.join(", ")}`);
  return found;
}

function rowLimit(text: string): number {
  const rows = /^[0-9]{1,7}$/.test(text) ? Number(text) : 0;
  if (rows < 1 || rows > 1_000_000)
    throw new UsageError(`--limit is a number of rows from 1 to 1000000, not "${text}"`);
  return rows;
}

function parameter(text: string): [string, string] {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]{0,62})=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new UsageError(`--param is NAME=VALUE, not "${text}"`);
  return [name, value];
}
