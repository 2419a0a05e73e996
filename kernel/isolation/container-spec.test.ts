import { describe, expect, test } from "vitest";
import { type Capability, Fault, parseCapability } from "../abi/index.ts";
import { type Box, type ContainerSpec, containerSpec } from "./container-spec.ts";
import { bindsOf, quotaTexts, sampleBox } from "./sample-box.ts";

/** Each mount as `target mode`. */
const mounts = (box: Box): string[] =>
  bindsOf(containerSpec(box)).map((mount) => `${mount.Target} ${mount.ReadOnly ? "ro" : "rw"}`);

function refusal(box: Box): Fault {
  try {
    containerSpec(box);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("it was made");
}

describe("what every container gets", () => {
  const spec = containerSpec(sampleBox());

  test("is no root, no capability, no new privilege and a filter", () => {
    expect(spec.User).toBe("900000123:900000123");
    expect(spec.HostConfig).toMatchObject({ CapAdd: [], CapDrop: ["ALL"], Privileged: false, GroupAdd: [] });
    expect(spec.HostConfig.SecurityOpt).toEqual(["no-new-privileges", 'seccomp={"defaultAction":"SCMP_ACT_ERRNO"}']);
  });

  test("is namespaces of its own and no network", () => {
    expect(spec.NetworkDisabled).toBe(true);
    const namespaces = {
      NetworkMode: "none",
      IpcMode: "private",
      CgroupnsMode: "private",
      PidMode: "",
      UTSMode: "",
      UsernsMode: "",
    };
    expect(spec.HostConfig).toMatchObject({ ...namespaces, PublishAllPorts: false });
  });

  test("is a read-only root, a small noexec /tmp, an init, no devices and no restarts", () => {
    expect(spec.HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      Init: true,
      AutoRemove: false,
      Devices: [],
      DeviceRequests: [],
      DeviceCgroupRules: [],
      RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
      OomScoreAdj: 500,
      OomKillDisable: false,
    });
    expect(Object.keys(spec.HostConfig.Tmpfs)).toEqual(["/tmp"]);
    const options = (spec.HostConfig.Tmpfs["/tmp"] ?? "").split(",");
    expect(options).toEqual(expect.arrayContaining(["noexec", "nosuid", "nodev", `size=${64 * 1024 ** 2}`]));
  });

  test("is the limits of its table: memory without swap, cores, processes, descriptors, no core files", () => {
    const memory = 512 * 1024 ** 2;
    expect(spec.HostConfig).toMatchObject({ Memory: memory, MemorySwap: memory, NanoCpus: 1.5e9, PidsLimit: 64 });
    expect(spec.HostConfig.Ulimits.map(({ Name: name }) => name)).toEqual(["nofile", "core"]);
  });

  test("is labels by which it is found again, and no log of the engine", () => {
    expect(spec.Labels).toEqual({
      "superos.instance": "0a1b2c3d",
      "superos.pid": "17",
      "superos.project": "abcdefghij",
      "superos.generation": "4",
    });
    expect(containerSpec(sampleBox([], { project: null, filesDir: null })).Labels["superos.project"]).toBe("");
    expect(spec.HostConfig.LogConfig.Type).toBe("none");
  });

  test("does not depend on what is run: arguments and environment come through the gate", () => {
    expect(spec.Cmd).toEqual([]);
    expect(spec.Entrypoint).toEqual(["/usr/local/bin/sos", "gate"]);
    expect(spec.Env).toEqual(["HOME=/tmp"]);
  });
});

