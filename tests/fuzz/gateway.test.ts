import { request } from "node:http";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import type { Route } from "../../ui/gateway/routes/route.ts";
import { apiPrefix } from "../../ui/gateway/routes/route.ts";
import { routes } from "../../ui/gateway/routes/routes.ts";
import { open } from "../attacks/door-wire.ts";
import { Instance } from "../setup/instance.ts";
import { bearer, createToken, importProject, kill, processes, projects, run, spawn } from "../system/caller.ts";
import { capsOf } from "../system/slots.ts";
import { fromSchema, type Known } from "./from-schema.ts";
import { type Health, healthOf, healthAfterRun } from "./health.ts";
import { sample, sayHow, timeout } from "./runs.ts";
import { bodies, spoiled } from "./spoiled.ts";
import { type Answer, codeOf, wrongWithRoute } from "./verdict.ts";

/**
 * The gateway under requests that are made from its own table of routes: right ones, nearly right ones, any JSON, any
 * bytes. Each is answered within its time as documented, nobody is started again, and no answer is `internal`.
 */

const answerMs = 30_000;
const atOnce = 6;

const tokenList = z.object({ tokens: z.array(z.object({ id: z.string(), name: z.string() })) });

let instance: Instance;
let before: Health;

beforeAll(async () => {
  sayHow("the gateway");
  instance = await Instance.start();
  await refill();
  before = await healthOf(instance);
});
afterAll(() => instance?.remove());

interface World {
  project: string;
  /** The first one runs, the second has ended. */
  pids: [number, number];
  slots: number[];
  token: string;
}
let world: World | undefined;

/** Something of each kind that there is to hit; what is still there stays. */
async function refill(): Promise<World> {
  const [kept] = await projects(instance);
  const running = new Set<number>((await processes(instance)).map(({ pid }) => pid));
  if (kept !== undefined && world !== undefined && kept.id === world.project && running.has(world.pids[0]))
    return world;
  for (const pid of running) await kill(instance, pid);
  const archive = rawArchive({ name: "a", content: "hello" }, { name: "d/e", content: "deep" });
  const project = (kept ?? (await importProject(instance, "fuzzed", archive))).id;
  const table = ["MEM:32Mi", "CPU:0.1", "PIDS:8", "NET_BIND:localhost:8000"];
  const { pid: live } = await spawn(instance, { argv: ["sleep", "600"], project, table, stdin: true });
  const { pid: ended } = await run(instance, { argv: ["echo", "x"], table: ["MEM:32Mi"] });
  const slots = (await capsOf(instance, live)).map(({ slot }) => slot);
  const { tokens } = tokenList.parse(await (await instance.api("/api/v1/tokens")).json());
  const left = tokens.find(({ name }) => name === "fuzzed") ?? (await createToken(instance, "fuzzed")).token;
  world = { project, pids: [live, ended], slots, token: left.id };
  return world;
}

/** One that runs is not waited for: that would take as long as it says. */
const known = ({ project, pids, slots, token }: World, route: Route): Known => ({
  id: fc.constant(route.path.startsWith("/tokens") ? token : project),
  project: fc.constantFrom(project, project, null),
  pid: fc.constantFrom(...pids.slice(route.operationId === "waitForProcess" ? 1 : 0), 1, 999_999),
  slot: fc.constantFrom(...slots, 1, 999_999),
  user: fc.constantFrom("ann", "bob"),
  name: fc.constantFrom("ann", "bob", "fuzzed", "new-one"),
  code: fc.constant("A".repeat(43)),
  token: fc.constant(`sos_${"A".repeat(43)}`),
});

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

const asText = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
/** Half a character cannot be written in an address. */
const encoded = (value: unknown): string => encodeURIComponent(asText(value).toWellFormed());

/** A request to a route: each part right or nearly right. */
function requestTo(route: Route, at: World): fc.Arbitrary<Sent> {
  const names = known(at, route);
  const either = (schema: z.ZodType | undefined): fc.Arbitrary<unknown> => {
    const valid = schema === undefined ? fc.constant({}) : fromSchema(schema, names);
    return fc.oneof({ weight: 6, arbitrary: valid }, { weight: 1, arbitrary: spoiled(valid) });
  };
  const body =
    route.body === undefined
      ? fc.constant(undefined)
      : "json" in route.body
        ? bodies(fromSchema(route.body.json, names))
        : fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes));
  const headers = fc.constantFrom<Record<string, string>>(
    {},
    {},
    {},
    { "if-match": '"x"' },
    { "content-encoding": "gzip" },
  );
  return fc
    .record({ params: either(route.params), query: either(route.query), body, headers })
    .map(({ params, query, body: bytes, headers: more }) => {
      const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(Reflect.get(Object(params), name)));
      const pairs = Object.entries(Object(query)).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
      const type = route.body !== undefined && "json" in route.body ? "application/json" : "application/octet-stream";
      return {
        method: route.method.toUpperCase(),
        path: `${apiPrefix}${path}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`,
        headers: { ...(bytes === undefined ? {} : { "content-type": type }), ...more },
        body: bytes,
      };
    });
}

