/** Of `@duckdb/node-api`, which is in the image and nowhere else, what the runner uses. */
declare module "@duckdb/node-api" {
  export function version(): string;
  export class DuckDBInstance {
    static create(path: string, options?: Record<string, string>): Promise<DuckDBInstance>;
    connect(): Promise<DuckDBConnection>;
    closeSync(): void;
  }
  export class DuckDBConnection {
    run(sql: string): Promise<DuckDBResult>;
    stream(sql: string): Promise<DuckDBResult>;
    prepare(sql: string): Promise<DuckDBPreparedStatement>;
    closeSync(): void;
  }
  export class DuckDBPreparedStatement {
    readonly parameterCount: number;
    parameterName(at: number): string;
    bindVarchar(at: number, value: string): void;
    stream(): Promise<DuckDBResult>;
  }
  export enum ResultReturnType {
    INVALID,
    CHANGED_ROWS,
    NOTHING,
    QUERY_RESULT,
  }
  export class DuckDBResult {
    readonly returnType: ResultReturnType;
    readonly rowsChanged: number;
    columnNames(): string[];
    columnType(at: number): DuckDBType;
    yieldRows(): AsyncIterableIterator<DuckDBValue[][]>;
  }
  export interface DuckDBType {
    readonly alias?: string;
    toString(): string;
  }
  export type DuckDBValue = null | boolean | number | bigint | string | { toString(): string };
}
