import { z } from "zod";

/**
 * What `sql-run --format json|jsonl` writes (images/sql/README.md). It comes out of a program, so it is parsed as strictly as
 * anything else that comes in; a program that writes something else has output and no tables.
 */
const cellSchema = z.union([z.null(), z.boolean(), z.number(), z.string()]);
export type Cell = z.infer<typeof cellSchema>;

const columnSchema = z.strictObject({
  name: z.string(),
  type: z.string(),
  kind: z.enum(["integer", "decimal", "float", "boolean", "text", "time", "binary", "nested"]),
});
export type Column = z.infer<typeof columnSchema>;

const count = z.number().int().nonnegative();
const position = z.number().int().positive();
const ms = z.number().nonnegative();

const statementFields = {
  statement: position,
  line: position,
  column: position,
  columns: z.array(columnSchema).nullable(),
  rows: z.array(z.array(cellSchema)),
  more: z.boolean(),
  changed: count.nullable(),
  ms,
};
const wholeRows = {
  check: ({ columns, rows }: { columns: readonly Column[] | null; rows: readonly (readonly Cell[])[] }): boolean =>
    rows.every((row) => row.length === (columns?.length ?? 0)),
  message: "a row has a value for each column",
};
const statementSchema = z.strictObject(statementFields).refine(wholeRows.check, wholeRows.message);
export type StatementResult = z.infer<typeof statementSchema>;

const errorFields = {
  file: z.string(),
  statement: position.nullable(),
  line: position.nullable(),
  column: position.nullable(),
  kind: z.string(),
  message: z.string(),
};
const errorSchema = z.strictObject(errorFields);
export type RunError = z.infer<typeof errorSchema>;

const headFields = {
  format: z.literal(1),
  engine: z.enum(["sqlite", "duckdb", "postgres"]),
  version: z.string(),
  database: z.string(),
};
const endFields = { statements: count, ms };

export const documentSchema = z.strictObject({
  ...headFields,
  results: z.array(statementSchema),
  error: errorSchema.nullable(),
  ...endFields,
});

export const lineSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("begin"), ...headFields }),
  z.strictObject({ type: z.literal("result"), ...statementFields }).refine(wholeRows.check, wholeRows.message),
  z.strictObject({ type: z.literal("error"), ...errorFields }),
  z.strictObject({ type: z.literal("end"), ...endFields }),
]);

/** A run as far as it is told. `ms` is null while it goes on, and stays so where its end is missing. */
export interface SqlRun {
  engine: z.infer<typeof documentSchema>["engine"];
  version: string;
  database: string;
  results: StatementResult[];
  error: RunError | null;
  ms: number | null;
}
