import { closeSync, openSync, readSync } from "node:fs";
import { UsageError } from "./engine.ts";
import { oneOf } from "./options.ts";
import type { Options } from "./options.ts";
import { engineNames } from "./result.ts";
import type { EngineName } from "./result.ts";

/** Which engine runs a file, and on which database: the command line decides, then the file, then the database's own bytes. */
export interface Choice {
  engine: EngineName;
  database: string;
}

const directive = /^\uFEFF?--[ \t]*engine:[ \t]*(\S+)(?:[ \t]+(\S+))?[ \t]*(?:\r?\n|$)/;

export function chosenEngine(sql: string, options: Pick<Options, "engine" | "database" | "table">): Choice {
  const [, said, place] = directive.exec(sql) ?? [];
  const named = options.database ?? place ?? null;
  const engine =
    options.engine ??
    (options.table !== null ? "duckdb" : said !== undefined ? oneOf(engineNames, said, "engine") : engineOf(named));
  return { engine, database: named ?? (engine === "postgres" ? "postgres" : ":memory:") };
}

function engineOf(database: string | null): EngineName {
  if (database === null) return "sqlite";
  const head = firstBytes(database, 16);
  if (head === null) return /\.(duckdb|ddb)$/.test(database) ? "duckdb" : "sqlite";
  return head.subarray(8, 12).toString("latin1") === "DUCK" ? "duckdb" : "sqlite";
}

/** Null where there is no file to read. */
function firstBytes(path: string, count: number): Buffer | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch {
    return null;
  }
  const bytes = Buffer.alloc(count);
  const read = readSync(descriptor, bytes, 0, count, 0);
  closeSync(descriptor);
  return bytes.subarray(0, read);
}

export function dataFileSql(path: string): string {
  if (path.includes("\0")) throw new UsageError("a path holds no NUL");
  return `from '${path.replaceAll("'", "''")}'`;
}
