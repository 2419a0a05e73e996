import type { ColumnKind } from "./result.ts";

/** The types that PostgreSQL is made with, by their numbers, which never change (pg_type.dat); what is not here is text. */
const kinds: ReadonlyMap<number, ColumnKind> = new Map<number, ColumnKind>([
  [16, "boolean"],
  [17, "binary"],
  [20, "integer"],
  [21, "integer"],
  [23, "integer"],
  [26, "integer"],
  [114, "nested"],
  [700, "float"],
  [701, "float"],
  [1082, "time"],
  [1083, "time"],
  [1114, "time"],
  [1184, "time"],
  [1186, "time"],
  [1266, "time"],
  [1560, "binary"],
  [1562, "binary"],
  [1700, "decimal"],
  [2249, "nested"],
  [3802, "nested"],
]);

export const postgresKind = (oid: number): ColumnKind => kinds.get(oid) ?? "text";
