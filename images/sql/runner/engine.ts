import type { Cell, Column, EngineName } from "./result.ts";
import type { Statement } from "./statements.ts";

/** What each database engine is for the runner: it runs one statement at a time and reads no more rows than it is asked for. */
export interface Engine {
  readonly name: EngineName;
  readonly version: string;
  run(statement: Statement, options: StatementOptions): Promise<EngineResult>;
  close(): Promise<void>;
}

export interface StatementOptions {
  limit: number;
  parameters: Readonly<Record<string, string>>;
}

export interface EngineResult {
  columns: Column[] | null;
  rows: Cell[][];
  more: boolean;
  changed: number | null;
}

/** What an engine said against a statement. `offset` is where, in the statement's text. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly kind: string;
  readonly offset: number | null;
  /** More lines that the engine adds: details, hints. */
  readonly notes: readonly string[];

  constructor(kind: string, message: string, more: { offset?: number | null; notes?: readonly string[] } = {}) {
    super(message);
    this.kind = kind;
    this.offset = more.offset ?? null;
    this.notes = more.notes ?? [];
  }
}

/** The runner was called, or its surroundings are, in a way that it cannot work with. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** A whole number as JSON can hold it exactly, else in digits. */
export const wholeNumber = (value: bigint): Cell =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();

/** JSON has no word for NaN and the infinities. */
export const realNumber = (value: number): Cell => (Number.isFinite(value) ? value : String(value));
