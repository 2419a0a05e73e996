import { EngineError, messageOf } from "./engine.ts";
import type { RunError } from "./result.ts";
import { positionOf } from "./statements.ts";
import type { Statement } from "./statements.ts";

/**
 * An engine's error with its place in the file. What it says is left as it is; where it knows the place, that line follows
 * with a caret below it, as DuckDB and PostgreSQL show it.
 */
export function locatedError(
  thrown: unknown,
  source: { file: string; sql: string; statement: Statement | null },
): RunError & { text: string } {
  const { file, sql, statement } = source;
  const error = thrown instanceof EngineError ? thrown : new EngineError("Error", messageOf(thrown));
  const offset = statement === null || error.offset === null ? null : statement.offset + error.offset;
  const place = offset === null ? null : positionOf(sql, offset);
  const line = place?.line ?? statement?.line ?? null;
  const column = place?.column ?? null;
  const where = [file, line, column].filter((part) => part !== null).join(":");
  const excerpt = place === null ? [] : ["", ...excerptOf(sql, place)];
  const message = [error.message, ...error.notes].join("\n");
  const text = [`${where}: ${error.kind}: ${message}`, ...excerpt].join("\n");
  return { file, statement: statement?.number ?? null, line, column, kind: error.kind, message, text };
}

const around = 60;

function excerptOf(sql: string, { line, column }: { line: number; column: number }): string[] {
  const source = (sql.split("\n", line)[line - 1] ?? "").replace(/\r$/, "").replaceAll("\t", " ");
  const from = Math.max(0, column - 1 - around);
  const head = `LINE ${line}: ${from > 0 ? "..." : ""}`;
  const shown = source.slice(from, from + 2 * around);
  return [
    `${head}${shown}${from + shown.length < source.length ? "..." : ""}`,
    `${" ".repeat(head.length + column - 1 - from)}^`,
  ];
}
