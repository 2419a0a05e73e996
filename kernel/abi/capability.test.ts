import { describe, expect, test } from "vitest";
import {
  type Capability,
  capabilitySchema,
  capabilityUsage,
  formatCapability,
  parseCapability,
  tableSchema,
} from "./capability.ts";
import { Fault } from "./fault.ts";

/** Every form of the grammar, with its value and its one canonical spelling. */
const grammar: readonly (readonly [text: string, value: Capability, canonical: string])[] = [
  ["PROC_SPAWN", { kind: "PROC_SPAWN", runtime: undefined }, "PROC_SPAWN"],
  ["PROC_SPAWN:python", { kind: "PROC_SPAWN", runtime: "python" }, "PROC_SPAWN:python"],
  ["PROC_SIGNAL", { kind: "PROC_SIGNAL" }, "PROC_SIGNAL"],
  ["FS_READ:/project", { kind: "FS_READ", path: [] }, "FS_READ:/project"],
  ["FS_READ:/project/", { kind: "FS_READ", path: [] }, "FS_READ:/project"],
  ["FS_READ:/project/a/b:c", { kind: "FS_READ", path: ["a", "b:c"] }, "FS_READ:/project/a/b:c"],
  ["FS_WRITE:/project", { kind: "FS_WRITE", path: [] }, "FS_WRITE:/project"],
  ["FS_WRITE:/project/out/", { kind: "FS_WRITE", path: ["out"] }, "FS_WRITE:/project/out"],
  ["FS_WRITE:/project/...", { kind: "FS_WRITE", path: ["..."] }, "FS_WRITE:/project/..."],
  ["NET_BIND:localhost", { kind: "NET_BIND", port: undefined }, "NET_BIND:localhost"],
  ["NET_BIND:localhost:1", { kind: "NET_BIND", port: 1 }, "NET_BIND:localhost:1"],
  ["NET_BIND:localhost:65535", { kind: "NET_BIND", port: 65_535 }, "NET_BIND:localhost:65535"],
  ["NET_BIND:localhost:08080", { kind: "NET_BIND", port: 8080 }, "NET_BIND:localhost:8080"],
  [
    "NET_CONNECT:example.org",
    { kind: "NET_CONNECT", target: { host: "example.org", port: undefined } },
    "NET_CONNECT:example.org",
  ],
  [
    "NET_CONNECT:example.org:443",
    { kind: "NET_CONNECT", target: { host: "example.org", port: 443 } },
    "NET_CONNECT:example.org:443",
  ],
  [
    "NET_CONNECT:*.example.org",
    { kind: "NET_CONNECT", target: { host: "*.example.org", port: undefined } },
    "NET_CONNECT:*.example.org",
  ],
  ["NET_CONNECT:*", { kind: "NET_CONNECT", target: { host: "*", port: undefined } }, "NET_CONNECT:*"],
  ["NET_CONNECT:*:443", { kind: "NET_CONNECT", target: { host: "*", port: 443 } }, "NET_CONNECT:*:443"],
  [
    "NET_CONNECT:10.0.0.5:5432",
    { kind: "NET_CONNECT", target: { host: "10.0.0.5", port: 5432 } },
    "NET_CONNECT:10.0.0.5:5432",
  ],
  ["NET_CONNECT:db:5432", { kind: "NET_CONNECT", target: { host: "db", port: 5432 } }, "NET_CONNECT:db:5432"],
  ["NET_CONNECT:packages", { kind: "NET_CONNECT", target: { endpoint: "packages" } }, "NET_CONNECT:packages"],
  ["IPC_SEND:jobs", { kind: "IPC_SEND", channel: "jobs" }, "IPC_SEND:jobs"],
  ["IPC_RECV:jobs.v2", { kind: "IPC_RECV", channel: "jobs.v2" }, "IPC_RECV:jobs.v2"],
  ["IPC_SEND:*", { kind: "IPC_SEND", channel: "*" }, "IPC_SEND:*"],
  ["IPC_RECV:*", { kind: "IPC_RECV", channel: "*" }, "IPC_RECV:*"],
  ["IPC_RECV:kernel.process", { kind: "IPC_RECV", channel: "kernel.process" }, "IPC_RECV:kernel.process"],
  ["SHM_MAP:*", { kind: "SHM_MAP", segment: "*", mode: "ro" }, "SHM_MAP:*:ro"],
  ["SHM_MAP:*:rw", { kind: "SHM_MAP", segment: "*", mode: "rw" }, "SHM_MAP:*:rw"],
  ["SHM_MAP:frames", { kind: "SHM_MAP", segment: "frames", mode: "ro" }, "SHM_MAP:frames:ro"],
  ["SHM_MAP:frames:ro", { kind: "SHM_MAP", segment: "frames", mode: "ro" }, "SHM_MAP:frames:ro"],
  ["SHM_MAP:frames:rw", { kind: "SHM_MAP", segment: "frames", mode: "rw" }, "SHM_MAP:frames:rw"],
  ["ML_CONTEXT:logs", { kind: "ML_CONTEXT", scope: "logs" }, "ML_CONTEXT:logs"],
  ["ML_CONTEXT:errors", { kind: "ML_CONTEXT", scope: "errors" }, "ML_CONTEXT:errors"],
  ["ML_CONTEXT:metadata", { kind: "ML_CONTEXT", scope: "metadata" }, "ML_CONTEXT:metadata"],
  [
    `IMAGE:ghcr.io/team/tool:1.2@sha256:${"0f".repeat(32)}`,
    { kind: "IMAGE", ref: `ghcr.io/team/tool:1.2@sha256:${"0f".repeat(32)}` },
    `IMAGE:ghcr.io/team/tool:1.2@sha256:${"0f".repeat(32)}`,
  ],
  ["IMAGE:debian", { kind: "IMAGE", ref: "debian:latest" }, "IMAGE:debian:latest"],
  ["IMAGE:debian:*", { kind: "IMAGE", ref: "debian:*" }, "IMAGE:debian:*"],
  [
    "IMAGE:localhost:5000/a__b/c.d-e",
    { kind: "IMAGE", ref: "localhost:5000/a__b/c.d-e:latest" },
    "IMAGE:localhost:5000/a__b/c.d-e:latest",
  ],
  ["CPU:2", { kind: "CPU", amount: 2000 }, "CPU:2"],
  ["CPU:0.5", { kind: "CPU", amount: 500 }, "CPU:0.5"],
  ["CPU:250m", { kind: "CPU", amount: 250 }, "CPU:0.25"],
  ["MEM:512Mi", { kind: "MEM", amount: 512 * 1024 ** 2 }, "MEM:512Mi"],
  ["MEM:1.5GiB", { kind: "MEM", amount: 1536 * 1024 ** 2 }, "MEM:1536Mi"],
  ["MEM:1024m", { kind: "MEM", amount: 1024 ** 3 }, "MEM:1Gi"],
  ["MEM:6291457", { kind: "MEM", amount: 6_291_457 }, "MEM:6291457"],
  ["PIDS:64", { kind: "PIDS", amount: 64 }, "PIDS:64"],
  ["TIME:90", { kind: "TIME", amount: 90_000 }, "TIME:90s"],
  ["TIME:15m", { kind: "TIME", amount: 900_000 }, "TIME:15m"],
  ["TIME:48h", { kind: "TIME", amount: 172_800_000 }, "TIME:2d"],
  ["TIME:1500ms", { kind: "TIME", amount: 1500 }, "TIME:1500ms"],
  ["DISK:1Ti", { kind: "DISK", amount: 1024 ** 4 }, "DISK:1Ti"],
  ["OUT:64k", { kind: "OUT", amount: 65_536 }, "OUT:64Ki"],
];

