import { describe, expect, test } from "vitest";
import { capabilityUsage, type Control, Fault, parseCapability } from "../abi/index.ts";
import { type ControlName, controlNames, requireEnforceable } from "./enforceable.ts";

const everything: readonly Control[] = controlNames.map((name) => ({ name, available: true, detail: "" }));
const without = (...names: readonly ControlName[]): Control[] =>
  everything.map((control) => ({ ...control, available: !(names as readonly string[]).includes(control.name) }));

/** The fault that refuses a table, or `undefined` for one that is taken. */
function refusal(table: readonly string[], controls: readonly Control[] = everything): Fault | undefined {
  try {
    requireEnforceable(table.map(parseCapability), controls);
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

const built = [
  "FS_READ:/project",
  "FS_READ:/project/sub",
  "CPU:1",
  "MEM:1Gi",
  "PIDS:8",
  "DISK:1Gi",
  "TIME:1s",
  "OUT:1Mi",
  "PROC_SPAWN",
  "PROC_SPAWN:python",
  "PROC_SIGNAL",
  "IPC_SEND:jobs",
  "IPC_RECV:*",
  "SHM_MAP:a:ro",
  "SHM_MAP:*:rw",
  "NET_BIND:localhost",
  "NET_BIND:localhost:80",
  "NET_CONNECT:*",
  "NET_CONNECT:example.org:443",
  "NET_CONNECT:packages",
  "IMAGE:debian",
];
const notBuilt = ["ML_CONTEXT:logs"];

describe("what this version and this host can make true", () => {
  test.each(built)("%s is taken", (text) => {
    expect(refusal([text])).toBeUndefined();
  });

  test("writing is taken with reading, and refused alone because a mount cannot tell them apart", () => {
    expect(refusal(["FS_READ:/project", "FS_WRITE:/project"])).toBeUndefined();
    expect(refusal(["FS_WRITE:/project"])).toMatchObject({ code: "invalid", hint: "Add FS_READ:/project." });
    expect(refusal(["FS_READ:/project", "FS_WRITE:/project/out"])).toBeUndefined();
    expect(refusal(["FS_READ:/project/in", "FS_WRITE:/project/out"])).toMatchObject({
      code: "invalid",
      hint: "Add FS_READ:/project/out.",
    });
  });

  test.each(notBuilt)("%s is refused by name, also in the middle of a good table", (text) => {
    const fault = refusal(["FS_READ:/project", text, "MEM:1Gi"]);
    expect(fault?.code).toBe("unsupported");
    expect(fault?.message).toContain(text);
  });

  test("every kind is decided here, one way or the other", () => {
    const kinds = [...built, ...notBuilt, "FS_WRITE:/project"].map((text) => parseCapability(text).kind);
    expect(new Set(kinds)).toEqual(new Set(Object.keys(capabilityUsage)));
  });

  test.each([
    ["MEM:1Gi", "memory limit"],
    ["MEM:1Gi", "swap limit"],
    ["PIDS:8", "pids limit"],
    ["CPU:1", "cpu quota"],
    ["DISK:1Gi", "disk watch"],
    ["SHM_MAP:a:ro", "shared memory"],
  ] as const)("%s is refused where the host does not give the %s, which is named", (text, control) => {
    expect(refusal([text], without(control))).toMatchObject({
      code: "unsupported",
      message: expect.stringContaining(control),
    });
    expect(refusal(["TIME:1s"], without(control))).toBeUndefined();
  });

  test("writing is refused where files cannot belong to the project", () => {
    expect(refusal(["FS_READ:/project", "FS_WRITE:/project"], without("project ownership"))?.code).toBe("unsupported");
    expect(refusal(["FS_READ:/project"], without("project ownership"))).toBeUndefined();
  });

  test("nothing at all is taken without a filter or a private cgroup namespace", () => {
    for (const control of ["seccomp", "private cgroup namespace"] as const) {
      expect(refusal([], without(control))).toMatchObject({
        code: "unsupported",
        message: expect.stringContaining(control),
      });
    }
  });

  test.each([
    ["MEM:5Mi", "MEM:6Mi"],
    ["PIDS:5", "PIDS:6"],
    ["DISK:255Mi", "DISK:256Mi"],
    ["CPU:0.009", "CPU:0.01"],
  ])("%s is refused as less than any container starts with, and %s is taken", (text, enough) => {
    expect(refusal(["FS_READ:/project", text])).toMatchObject({ code: "invalid", hint: `Name at least ${enough}.` });
    expect(refusal([enough])).toBeUndefined();
  });

  test("a control that nothing needs is not asked for", () => {
    expect(refusal(built, without("apparmor", "service separation"))).toBeUndefined();
  });
});