describe("scratch space", () => {
  test("is never more than half of the memory that it is taken from", () => {
    for (const text of ["MEM:6Mi", "MEM:16Mi", "MEM:127Mi", "MEM:128Mi", "MEM:8Gi"]) {
      const table = [...quotaTexts.filter((quota) => !quota.startsWith("MEM")), text].map(parseCapability);
      const { Memory: memory, Tmpfs: tmpfs, ShmSize: shm } = containerSpec(sampleBox([], { table })).HostConfig;
      const size = Number(/size=(\d+)/.exec(tmpfs["/tmp"] ?? "")?.[1]);
      expect(size).toBeGreaterThan(0);
      expect(size).toBeLessThanOrEqual(memory / 2);
      expect(shm).toBeLessThanOrEqual(memory / 2);
    }
  });
});

describe("mounts", () => {
  test("are the process's directory, and the project only where the table says so", () => {
    expect(mounts(sampleBox())).toEqual(["/run/superos ro"]);
    expect(mounts(sampleBox(["FS_READ:/project"]))).toEqual(["/run/superos ro", "/project ro"]);
    expect(mounts(sampleBox(["FS_READ:/project", "FS_WRITE:/project"]))).toEqual(["/run/superos ro", "/project rw"]);
  });

  test("show each segment that is named as one file, and no segment through a kernel of its own", () => {
    expect(mounts(sampleBox(["SHM_MAP:a:ro", "SHM_MAP:frames:rw"]))).toEqual([
      "/run/superos ro",
      "/run/superos/shm/a ro",
      "/run/superos/shm/frames rw",
    ]);
    expect(() => containerSpec(sampleBox(["SHM_MAP:a:ro"], { engineRuntime: "runsc" }))).toThrow(
      "no segment can be mapped with the engine runtime runsc",
    );
  });

  test("never carry what is mounted below their source, nor pass mounts on", () => {
    for (const mount of bindsOf(containerSpec(sampleBox(["FS_READ:/project"])))) {
      expect(mount.BindOptions).toEqual({ Propagation: "rprivate", NonRecursive: true });
    }
  });

  test("are never more, nor writable, when a capability is taken away", () => {
    const rights = ["FS_READ:/project", "FS_WRITE:/project", "PROC_SIGNAL", "NET_BIND:localhost", "SHM_MAP:a:rw"];
    for (let chosen = 0; chosen < 2 ** rights.length; chosen += 1) {
      const held = rights.filter((_, index) => (chosen & (1 << index)) !== 0);
      const before = mounts(sampleBox(held));
      for (const taken of held) {
        for (const mount of mounts(sampleBox(held.filter((right) => right !== taken)))) {
          const [target] = mount.split(" ");
          const allowed = mount.endsWith("rw") ? [mount] : [`${target} ro`, `${target} rw`];
          expect(
            before.some((candidate) => allowed.includes(candidate)),
            `${held.join()} without ${taken}: ${mount}`,
          ).toBe(true);
        }
      }
    }
  });
});

describe("another image", () => {
  test("gets the same box with a gate that needs nothing of it", () => {
    const [own, other] = [sampleBox(["FS_READ:/project/a"]), sampleBox(["FS_READ:/project/a"], { otherImage: true })];
    const { Entrypoint: entrypoint, ...rest } = containerSpec(other);
    expect(containerSpec(own)).toMatchObject(rest);
    expect(entrypoint).toEqual(["/run/superos/sos", "gate"]);
    expect(containerSpec({ ...other, tty: true }).Entrypoint).toEqual(["/run/superos/sos", "gate", "--tty"]);
  });

  test("has its volumes in memory that the process pays for", () => {
    const { HostConfig: host } = containerSpec(sampleBox([], { otherImage: true, volumes: ["/data", "/var/lib/x"] }));
    expect(host.Mounts.slice(1)).toEqual(
      ["/data", "/var/lib/x"].map((path) => ({
        Type: "tmpfs",
        Target: path,
        TmpfsOptions: { SizeBytes: host.Memory / 2, Mode: 0o1777 },
      })),
    );
  });

  test("is refused where its mounts cannot be looked at from outside", () => {
    const spec = (): unknown => containerSpec(sampleBox([], { otherImage: true, engineRuntime: "runsc" }));
    expect(spec).toThrow(expect.objectContaining({ code: "unsupported" }));
  });
});