/** The answer, or what happened instead of one. A stream that goes on is left after its head. */
function answerTo({ method, path, headers, body }: Sent, isStream: boolean): Promise<Answer | string> {
  const { promise, resolve } = Promise.withResolvers<Answer | string>();
  const length = body === undefined ? {} : { "content-length": String(body.length) };
  const all = { ...bearer(instance.token), ...headers, ...length };
  const asked = request(
    { host: "127.0.0.1", port: instance.port, agent: false, method, path, headers: all },
    (reply) => {
      const status = reply.statusCode ?? 0;
      if (isStream && status === 200) {
        resolve({ status, body: "" });
        asked.destroy();
      } else
        text(reply).then(
          (whole) => resolve({ status, body: whole }),
          (error: unknown) => resolve(`cut off: ${String(error)}`),
        );
    },
  );
  const late = setTimeout(() => asked.destroy(new Error(`no answer in ${answerMs} ms`)), answerMs);
  asked.once("error", (error) => resolve(`no answer: ${error.message}`));
  asked.once("close", () => clearTimeout(late));
  asked.end(body);
  return promise;
}

/** Does it with all of them, a few at a time. */
async function eachOf<T>(values: readonly T[], act: (value: T) => Promise<void>): Promise<void> {
  const left = values.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const value of left) await act(value);
    }),
  );
}

describe("every route", () => {
  // What is made here is real, and a spawn or a removal costs more than a look.
  const usual = (route: Route): number => (/^(spawn|removeProject|importProject)$/.test(route.operationId) ? 12 : 25);

  test.each(routes.map((route) => [route.operationId, route] as const))(
    "%s answers as documented, whatever it is sent",
    async (_name, route) => {
      const at = await refill();
      const wrong: string[] = [];
      await eachOf(sample(requestTo(route, at), usual(route)), async (sent) => {
        const isStream = route.reply !== undefined && "stream" in route.reply;
        const answer = await answerTo(sent, isStream);
        const { status, reply } = route;
        const what = typeof answer === "string" ? answer : wrongWithRoute({ status, reply }, answer);
        // Parameters that are empty, or whole paths, lead to other routes, or to none.
        const elsewhere =
          typeof answer !== "string" &&
          !new RegExp(`^${apiPrefix}${route.path.replaceAll(/\{\w+\}/g, "[^/?]+")}(\\?|$)`).test(sent.path);
        if (what !== undefined && !(elsewhere && !/internal|no answer|cut off/.test(what)))
          wrong.push(`${what} <- ${sent.method} ${sent.path} ${sent.body?.toString("latin1").slice(0, 300)}`);
      });
      expect(wrong).toEqual([]);
      expect(await healthOf(instance)).toEqual(before);
    },
    timeout,
  );
});

test(
  "bytes that are no requests, or begin as one, are answered or cut off",
  async () => {
    const beginnings = [
      "",
      "GET ",
      "POST /api/v1/processes HTTP/1.1\r\n",
      `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${instance.port}\r\n`,
    ];
    const parts = fc.tuple(
      fc.constantFrom(...beginnings),
      fc.oneof(
        fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
        fc
          .array(
            fc.constantFrom(
              "\r\n",
              "\n",
              ":",
              " ",
              "Host: x",
              "Content-Length: 5",
              "Transfer-Encoding: chunked",
              "Connection: Upgrade",
              "Upgrade: websocket",
              "0",
              "5\r\n",
              "\0",
              "Expect: 100-continue",
              "HTTP/1.1",
            ),
          )
          .map((words) => Buffer.from(words.join(""))),
      ),
    );
    const wrong: string[] = [];
    await eachOf(sample(parts, 200), async ([head, rest]) => {
      const socket = open(instance);
      socket.end(Buffer.concat([Buffer.from(head), rest]));
      const late = setTimeout(() => socket.destroy(new Error("late")), answerMs);
      const answer = await text(socket).catch(codeOf);
      clearTimeout(late);
      if (!/^(HTTP\/1\.1 (1\d\d|200|4\d\d) [^]*|ECONNRESET|EPIPE|)$/.test(answer))
        wrong.push(`${answer} <- ${head}${rest.toString("hex")}`);
    });
    expect(wrong).toEqual([]);
    expect(await healthAfterRun(instance)).toEqual(before);
  },
  timeout,
);
