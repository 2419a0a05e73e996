#!/usr/local/bin/node
import { readFileSync, writeSync } from "node:fs";
import { EngineError, messageOf, UsageError } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { chosenEngine, dataFileSql } from "./choose.ts";
import type { Choice } from "./choose.ts";
import { readOptions, usage } from "./options.ts";
import type { Options } from "./options.ts";
import { reportIn } from "./reports.ts";
import type { Report } from "./reports.ts";
import { formatVersion } from "./result.ts";
import { locatedError } from "./sql-error.ts";
import { splitStatements } from "./statements.ts";
import type { Statement } from "./statements.ts";
import { withStdinAsFile } from "./stdin-file.ts";

/**
 * `sql-run`: runs the statements of a file one after another until one fails, and tells what each gave. Exit code 0 when all
 * ran, 1 when one failed, 2 when it was called wrongly.
 */
const now = (): number => performance.now();
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

/** All of it, also where the other end of a pipe is slow and the descriptor does not wait. */
function writeAll(descriptor: 1 | 2, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (thrown) {
      if (!(thrown instanceof Error) || !("code" in thrown) || thrown.code !== "EAGAIN") throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

const complain = (text: string): void => writeAll(2, `${text}\n`);

async function open(choice: Choice, options: Options): Promise<Engine> {
  switch (choice.engine) {
    case "sqlite":
      return (await import("./sqlite.ts")).openSqlite(choice.database);
    case "duckdb":
      return (await import("./duckdb.ts")).openDuckdb(choice.database);
    case "postgres": {
      const { openPostgres } = await import("./postgres.ts");
      const variable = `SUPEROS_ENDPOINT_${options.server.toUpperCase().replaceAll("-", "_")}`;
      const place = {
        endpoint: process.env[variable],
        server: options.server,
        database: choice.database,
        user: process.env["PGUSER"] ?? "postgres",
        password: process.env["PGPASSWORD"],
        onNotice: complain,
      };
      return openPostgres(place, options.parameters);
    }
    default:
      return choice.engine satisfies never;
  }
}

async function versions(): Promise<string> {
  const { openSqlite } = await import("./sqlite.ts");
  const { openDuckdb } = await import("./duckdb.ts");
  const [sqlite, duckdb] = [openSqlite(":memory:"), await openDuckdb(":memory:")];
  return `SQLite ${sqlite.version}, DuckDB ${duckdb.version.replace(/^v/, "")}, Node ${process.version}\n`;
}

interface Run {
  file: string;
  sql: string;
  engine: Engine;
  options: Options;
  report: Report;
}

/** How many statements ran, and whether that is all of them. */
async function runAll(statements: readonly Statement[], { file, sql, engine, options, report }: Run): Promise<boolean> {
  const began = now();
  let ran = 0;
  let failed = false;
  for (const statement of statements) {
    const { number, line, column } = statement;
    const started = now();
    try {
      const result = await engine.run(statement, options);
      report.result({ statement: number, line, column, ...result, ms: rounded(now() - started) });
      ran += 1;
    } catch (thrown) {
      if (!(thrown instanceof EngineError)) throw thrown;
      const { text, ...error } = locatedError(thrown, { file, sql, statement });
      report.error(error);
      complain(text);
      failed = true;
      break;
    }
  }
  report.end({ statements: ran, ms: rounded(now() - began) });
  return !failed;
}

function textOf(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (thrown) {
    throw new UsageError(messageOf(thrown));
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.ask !== null) {
    writeAll(1, options.ask === "help" ? `${usage}\n` : await versions());
    return 0;
  }
  const written = options.table === null ? textOf(options.file) : dataFileSql(options.table);
  const file = options.table ?? (options.file === "-" ? "stdin" : options.file);
  const choice = chosenEngine(written, options);
  const sql = choice.engine === "duckdb" ? withStdinAsFile(written) : written;
  const report = reportIn(options.format, (text) => writeAll(1, text), options.timing);
  let engine: Engine;
  try {
    engine = await open(choice, options);
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    complain(locatedError(thrown, { file, sql, statement: null }).text);
    return 1;
  }
  report.begin({ format: formatVersion, engine: engine.name, version: engine.version, database: choice.database });
  const done = await runAll(splitStatements(sql, engine.name), { file, sql, engine, options, report });
  await engine.close();
  return done ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  if (thrown instanceof UsageError) {
    complain(`sql-run: ${thrown.message}`);
    process.exitCode = 2;
  } else if (thrown instanceof Error && "code" in thrown && thrown.code === "EPIPE") {
    // Whoever read the results has seen enough.
    process.exitCode = 0;
  } else throw thrown;
}
