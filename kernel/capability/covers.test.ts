import { describe, expect, test } from "vitest";
import {
  type Capability,
  capabilityUsage,
  formatCapability,
  parseCapability,
  type QuotaKind,
  quotaKinds,
} from "../abi/index.ts";
import { covers, quotaOf, withDefaultQuotas } from "./covers.ts";

const texts: readonly string[] = [
  "PROC_SPAWN",
  "PROC_SPAWN:python",
  "PROC_SPAWN:node",
  "PROC_SIGNAL",
  ...["FS_READ", "FS_WRITE"].flatMap((kind) =>
    ["", "/a", "/ab", "/a/b", "/a/b/c", "/a/bc", "/b", "/A", "/a.b"].map((path) => `${kind}:/project${path}`),
  ),
  ...["", ":80", ":8080"].map((port) => `NET_BIND:localhost${port}`),
  ...[
    "example.org",
    "a.example.org",
    "b.a.example.org",
    "*.example.org",
    "*.a.example.org",
    "notexample.org",
    "xample.org",
    "*.org",
    "*",
    "93.184.216.34",
    "93.184.216.35",
    "216.34.org",
  ].flatMap((host) => ["", ":80", ":443"].map((port) => `NET_CONNECT:${host}${port}`)),
  "NET_CONNECT:packages",
  "NET_CONNECT:models",
  "NET_CONNECT:packages:80",
  "IPC_SEND:jobs",
  "IPC_SEND:jobs2",
  "IPC_RECV:jobs",
  "IPC_RECV:jobs2",
  "IPC_SEND:*",
  "IPC_RECV:*",
  "IPC_RECV:kernel.process",
  "SHM_MAP:*:ro",
  "SHM_MAP:*:rw",
  "SHM_MAP:frames:ro",
  "SHM_MAP:frames:rw",
  "SHM_MAP:frame:ro",
  "SHM_MAP:frame:rw",
  "ML_CONTEXT:logs",
  "ML_CONTEXT:errors",
  "ML_CONTEXT:metadata",
  "IMAGE:a:1",
  "IMAGE:a:2",
  "IMAGE:a:*",
  "IMAGE:b/a:1",
  `IMAGE:a@sha256:${"0f".repeat(32)}`,
  `IMAGE:a:1@sha256:${"0f".repeat(32)}`,
  "CPU:0.5",
  "CPU:1",
  "CPU:2",
  "MEM:1Mi",
  "MEM:1Gi",
  "PIDS:1",
  "PIDS:64",
  "TIME:1s",
  "TIME:1h",
  "DISK:1Gi",
  "DISK:2Gi",
  "OUT:1Mi",
  "OUT:2Mi",
];
const all = texts.map(parseCapability);
const parse = (table: readonly string[]): Capability[] => table.map(parseCapability);
const holds = (a: string, b: string): boolean => covers(parseCapability(a), parseCapability(b));