describe("authority", () => {
  const others: readonly Capability[] = [
    "PROC_SPAWN",
    "PROC_SIGNAL",
    "NET_BIND:localhost:80",
    "NET_CONNECT:example.org",
    "IPC_SEND:a",
    "IPC_RECV:a",
    "SHM_MAP:*:rw",
    "ML_CONTEXT:logs",
    "IMAGE:other",
    "DISK:1Gi",
  ].map(parseCapability);

  test("that is no mount and no limit changes nothing in the container", () => {
    for (const capability of others) {
      const box = sampleBox();
      expect(containerSpec({ ...box, table: [...box.table, capability] })).toEqual(containerSpec(box));
    }
  });

  test("that is named twice is the lesser one", () => {
    expect(containerSpec(sampleBox(["MEM:1Gi", "PIDS:8"])).HostConfig).toMatchObject({
      Memory: 512 * 1024 ** 2,
      PidsLimit: 8,
    });
  });
});

describe("a terminal", () => {
  test("is the engine's, with an input that stays open, and a gate that keeps it", () => {
    const [plain, terminal] = [false, true].map((tty) => containerSpec(sampleBox(["FS_READ:/project"], { tty })));
    expect(plain).toMatchObject({ Tty: false, OpenStdin: false, StdinOnce: false });
    expect(terminal).toMatchObject({ Tty: true, OpenStdin: true, StdinOnce: false });
    expect(terminal?.Entrypoint).toEqual(["/usr/local/bin/sos", "gate", "--tty"]);
  });
});

describe("an engine runtime", () => {
  const specOf = (engineRuntime: string | null): ContainerSpec =>
    containerSpec(sampleBox(["FS_READ:/project"], { engineRuntime }));
  const processMount = (spec: ContainerSpec): unknown => spec.HostConfig.Mounts[0];

  test("is the engine's own choice, or exactly the one that was asked for", () => {
    expect(specOf(null).HostConfig).not.toHaveProperty("Runtime");
    expect(specOf("runsc").HostConfig.Runtime).toBe("runsc");
  });

  test("with a kernel of its own has the process's directory writable, which its owner and mode then protect", () => {
    for (const name of [null, "runc", "crun"]) expect(processMount(specOf(name))).toMatchObject({ ReadOnly: true });
    expect(processMount(specOf("runsc"))).toMatchObject({ ReadOnly: false });
  });

  test("with a kernel of its own gets no part of a project, which could not be told from another", () => {
    const part = sampleBox(["FS_READ:/project", "FS_READ:/project/a", "FS_WRITE:/project/a"]);
    expect(containerSpec(part).Cmd).toEqual(["/project/a"]);
    expect(refusal({ ...part, engineRuntime: "runsc" })).toMatchObject({ code: "unsupported" });
  });
});

describe("a box that cannot be made", () => {
  test("names no quota that must be there", () => {
    for (const quota of quotaTexts.filter((text) => /^(CPU|MEM|PIDS)/.test(text))) {
      const table = quotaTexts.filter((text) => text !== quota).map(parseCapability);
      expect(refusal(sampleBox([], { table }))).toMatchObject({
        code: "invalid",
        message: expect.stringContaining(quota.split(":")[0] ?? "?"),
      });
    }
  });

  test("reads a project that is not there, or asks for less memory than the engine takes", () => {
    expect(refusal(sampleBox(["FS_READ:/project"], { filesDir: null })).code).toBe("invalid");
    expect(refusal(sampleBox(["MEM:5Mi"])).message).toContain("6Mi");
  });

  test("belongs to root, or to nobody in particular: that is a defect, not a fault", () => {
    for (const owner of [0, -1, 1.5, Number.NaN])
      expect(() => containerSpec(sampleBox([], { owner }))).toThrow("unprivileged");
  });
});
