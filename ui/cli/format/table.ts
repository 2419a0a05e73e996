import { cutTo, printable, widthOf } from "./printable.ts";

/** Aligned columns as docker and kubectl print them: upper-case titles, two spaces between, nothing else. Pure. */

export interface Column<Row> {
  title: string;
  of: (row: Row) => string;
  /** Numbers stand at the right. */
  right?: boolean;
}

const between = "  ";

function line(cells: readonly string[], widths: readonly number[], rights: readonly boolean[]): string {
  const padded = cells.map((cell, at) => {
    const space = " ".repeat(Math.max(0, (widths[at] ?? 0) - widthOf(cell)));
    return rights[at] === true ? space + cell : cell + space;
  });
  return padded.join(between).trimEnd();
}

/** The table as lines. With `columns` the last column is cut so that no line is longer. */
export function formatTable<Row>(
  rows: readonly Row[],
  layout: readonly Column<Row>[],
  options: { columns?: number | undefined; header?: boolean } = {},
): string {
  const cells = rows.map((row) => layout.map((column) => printable(column.of(row))));
  const titles = layout.map((column) => column.title);
  const widths = titles.map((title, at) => Math.max(title.length, ...cells.map((row) => widthOf(row[at] ?? ""))));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + between.length, 0);
  const last = options.columns === undefined ? Infinity : Math.max(8, options.columns - before);
  widths[widths.length - 1] = 0;
  const rights = layout.map((column) => column.right === true);
  const body = options.header === false ? cells : [titles, ...cells];
  return body
    .map((row) => line([...row.slice(0, -1), cutTo(row.at(-1) ?? "", last)], widths, rights))
    .map((text) => `${text}\n`)
    .join("");
}

/** `name: value` lines with the values under each other; an empty name goes on with the value above. */
export function formatFields(fields: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...fields.map(([name]) => name.length)) + 1;
  const titled = (name: string): string => (name === "" ? "" : `${name}:`).padEnd(width);
  return fields.map(([name, value]) => `${`${titled(name)} ${printable(value)}`.trimEnd()}\n`).join("");
}
