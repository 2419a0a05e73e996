import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Capability, capabilityUsage, formatCapability, parseCapability } from "../abi/index.ts";
import { covers } from "./covers.ts";

/**
 * The order of authority over generated capabilities, held against what each of them lets a process do.
 *
 * What a capability permits is written a second time here, as a question about one concrete deed; the alphabets are
 * small, so that related capabilities are common, and the deeds include strangers to them.
 */

const nightly = process.env["SUPEROS_NIGHTLY"] === "1";
const numRuns = nightly ? 100_000 : 2000;
const timeout = nightly ? 3_600_000 : 120_000;

const part = fc.constantFrom("a", "b", "ab", "A", "a.b");
const names = ["a", "a.org", "b.a.org", "c.b.a.org", "ba.org", "org", "a.net", "x4.org"];
const addresses = ["10.0.0.1", "1.10.0.0", "93.184.216.34"];
const ports = [1, 80, 65_535];
const hosts = ["*", "*", "*", "*", ...names, ...addresses, ...names.map((name) => `*.${name}`)];
const label = fc.constantFrom("jobs", "jobs2", "j", "jobs.v2", "*", "*");

const optionally = (text: fc.Arbitrary<string | number>): fc.Arbitrary<string> =>
  fc.option(text).map((value) => (value === null ? "" : `:${value}`));
const port = optionally(fc.constantFrom(...ports));
const path = fc.array(part, { maxLength: 4 }).map((parts) => ["/project", ...parts].join("/"));
const count = fc.integer({ min: 1, max: 4 });
const texts: Record<Capability["kind"], fc.Arbitrary<string>> = {
  PROC_SPAWN: optionally(fc.constantFrom("python", "node")).map((rest) => `PROC_SPAWN${rest}`),
  PROC_SIGNAL: fc.constant("PROC_SIGNAL"),
  FS_READ: path.map((text) => `FS_READ:${text}`),
  FS_WRITE: path.map((text) => `FS_WRITE:${text}`),
  NET_BIND: port.map((rest) => `NET_BIND:localhost${rest}`),
  NET_CONNECT: fc.oneof(
    // A name without a dot and without a port is another process of the project.
    fc.tuple(fc.constantFrom(...hosts), port).map(([host, rest]) => `NET_CONNECT:${host}${rest}`),
    fc.constantFrom("packages", "db").map((endpoint) => `NET_CONNECT:${endpoint}`),
  ),
  IPC_SEND: label.map((name) => `IPC_SEND:${name}`),
  IPC_RECV: label.map((name) => `IPC_RECV:${name}`),
  SHM_MAP: fc.tuple(label, fc.constantFrom("ro", "rw")).map(([name, mode]) => `SHM_MAP:${name}:${mode}`),
  ML_CONTEXT: fc.constantFrom("logs", "errors", "metadata").map((scope) => `ML_CONTEXT:${scope}`),
  IMAGE: fc.constantFrom("a:1", "a:2", "a", "a:*", "a/b:*", "a/b:1").map((ref) => `IMAGE:${ref}`),
  CPU: count.map((amount) => `CPU:${amount / 2}`),
  MEM: count.map((amount) => `MEM:${amount}Mi`),
  PIDS: count.map((amount) => `PIDS:${amount}`),
  TIME: count.map((amount) => `TIME:${amount}s`),
  DISK: count.map((amount) => `DISK:${amount}Mi`),
  OUT: count.map((amount) => `OUT:${amount}Mi`),
};
const kinds = Object.keys(capabilityUsage) as Capability["kind"][];
const ofKind = (kind: Capability["kind"]): fc.Arbitrary<Capability> => texts[kind].map(parseCapability);
/** Hosts are the kind with the most to it, and come more often. */
const kind = fc.oneof(fc.constantFrom(...kinds), { weight: 1, arbitrary: fc.constant("NET_CONNECT" as const) });
const capability = kind.chain(ofKind);
/** Several of one kind, so that they often have to do with one another. */
const alike = (length: number): fc.Arbitrary<Capability[]> =>
  kind.chain((each) => fc.array(ofKind(each), { minLength: length, maxLength: length }));

/** What a process does, as words: the kind of deed, then on what. */
type Deed = readonly [deed: string, ...on: string[]];

const amountOf: Partial<Record<string, number>> = { CPU: 500, MEM: 2 ** 20, DISK: 2 ** 20, OUT: 2 ** 20, TIME: 1000 };

