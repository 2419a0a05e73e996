import type { Cell, Column, StatementResult } from "./result.ts";
import { onOneLine, textRuler } from "./text-width.ts";

/** A result as people read it: names, types, rows, how many there are, and whether there are more. */
export function textOf(result: StatementResult, timing: boolean): string {
  const took = timing ? `${result.ms.toFixed(1)} ms` : "";
  if (result.columns === null) {
    const changed = result.changed === null || result.changed === 0 ? "" : `${rowsOf(result.changed)} changed`;
    return inBrackets([changed, took]);
  }
  const count = result.more
    ? `first ${rowsOf(result.rows.length)}, there are more: --limit shows them`
    : rowsOf(result.rows.length);
  return `${tableOf(result.columns, result.rows)}${inBrackets([count, took])}`;
}

const rowsOf = (count: number): string => (count === 1 ? "1 row" : `${count} rows`);

function inBrackets(facts: readonly string[]): string {
  const told = facts.filter((fact) => fact !== "");
  return told.length === 0 ? "" : `(${told.join(", ")})\n`;
}

/** Of each column: how wide it is, and whether its values stand at its right side. */
interface Layout {
  widthOf: (text: string) => number;
  widths: readonly number[];
  right: readonly boolean[];
}

function tableOf(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const body = rows.map((row) => columns.map((column, at) => cellLines(row[at] ?? null, column)));
  const heads = [columns.map(({ name }) => [onOneLine(name)]), columns.map(({ type }) => [onOneLine(type)])];
  const widthOf = textRuler();
  const widths = columns.map((_, at) =>
    [...heads, ...body].flatMap((row) => row[at] ?? []).reduce((most, text) => Math.max(most, widthOf(text)), 0),
  );
  const rule = widths.map((width) => "-".repeat(width + 2)).join("+");
  const left: Layout = { widthOf, widths, right: [] };
  const layout: Layout = { widthOf, widths, right: columns.map(({ kind }) => isNumber(kind)) };
  const lines = [...heads.flatMap((head) => linesOf(head, left)), rule, ...body.flatMap((row) => linesOf(row, layout))];
  return `${lines.join("\n")}\n`;
}

/** A value of several lines takes as many, each but its last with a plus behind it, as psql shows it. */
function linesOf(row: readonly (readonly string[])[], { widthOf, widths, right }: Layout): string[] {
  const height = row.reduce((most, cell) => Math.max(most, cell.length), 1);
  return Array.from({ length: height }, (_, line) =>
    row
      .map((cell, at) => {
        const text = cell[line] ?? "";
        const space = " ".repeat(Math.max(0, (widths[at] ?? 0) - widthOf(text)));
        const end = line < cell.length - 1 ? "+" : " ";
        return right[at] === true ? ` ${space}${text}${end}` : ` ${text}${space}${end}`;
      })
      .join("|")
      .trimEnd(),
  );
}

const isNumber = (kind: Column["kind"]): boolean => kind === "integer" || kind === "decimal" || kind === "float";

function cellLines(cell: Cell, { kind }: Column): string[] {
  if (cell === null) return ["NULL"];
  if (typeof cell === "string") return cell.replace(/\n$/, "").split("\n").map(onOneLine);
  return [kind === "float" && typeof cell === "number" && Number.isSafeInteger(cell) ? cell.toFixed(1) : String(cell)];
}
