import { describe, expect, it } from "vitest";
import { spawnRequestSchema } from "../../../kernel/abi/index.ts";
import { spawnRequest, tableOf } from "./spawn-request.ts";

const options = { runtime: "python", cap: [], seal: [], env: {} };

describe("the capabilities of superos run", () => {
  it("are none without a project, and reading its files with one", () => {
    expect(tableOf({ cap: [], seal: [] })).toEqual([]);
    expect(tableOf({ cap: [], seal: [], project: "site" })).toEqual(["FS_READ:/project"]);
  });

  it("stay at reading the project when only quotas are named, and are otherwise exactly what is named", () => {
    expect(tableOf({ cap: ["MEM:1Gi"], seal: [], project: "site" })).toEqual(["FS_READ:/project", "MEM:1Gi"]);
    expect(tableOf({ cap: ["PROC_SPAWN", "MEM:1Gi"], seal: [], project: "site" })).toEqual(["PROC_SPAWN", "MEM:1Gi"]);
  });

  it("that are sealed are named, too, and stay apart from those that may be handed on", () => {
    expect(tableOf({ cap: [], seal: ["MEM:1Gi"], project: "site" })).toEqual(["FS_READ:/project"]);
    expect(tableOf({ cap: ["CPU:1"], seal: ["NET_CONNECT:*"], project: "site" })).toEqual(["CPU:1"]);
    expect(() => tableOf({ cap: [], seal: ["TIME:1s"], timeout: 90_000 })).toThrow("--timeout");
  });

  it("get the time limit of --timeout, which cannot be said twice", () => {
    expect(tableOf({ cap: [], seal: [], timeout: 90_000 })).toEqual(["TIME:90s"]);
    expect(tableOf({ cap: [], seal: [], project: "site", timeout: 500 })).toEqual(["FS_READ:/project", "TIME:500ms"]);
    expect(() => tableOf({ cap: ["TIME:1s"], seal: [], timeout: 90_000 })).toThrow("--timeout");
  });
});

describe("the spawn request", () => {
  it("has input and lossless output when attached, and neither when detached", () => {
    const attached = spawnRequestSchema.parse(spawnRequest(options, null, ["true"]));
    const detached = spawnRequestSchema.parse(spawnRequest({ ...options, detach: true }, null, ["true"]));
    expect([attached.stdin, attached.lossless, detached.stdin, detached.lossless]).toEqual([true, true, false, false]);
  });

  it("asks for nothing beyond the table unless told", () => {
    const plain = spawnRequestSchema.parse(spawnRequest(options, null, ["true"]));
    expect(plain).toMatchObject({ sealed: [], name: null, tied: false, engineRuntime: null });
    const more = { ...options, seal: ["PROC_SIGNAL"], name: "db", tied: true, engineRuntime: "runsc" };
    expect(spawnRequestSchema.parse(spawnRequest(more, null, ["true"]))).toMatchObject({
      sealed: [{ kind: "PROC_SIGNAL" }],
      name: "db",
      tied: true,
      engineRuntime: "runsc",
    });
  });
});