/** Whether holding one capability, and nothing else, lets a process do this. */
function permits(held: Capability, [deed, on = "", at = ""]: Deed): boolean {
  const [kind = "", ...rest] = formatCapability(held).split(":");
  if (kind !== deed) return false;
  if ("amount" in held) return Number(on) * (amountOf[kind] ?? 1) <= held.amount;
  if (kind === "NET_CONNECT" || kind === "NET_BIND") {
    if ("target" in held && "endpoint" in held.target) return on === `endpoint ${held.target.endpoint}`;
    const [pattern = "", only = at] = rest;
    if (only !== at) return false;
    if (!pattern.startsWith("*")) return on === pattern;
    if (on.startsWith("endpoint ")) return pattern === "*";
    return !addresses.includes(on) && on.endsWith(pattern.slice(1));
  }
  if (kind.startsWith("FS_")) return `${on}/`.startsWith(`${rest.join(":")}/`);
  if (kind === "SHM_MAP") return (rest[0] === "*" || on === rest[0]) && (at === rest[1] || rest[1] === "rw");
  if (kind.startsWith("IPC_")) return rest[0] === "*" || on === rest[0];
  if (kind === "IMAGE") return on === rest[0] && (rest[1] === "*" || at === rest[1]);
  return rest.length === 0 || on === rest.join(":");
}

/** A deed that a capability is for: a concrete one below it. */
function deedsOf(held: Capability): Deed[] {
  const [kind = "", on = "", at = ""] = formatCapability(held).split(":");
  if ("amount" in held) return [1, 2, 3, 4].map((amount) => [kind, String(amount)]);
  if (kind === "NET_CONNECT" || kind === "NET_BIND") {
    if ("target" in held && "endpoint" in held.target) return [[kind, `endpoint ${held.target.endpoint}`]];
    const below = ["elsewhere", "x", "y.b.a"].map((name) => `${name}${on.slice(1)}`);
    const reached = on.startsWith("*") ? [...names, ...below, ...addresses, "stranger"] : [on];
    return reached.flatMap((host) =>
      (at === "" ? [...ports, 9999].map(String) : [at]).map((to): Deed => [kind, host, to]),
    );
  }
  if (kind.startsWith("FS_")) return ["", "/a", "/stranger"].map((below) => [kind, `${on}${below}`]);
  const named = on === "*" ? ["jobs", "jobs2", "stranger"] : [on];
  if (kind === "SHM_MAP") return named.flatMap((name) => ["ro", "rw"].map((mode): Deed => [kind, name, mode]));
  if (kind.startsWith("IPC_")) return named.map((name) => [kind, name]);
  if (kind === "IMAGE") return (at === "*" ? ["1", "2", "latest", "stranger"] : [at]).map((tag) => [kind, on, tag]);
  return on === ""
    ? [
        [kind, "python"],
        [kind, "stranger"],
      ]
    : [[kind, on]];
}

describe("the order of authority over generated capabilities", () => {
  test("is reflexive", { timeout }, () => {
    fc.assert(
      fc.property(capability, (a) => {
        expect(covers(a, a)).toBe(true);
      }),
      { numRuns },
    );
  });

  test("is antisymmetric on canonical spellings", { timeout }, () => {
    fc.assert(
      fc.property(alike(2), ([a, b]) => {
        if (a === undefined || b === undefined) return;
        expect(covers(a, b) && covers(b, a)).toBe(formatCapability(a) === formatCapability(b));
      }),
      { numRuns },
    );
  });

  test("is transitive", { timeout }, () => {
    fc.assert(
      fc.property(alike(6), (some) => {
        for (const a of some) {
          for (const b of some.filter((each) => covers(a, each))) {
            for (const c of some.filter((each) => covers(b, each))) expect(covers(a, c)).toBe(true);
          }
        }
      }),
      { numRuns },
    );
  });

  test(
    "keeps every deed: what the lesser permits, the greater permits; and what it does not cover can do more",
    { timeout },
    () => {
      fc.assert(
        fc.property(fc.oneof(alike(2), fc.array(capability, { minLength: 2, maxLength: 2 })), ([a, b]) => {
          if (a === undefined || b === undefined) return;
          const done = deedsOf(b).filter((deed) => permits(b, deed));
          expect(done).not.toEqual([]);
          expect(done.every((deed) => permits(a, deed))).toBe(covers(a, b));
        }),
        { numRuns },
      );
    },
  );
});
