import { counted, readableCount, readableMs } from "../parts/format-amount.ts";
import type { Cell, Column, RunError, SqlRun, StatementResult } from "./result-schema.ts";

/** What is said about results in words, and how a value is written. Pure. */

const engines = { sqlite: "SQLite", duckdb: "DuckDB", postgres: "PostgreSQL" } as const;

export const engineText = ({ engine, version }: SqlRun): string => `${engines[engine]} ${version.replace(/^v/, "")}`;

/** Most statements take less than a millisecond, and it is then that people compare them. */
export const durationText = (ms: number): string => (ms < 10 ? `${ms.toFixed(2)} ms` : readableMs(ms));

export function countText({ columns, rows, more, changed }: StatementResult): string {
  if (columns === null) return changed === null || changed === 0 ? "done" : `${counted(changed, "row")} changed`;
  return more ? `first ${readableCount(rows.length)} of more rows` : counted(rows.length, "row");
}

export const isNumeric = ({ kind }: Column): boolean => kind === "integer" || kind === "decimal" || kind === "float";

/** As the text format has it: a float is told from a whole number. NULL is not a text and has none here. */
export function cellText(cell: Exclude<Cell, null>, { kind }: Column): string {
  return typeof cell === "number" && kind === "float" && Number.isSafeInteger(cell) ? cell.toFixed(1) : String(cell);
}

export function errorPlace({ file, line, column }: RunError): string {
  return [file, line, column].filter((part) => part !== null).join(":");
}

export const resultTitle = ({ statement, line }: StatementResult): string => `Statement ${statement}, line ${line}`;
