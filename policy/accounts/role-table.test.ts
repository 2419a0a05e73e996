import { describe, expect, test } from "vitest";
import { roles } from "../../kernel/abi/index.ts";
import { roleTable, scratchTable } from "./role-table.ts";

const machine = { cores: 2, memoryBytes: 10 * 1024 ** 2 };
const none = { machine, privateTargets: [], allowedImages: [] };
const some = {
  machine,
  privateTargets: ["10.0.0.5:5432", "192.168.1.9:443"],
  allowedImages: ["debian:12", "ghcr.io/team/tool:*"],
};
const network = ["NET_BIND:localhost", "NET_CONNECT:*"];
const quotas = ["CPU:256", "MEM:8192Ki", "PIDS:32768", "TIME:30d", "OUT:4Gi"];
const start = ["PROC_SPAWN", "PROC_SIGNAL"];
const channels = ["IPC_SEND:*", "IPC_RECV:*", "SHM_MAP:*:rw"];
const sorted = (table: readonly string[]): string[] => table.toSorted();

describe("a role's table", () => {
  test("is for owner and editor all of the project, with a share of the disk", () => {
    const files = ["FS_READ:/project", "FS_WRITE:/project", "DISK:64Gi"];
    const all = [...start, ...files, ...network, ...channels, ...quotas];
    for (const role of ["owner", "editor"] as const) expect(sorted(roleTable(role, none))).toEqual(sorted(all));
  });

  test("is for a runner the same without writing, and so without disk", () => {
    const all = [...start, "FS_READ:/project", ...network, ...channels, ...quotas];
    expect(sorted(roleTable("runner", none))).toEqual(sorted(all));
  });

  test("is for a viewer reading alone, whatever the settings", () => {
    for (const settings of [none, some]) expect(roleTable("viewer", settings)).toEqual(["FS_READ:/project"]);
  });

  test("names private addresses and other images where the settings do, for those who start programs in the project", () => {
    const added = [
      "NET_CONNECT:10.0.0.5:5432",
      "NET_CONNECT:192.168.1.9:443",
      "IMAGE:debian:12",
      "IMAGE:ghcr.io/team/tool:*",
    ];
    for (const role of ["owner", "editor", "runner"] as const) {
      expect(sorted(roleTable(role, some))).toEqual(sorted([...roleTable(role, none), ...added]));
    }
  });

  test("of less holds nothing that one of more does not", () => {
    for (const [index, role] of roles.slice(1).entries()) {
      const more = roleTable(roles[index] ?? "owner", some);
      expect(roleTable(role, some).filter((text) => !more.includes(text))).toEqual([]);
    }
  });
});

describe("the table of no project", () => {
  test("runs programs on the network, of other images too, and names neither files, disk nor private addresses", () => {
    const images = some.allowedImages.map((image) => `IMAGE:${image}`);
    expect(sorted(scratchTable(some))).toEqual(sorted([...start, ...images, ...network, ...channels, ...quotas]));
  });
});

describe("the amounts", () => {
  test("are capabilities also on a machine that tells of no cores", () => {
    expect(scratchTable({ machine: { ...machine, cores: 0 }, privateTargets: [], allowedImages: [] })).toContain(
      "CPU:128",
    );
  });
});