const refused: readonly string[] = [
  "",
  ":",
  "PROC",
  "proc_spawn",
  "PROC_SPAWN:",
  "PROC_SPAWN:Python",
  "PROC_SPAWN:a:b",
  "PROC_SPAWN:9",
  "PROC_SIGNAL:",
  "PROC_SIGNAL:1",
  "ROOT",
  "toString",
  "__proto__",
  "constructor:x",
  "FS_READ",
  "FS_READ:",
  "FS_READ:project",
  "FS_READ:/projects",
  "FS_READ:/project2/a",
  "FS_READ:/",
  "FS_READ:/etc",
  "FS_READ:/project//a",
  "FS_READ:/project/./a",
  "FS_READ:/project/..",
  "FS_READ:/project/a/../../etc",
  "FS_READ:/project/a\0b",
  `FS_READ:/project/${"x".repeat(256)}`,
  "FS_WRITE: /project",
  "FS_WRITE:/project/a//",
  "NET_BIND",
  "NET_BIND:",
  "NET_BIND:0.0.0.0",
  "NET_BIND:localhost:",
  "NET_BIND:localhost:0",
  "NET_BIND:localhost:65536",
  "NET_BIND:localhost:-1",
  "NET_BIND:localhost:80:80",
  "NET_BIND:localhost:8e1",
  "NET_BIND:LOCALHOST",
  "NET_CONNECT",
  "NET_CONNECT:",
  "NET_CONNECT:**",
  "NET_CONNECT:*.",
  "NET_CONNECT:a b.org",
  "NET_CONNECT:127.1",
  "NET_CONNECT:010.0.0.1",
  "NET_CONNECT:10.0.0.256",
  "NET_CONNECT:10.0.0.5.6",
  "NET_CONNECT:2130706433:80",
  "NET_CONNECT:0x7f000001:80",
  "NET_CONNECT:a..org",
  "NET_CONNECT:Db",
  "NET_CONNECT:example.org:0",
  "NET_CONNECT:example.org:99999",
  "NET_CONNECT:http://example.org",
  "NET_CONNECT:-a.org:1",
  "NET_CONNECT:a.*.org",
  "NET_CONNECT:[::1]:80",
  "IPC_SEND",
  "IPC_SEND:",
  "IPC_SEND:a/b",
  "IPC_SEND:a*",
  "IPC_RECV:**",
  "IPC_RECV:*.a",
  "SHM_MAP:*:",
  "SHM_MAP:a*:rw",
  "IPC_RECV:A",
  `IPC_RECV:${"a".repeat(64)}`,
  "SHM_MAP",
  "SHM_MAP:",
  "SHM_MAP:a:x",
  "SHM_MAP:a:ro:rw",
  "SHM_MAP::rw",
  "ML_CONTEXT",
  "ML_CONTEXT:all",
  "IMAGE",
  "IMAGE:",
  "IMAGE:a b",
  "IMAGE:-x",
  "IMAGE:$(id)",
  "IMAGE:*",
  "IMAGE:*:latest",
  "IMAGE:team/*",
  "IMAGE:../etc",
  "IMAGE:a//b",
  "IMAGE:/a",
  "IMAGE:a:",
  "IMAGE:a@sha256:0f",
  `IMAGE:a:*@sha256:${"0f".repeat(32)}`,
  "IMAGE:sha256:*",
  `IMAGE:sha256:${"0f".repeat(32)}`,
  `IMAGE:${"0f".repeat(32)}`,
  `IMAGE:${"a".repeat(256)}`,
  "CPU",
  "CPU:",
  "CPU:0",
  "CPU:-1",
  "CPU:1e3",
  "CPU:NaN",
  "CPU:0.0001",
  "CPU:1.5m1",
  "CPU:Infinity",
  "MEM",
  "MEM:0",
  "MEM:1X",
  "MEM: 1",
  "MEM:1 Gi",
  "MEM:99999999Ti",
  "MEM:0x10",
  "MEM:1..5",
  "MEM:",
  "PIDS:1.5",
  "PIDS:0",
  "PIDS:1k",
  "PIDS:1234567890",
  "TIME:1w",
  "TIME:0s",
  "TIME:",
  "TIME:-1s",
  "DISK:all",
  "OUT:none",
  "MEM:512Mi\n",
  "PROC_SIGNAL\n",
  " PROC_SIGNAL",
];

