/**
 * What a statement gave, in the one shape that all engines are brought to, all formats are made from and the documentation
 * tells (`../README.md`). A change here is a change of that contract: raise `formatVersion`.
 */
export const formatVersion = 1;

export const engineNames = ["sqlite", "duckdb", "postgres"] as const;
export type EngineName = (typeof engineNames)[number];

/** What a column holds, for those who lay it out; `type` beside it is the engine's own name. */
export type ColumnKind = "integer" | "decimal" | "float" | "boolean" | "text" | "time" | "binary" | "nested";

export interface Column {
  name: string;
  type: string;
  kind: ColumnKind;
}

/** A number only where it is exact or a float; whatever JSON has no word for is a string in the engine's own notation. */
export type Cell = null | boolean | number | string;

/** Where something is in the file, counted from 1. */
export interface Position {
  line: number;
  column: number;
}

export interface StatementResult extends Position {
  /** Which statement of the file, counted from 1. */
  statement: number;
  /** Null where the statement gives no table. */
  columns: Column[] | null;
  rows: Cell[][];
  /** There were more rows than the limit. */
  more: boolean;
  /** How many rows it changed, where the engine says so. */
  changed: number | null;
  ms: number;
}

export interface RunError {
  file: string;
  statement: number | null;
  line: number | null;
  column: number | null;
  /** The engine's word for its kind: `Parse error`, `Binder Error`, `ERROR`. */
  kind: string;
  message: string;
}

export interface RunHead {
  format: typeof formatVersion;
  engine: EngineName;
  version: string;
  database: string;
}

export interface RunEnd {
  /** How many statements ran to their end. */
  statements: number;
  ms: number;
}
