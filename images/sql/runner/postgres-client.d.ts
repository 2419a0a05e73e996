/** Of `pg` and `pg-cursor`, which are in the image and nowhere else, what the runner uses. */
declare module "pg" {
  import type Cursor from "pg-cursor";

  export class Client {
    constructor(config: {
      host: string;
      port: number;
      database: string;
      user: string;
      password?: string;
      types: { getTypeParser: () => (text: string) => string };
    });
    on(event: "notice", listener: (notice: { severity?: string; message?: string }) => void): void;
    on(event: "error", listener: (error: Error) => void): void;
    connect(): Promise<void>;
    query(cursor: Cursor): Cursor;
    query(text: string, values?: readonly string[]): Promise<{ rows: Record<string, string>[] }>;
    end(): Promise<void>;
  }

  export class DatabaseError extends Error {
    severity: string | undefined;
    detail: string | undefined;
    hint: string | undefined;
    where: string | undefined;
    /** Counted from 1. */
    position: string | undefined;
  }
}

declare module "pg-cursor" {
  export interface Field {
    name: string;
    dataTypeID: number;
    dataTypeModifier: number;
  }
  export interface CursorResult {
    fields: Field[];
    rowCount: number | null;
  }
  export default class Cursor {
    constructor(text: string, values: readonly string[], config: { rowMode: "array" });
    read(rows: number, done: (error: Error | null, rows: (string | null)[][], result: CursorResult) => void): void;
    close(): Promise<void>;
  }
}