describe("the order of authority", () => {
  test("is tried with every kind, each in its canonical spelling", () => {
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(Object.keys(capabilityUsage)));
    expect(new Set(all.map(formatCapability)).size).toBe(all.length);
  });

  test("is reflexive: whoever holds a capability may hand on the same", () => {
    for (const a of all) expect(covers(a, a), formatCapability(a)).toBe(true);
  });

  test("is antisymmetric: two that cover one another are the same", () => {
    const alike = all.map((a) => all.filter((b) => covers(a, b) && covers(b, a)).map(formatCapability));
    expect(alike).toEqual(all.map((a) => [formatCapability(a)]));
  });

  test("is transitive: what is handed on twice was within the first", () => {
    const broken: string[] = [];
    for (const a of all) {
      for (const b of all.filter((candidate) => covers(a, candidate))) {
        for (const c of all) {
          if (covers(b, c) && !covers(a, c)) broken.push([a, b, c].map(formatCapability).join(" > "));
        }
      }
    }
    expect(broken).toEqual([]);
  });

  test("never crosses kinds: writing is not reading, sending not receiving", () => {
    const crossed = all.flatMap((a) => all.filter((b) => a.kind !== b.kind && covers(a, b)));
    expect(crossed).toEqual([]);
  });

  test.each([
    ["PROC_SPAWN", "PROC_SPAWN:python"],
    ["FS_READ:/project", "FS_READ:/project/a/b"],
    ["FS_WRITE:/project/a", "FS_WRITE:/project/a/b"],
    ["NET_BIND:localhost", "NET_BIND:localhost:80"],
    ["NET_CONNECT:example.org", "NET_CONNECT:example.org:443"],
    ["NET_CONNECT:*.example.org", "NET_CONNECT:b.a.example.org:80"],
    ["NET_CONNECT:*.example.org", "NET_CONNECT:*.a.example.org"],
    ["NET_CONNECT:*", "NET_CONNECT:*.org"],
    ["NET_CONNECT:*", "NET_CONNECT:example.org"],
    ["NET_CONNECT:*", "NET_CONNECT:*:443"],
    ["NET_CONNECT:*", "NET_CONNECT:packages"],
    ["NET_CONNECT:*:443", "NET_CONNECT:*.example.org:443"],
    ["NET_CONNECT:*:5432", "NET_CONNECT:db:5432"],
    ["NET_CONNECT:93.184.216.34", "NET_CONNECT:93.184.216.34:80"],
    ["SHM_MAP:frames:rw", "SHM_MAP:frames:ro"],
    ["IPC_SEND:*", "IPC_SEND:jobs"],
    ["IPC_RECV:*", "IPC_RECV:kernel.process"],
    ["SHM_MAP:*:ro", "SHM_MAP:frames:ro"],
    ["SHM_MAP:*:rw", "SHM_MAP:frames:ro"],
    ["SHM_MAP:*:rw", "SHM_MAP:*:ro"],
    ["IMAGE:a:*", "IMAGE:a:1"],
    ["IMAGE:a:*", "IMAGE:a"],
    ["IMAGE:a:*", `IMAGE:a:1@sha256:${"0f".repeat(32)}`],
    ["IMAGE:localhost:5000/team/a:*", "IMAGE:localhost:5000/team/a:1"],
    ["MEM:1Gi", "MEM:1Mi"],
  ])("%s covers %s, and not the other way round", (a, b) => {
    expect(holds(a, b)).toBe(true);
    expect(holds(b, a)).toBe(false);
  });

  test.each([
    ["FS_READ:/project/a", "FS_READ:/project/ab"],
    ["FS_READ:/project/a", "FS_READ:/project/A"],
    ["FS_READ:/project/a/b", "FS_READ:/project/a/bc"],
    ["NET_CONNECT:*.example.org", "NET_CONNECT:example.org"],
    ["NET_CONNECT:*.example.org", "NET_CONNECT:notexample.org"],
    ["NET_CONNECT:example.org:80", "NET_CONNECT:example.org:443"],
    ["NET_CONNECT:packages", "NET_CONNECT:packages:80"],
    ["NET_CONNECT:*:443", "NET_CONNECT:packages"],
    ["NET_CONNECT:*.org", "NET_CONNECT:packages"],
    ["NET_CONNECT:*", "NET_CONNECT:93.184.216.34"],
    ["NET_CONNECT:*", "NET_CONNECT:169.254.169.254:80"],
    ["NET_CONNECT:*:443", "NET_CONNECT:example.org"],
    ["NET_CONNECT:*:443", "NET_CONNECT:example.org:80"],
    ["NET_CONNECT:93.184.216.34", "NET_CONNECT:93.184.216.35"],
    ["PROC_SPAWN:python", "PROC_SPAWN:node"],
    ["IPC_SEND:jobs", "IPC_SEND:jobs2"],
    ["IPC_SEND:*", "IPC_RECV:jobs"],
    ["SHM_MAP:frame:rw", "SHM_MAP:frames:ro"],
    ["SHM_MAP:*:ro", "SHM_MAP:frames:rw"],
    ["IMAGE:a:1", "IMAGE:a:2"],
    ["IMAGE:a:1", `IMAGE:a:1@sha256:${"0f".repeat(32)}`],
    ["IMAGE:a:*", "IMAGE:ab:1"],
    ["IMAGE:a:*", "IMAGE:b/a:1"],
    ["IMAGE:a:*", "IMAGE:a/b:1"],
    ["IMAGE:localhost:*", "IMAGE:localhost:5000/a:1"],
  ])("%s has nothing to do with %s", (a, b) => {
    expect(holds(a, b)).toBe(false);
    expect(holds(b, a)).toBe(false);
  });
});

describe("a table", () => {
  test("that names a quota twice means the smaller", () => {
    expect(quotaOf(parse(["MEM:2Gi", "PIDS:3", "MEM:1Gi"]), "MEM")).toBe(1024 ** 3);
    expect(quotaOf(parse(["PIDS:3"]), "MEM")).toBeUndefined();
  });
});

describe("default quotas", () => {
  const defaults = parse(["CPU:1", "MEM:512Mi", "PIDS:128"]);
  const bound = parse(["CPU:8", "MEM:8Gi", "PIDS:64"]);

  test("fill in the kinds that a table leaves out, and no other", () => {
    expect(withDefaultQuotas(parse(["MEM:1Gi", "FS_READ:/project"]), defaults, bound).map(formatCapability)).toEqual([
      "MEM:1Gi",
      "FS_READ:/project",
      "CPU:1",
      "PIDS:64",
    ]);
  });

  test("never exceed what the requester holds, and never change what was named", () => {
    const amounts: Record<QuotaKind, string[]> = {
      CPU: ["CPU:0.1", "CPU:64"],
      MEM: ["MEM:6Mi", "MEM:1Ti"],
      PIDS: ["PIDS:1", "PIDS:999"],
      TIME: ["TIME:1s"],
      DISK: ["DISK:1Mi"],
      OUT: ["OUT:1Mi"],
    };
    for (const kind of quotaKinds) {
      for (const text of amounts[kind]) {
        const table = withDefaultQuotas(parse([text]), defaults, bound);
        expect(table[0]).toEqual(parseCapability(text));
        const beyond = table.slice(1).filter((entry) => !bound.some((held) => covers(held, entry)));
        expect(beyond).toEqual([]);
      }
    }
  });

  test("give nothing but quotas, whatever a manifest says", () => {
    expect(withDefaultQuotas([], parse(["FS_WRITE:/project", "NET_BIND:localhost", "CPU:1"]), bound)).toEqual(
      parse(["CPU:1"]),
    );
  });
});