function refusalOf(text: string): Fault {
  try {
    parseCapability(text);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("the grammar of capabilities", () => {
  test.each(grammar)("%s is read as what it says", (text, value, canonical) => {
    expect(parseCapability(text)).toEqual(value);
    expect(formatCapability(value)).toBe(canonical);
    expect(parseCapability(canonical)).toEqual(value);
  });

  test("every kind is in this table and has a usage line", () => {
    const kinds = new Set(grammar.map(([, value]) => value.kind));
    expect([...kinds].toSorted()).toEqual(Object.keys(capabilityUsage).toSorted());
  });

  test("amounts of every size are printed so that they are read back exactly", () => {
    for (let exponent = 0; exponent <= 45; exponent += 1) {
      for (const amount of [2 ** exponent, 2 ** exponent + 1, 3 * 2 ** exponent].filter(Number.isSafeInteger)) {
        for (const kind of ["MEM", "DISK", "OUT", "TIME"] as const) {
          const capability: Capability = { kind, amount };
          expect(parseCapability(formatCapability(capability)), formatCapability(capability)).toEqual(capability);
        }
      }
    }
    for (const amount of [1, 10, 100, 999, 1001, 64_000]) {
      expect(parseCapability(formatCapability({ kind: "CPU", amount }))).toEqual({ kind: "CPU", amount });
    }
  });

  test.each(refused)("%j is refused with the text and how it is written", (text) => {
    const fault = refusalOf(text);
    expect(fault.code).toBe("invalid");
    expect(fault.message).toContain(JSON.stringify(text));
    expect(fault.hint).toMatch(/It is written [A-Z_]+|The kinds are PROC_SPAWN, /);
  });
});

describe("a table at the door", () => {
  test("is parsed entry by entry, and one bad entry refuses it all", () => {
    expect(tableSchema.parse(["MEM:1Gi", "PROC_SIGNAL"])).toEqual([
      { kind: "MEM", amount: 1024 ** 3 },
      { kind: "PROC_SIGNAL" },
    ]);
    expect(tableSchema.safeParse(["MEM:1Gi", "ROOT"]).success).toBe(false);
    expect(tableSchema.safeParse("MEM:1Gi").success).toBe(false);
    expect(tableSchema.safeParse([{ kind: "MEM", amount: 1 }]).success).toBe(false);
  });

  test("holds at most 64 capabilities of at most 512 characters", () => {
    expect(tableSchema.safeParse(Array.from({ length: 64 }, () => "PIDS:1")).success).toBe(true);
    expect(tableSchema.safeParse(Array.from({ length: 65 }, () => "PIDS:1")).success).toBe(false);
    const long = (characters: number): string => `FS_READ:/project${"/a".repeat(characters / 2)}`;
    expect(capabilitySchema.safeParse(long(400)).success).toBe(true);
    expect(capabilitySchema.safeParse(long(600)).success).toBe(false);
  });
});
