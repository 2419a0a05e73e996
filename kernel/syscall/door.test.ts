import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request, type Server } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as breathe } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Fault, millisSchema, pidSchema } from "../abi/index.ts";
import { AuditLog } from "../journal/audit-log.ts";
import { BodyBudget } from "./body-budget.ts";
import { type DoorOptions, makeDoor } from "./door.ts";
import type { Handlers } from "./handler.ts";
import { Pace } from "./pace.ts";
import type { Principal } from "./principal.ts";

/** A door on a socket of its own. Nothing is behind it: whatever passes it is answered with nothing. */

let home: string;
let db: DatabaseSync;
let server: Server | undefined;
let lost: unknown[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "superos-door-"));
  db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT");
  lost = [];
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  if (db.isOpen) db.close();
  rmSync(home, { recursive: true, force: true });
});

const path = (): string => join(home, "door.sock");
const caller: Principal = {
  kind: "process",
  pid: pidSchema.parse(9),
  user: "alice",
  name: "alice, process 9",
  ended: new AbortController(),
};

/** Of the syscalls, what these tests call. */
const handlers: Pick<Handlers, "spawn" | "list" | "caps"> = {
  spawn: async () => {
    throw new Fault("denied", "nothing is spawned here");
  },
  list: async () => ({ processes: [] }),
  caps: async () => ({ slots: [] }),
};

async function open(more: Partial<DoorOptions> = {}): Promise<AuditLog> {
  const audit = new AuditLog(db);
  server = makeDoor({
    callers: ["process", "principal"],
    // The table of syscalls is whole in the kernel; here nobody calls the others.
    handlers: handlers as Handlers,
    principal: () => caller,
    audit,
    auditLost: (error) => lost.push(error),
    now: () => millisSchema.parse(1),
    log: () => undefined,
    ...more,
  });
  server.listen(path());
  await once(server, "listening");
  return audit;
}

async function call(name: string, body = "{}"): Promise<{ status: number | undefined; body: unknown }> {
  const asked = request({ socketPath: path(), path: `/v1/${name}`, method: "POST", agent: false });
  asked.end(body);
  const [reply] = await once(asked, "response");
  return { status: reply.statusCode, body: JSON.parse(await text(reply)) };
}

const connections = (): Promise<number> => {
  const { promise, resolve } = Promise.withResolvers<number>();
  server?.getConnections((_error, count) => resolve(count));
  return promise;
};

test("a call that cannot be recorded is told to whoever ends the kernel, and thrown at nobody", async () => {
  await open();
  db.close();
  expect(await call("spawn", JSON.stringify({ runtime: "python", argv: ["x"], table: [] }))).toMatchObject({
    status: 403,
    body: { fault: { code: "denied" } },
  });
  expect(lost).toHaveLength(1);
  expect(String(lost[0])).toMatch(/database is not open|statement has been finalized/);
  // What leaves no row is served.
  expect((await call("list")).status).toBe(200);
  expect(lost).toHaveLength(1);
});

test("hanging up at once does not bypass the pace of rows in the audit log", async () => {
  const audit = await open({ pace: new Pace(() => 0) });
  const refused = "POST /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const socket = connect(path());
        socket.on("error", () => undefined);
        socket.resume();
        await once(socket, "connect");
        socket.write(refused);
        // Some leave before they are heard, some while they are, some after.
        for (let turn = 0; turn < index % 4; turn += 1) await breathe();
        socket.destroy();
      }),
    );
    while ((await connections()) > 0) await breathe();
  }
  const rows = audit.rows({ after: 0, limit: 10_000 }).length;
  expect(rows).toBeGreaterThan(0);
  // The clock stands still: beyond the burst there are those that were under way when it was used up.
  expect(rows).toBeLessThanOrEqual(200 + 64);
});

test("many requests that do not come to their end are held up to a limit, and their room is given back", async () => {
  await open({ bodies: new BodyBudget(1 << 20) });
  const head = "POST /v1/list HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
  const part = Buffer.alloc(200_000, " ");
  const answers: string[] = [];
  const sockets = Array.from({ length: 10 }, () => {
    const socket = connect(path()).on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => answers.push(chunk.toString("latin1")));
    socket.write(head);
    socket.write(part);
    return socket;
  });
  while (answers.length === 0) await breathe();
  expect(answers[0]).toMatch(/"code":"exhausted"/);
  for (const socket of sockets) socket.destroy();
  while ((await connections()) > 0) await breathe();
  expect((await call("list", `{"all": true${" ".repeat(1_000_000)}}`)).status).toBe(200);
});

test("an environment of more names than any has is refused for what it is", async () => {
  await open();
  const env = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`A${index}`, ""]));
  const { status, body } = await call("spawn", JSON.stringify({ runtime: "python", argv: ["x"], table: [], env }));
  expect(status).toBe(400);
  expect(body).toMatchObject({ fault: { code: "invalid", message: expect.stringMatching(/1024 members/) } });
});

test("an argument that is full of quotation marks is taken", async () => {
  await open();
  const argv = ["x", '{"a":"b"}'.repeat(14_000)];
  const { body } = await call("spawn", JSON.stringify({ runtime: "python", argv, table: [], env: {} }));
  expect(JSON.stringify(body)).not.toMatch(/too many texts|members/);
});

test("an environment of 300000 names is refused for what it is", async () => {
  await open();
  const env = Object.fromEntries(Array.from({ length: 300_000 }, (_, index) => [`A${index}`, ""]));
  const { status, body } = await call("spawn", JSON.stringify({ runtime: "python", argv: ["x"], table: [], env }));
  expect(status).toBe(400);
  expect(body).toMatchObject({ fault: { code: "invalid", message: expect.stringMatching(/too many texts/) } });
  expect(JSON.stringify(body).length).toBeLessThan(2000);
});
