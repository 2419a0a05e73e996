import { Client, DatabaseError } from "pg";
import Cursor from "pg-cursor";
import type { CursorResult, Field } from "pg-cursor";
import { EngineError, messageOf, realNumber, UsageError, wholeNumber } from "./engine.ts";
import type { Engine, EngineResult, StatementOptions } from "./engine.ts";
import { postgresKind } from "./postgres-kinds.ts";
import type { Cell, Column } from "./result.ts";
import type { Statement } from "./statements.ts";

/**
 * A PostgreSQL server that is a process of its own, reached by the endpoint that the process was granted. Values are asked
 * for as text and the server's own names of types are told, so that nothing is changed on the way.
 */
export interface PostgresPlace {
  /** `127.0.0.1:5432`, of the variable that NET_CONNECT sets. */
  endpoint: string | undefined;
  server: string;
  database: string;
  user: string;
  password: string | undefined;
  onNotice: (text: string) => void;
}

export async function openPostgres(place: PostgresPlace, parameters: StatementOptions["parameters"]): Promise<Engine> {
  const [, host, port] = /^(.+):([0-9]{1,5})$/.exec(place.endpoint ?? "") ?? [];
  if (host === undefined || port === undefined) {
    throw new UsageError(
      `no way leads to the server "${place.server}": this process needs NET_CONNECT:${place.server}, ` +
        `and a process named ${place.server} runs PostgreSQL (--server names another)`,
    );
  }
  const { database, user, password } = place;
  const types = { getTypeParser: () => (text: string) => text };
  const client = new Client({
    host,
    port: Number(port),
    database,
    user,
    ...(password === undefined ? {} : { password }),
    types,
  });
  client.on("notice", ({ severity, message }) => place.onNotice(`${severity ?? "NOTICE"}:  ${message ?? ""}`));
  // A connection that is lost fails the statement that waits for it; without a listener it would end the program.
  client.on("error", () => undefined);
  await client.connect().catch((thrown: unknown) => {
    throw errorOf(thrown, "");
  });
  for (const [name, value] of Object.entries(parameters)) {
    await client.query("select set_config('param.' || $1, $2, false)", [name, value]);
  }
  const { rows } = await client.query("show server_version");
  const names = new Map<string, string>();
  return {
    name: "postgres",
    version: rows[0]?.["server_version"] ?? "unknown",
    run: async (statement, options) => {
      refuseCopy(statement);
      const { columns, ...result } = await runOne(client, statement.text, options.limit);
      if (columns === null) return { ...result, columns: null };
      return { ...result, columns: await namedTypes(client, names, columns) };
    },
    close: () => client.end(),
  };
}

/** Data within the file is the client's business, and only psql's. */
function refuseCopy({ text }: Statement): void {
  if (/^copy\b[^]*\b(from\s+stdin|to\s+stdout)\b/i.test(text)) {
    throw new EngineError("ERROR", "COPY between the server and this file is for psql: name the file .psql", {
      offset: 0,
    });
  }
}

async function runOne(
  client: Client,
  text: string,
  limit: number,
): Promise<Omit<EngineResult, "columns"> & { columns: Field[] | null }> {
  const cursor = client.query(new Cursor(text, [], { rowMode: "array" }));
  // One row more than is shown, to know whether there is one.
  const { rows, result } = await read(cursor, limit + 1).catch((thrown: unknown) => {
    throw errorOf(thrown, text);
  });
  const more = rows.length > limit;
  await cursor.close();
  if (result.fields.length === 0) return { columns: null, rows: [], more, changed: result.rowCount };
  const kinds = result.fields.map(({ dataTypeID }) => postgresKind(dataTypeID));
  const cells = rows.slice(0, limit).map((row) => row.map((value, at) => cellOf(value, kinds[at] ?? "text")));
  return { columns: result.fields, rows: cells, more, changed: null };
}

const read = (cursor: Cursor, rows: number): Promise<{ rows: (string | null)[][]; result: CursorResult }> =>
  new Promise((resolve, reject) => {
    cursor.read(rows, (error, found, result) => (error ? reject(error) : resolve({ rows: found, result })));
  });

/** The server's names, with their modifiers: `numeric(10,2)`, `text[]`, and of types that were made. */
async function namedTypes(client: Client, known: Map<string, string>, fields: readonly Field[]): Promise<Column[]> {
  const keyOf = ({ dataTypeID, dataTypeModifier }: Field): string => `${dataTypeID} ${dataTypeModifier}`;
  for (const field of fields.filter((one) => !known.has(keyOf(one)))) {
    const asked = [field.dataTypeID, field.dataTypeModifier].map(String);
    const { rows } = await client.query("select format_type($1::oid, $2::int) as name", asked);
    known.set(keyOf(field), rows[0]?.["name"] ?? "unknown");
  }
  return fields.map((field) => {
    const type = known.get(keyOf(field)) ?? "unknown";
    return { name: field.name, type, kind: type.endsWith("[]") ? "nested" : postgresKind(field.dataTypeID) };
  });
}

function cellOf(text: string | null, kind: Column["kind"]): Cell {
  if (text === null) return null;
  if (kind === "boolean") return text === "t";
  if (kind === "integer") return wholeNumber(BigInt(text));
  return kind === "float" ? realNumber(Number(text)) : text;
}

function errorOf(thrown: unknown, text: string): EngineError {
  if (!(thrown instanceof DatabaseError))
    return new EngineError("Connection error", messageOf(thrown) || "the server does not answer");
  const notes = [
    ...(thrown.detail === undefined ? [] : [`DETAIL:  ${thrown.detail}`]),
    ...(thrown.hint === undefined ? [] : [`HINT:  ${thrown.hint}`]),
    ...(thrown.where === undefined ? [] : [`CONTEXT:  ${thrown.where}`]),
  ];
  return new EngineError(thrown.severity ?? "ERROR", thrown.message, {
    notes,
    offset: offsetOf(thrown.position, text),
  });
}

/** The server counts characters from 1, and JavaScript their halves. */
function offsetOf(position: string | undefined, text: string): number | null {
  if (position === undefined) return null;
  return Array.from(text)
    .slice(0, Number(position) - 1)
    .join("").length;
}
