import { cellText, countText, durationText, isNumeric, resultTitle } from "./result-facts.ts";
import type { Cell, Column, SqlRun, StatementResult } from "./result-schema.ts";

/** Results as text, to be copied into a letter or a ticket. Pure. */
export const textOfRun = ({ results }: SqlRun): string => results.map(textOf).join("\n");

function textOf(result: StatementResult): string {
  const facts = `${resultTitle(result)}: ${countText(result)}, ${durationText(result.ms)}\n`;
  return result.columns === null ? facts : `${facts}${tableText(result.columns, result.rows)}`;
}

function tableText(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const heads = [columns.map(({ name }) => oneLine(name)), columns.map(({ type }) => type)];
  const body = rows.map((row) => columns.map((column, at) => textIn(row[at] ?? null, column)));
  const widths = columns.map((_, at) => [...heads, ...body].reduce((most, row) => Math.max(most, width(row[at])), 0));
  const numeric = columns.map(isNumeric);
  const line = (row: readonly string[], right: readonly boolean[]): string =>
    row
      .map((text, at) => {
        const space = " ".repeat((widths[at] ?? 0) - width(text));
        return right[at] === true ? space + text : text + space;
      })
      .join(" | ")
      .trimEnd();
  const rule = widths.map((each) => "-".repeat(each)).join("-+-");
  return `${[...heads.map((head) => line(head, [])), rule, ...body.map((row) => line(row, numeric))].join("\n")}\n`;
}

/** In characters as people count them; where a font draws some wider, the columns shift. */
const width = (text = ""): number => Array.from(text).length;

const textIn = (cell: Cell, column: Column): string => (cell === null ? "NULL" : oneLine(cellText(cell, column)));

const oneLine = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
