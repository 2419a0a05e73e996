import { describe, expect, test } from "vitest";
import { differences } from "./compare.ts";
import { containerSpec, type ContainerSpec } from "./container-spec.ts";
import { sampleBox } from "./sample-box.ts";

type Json = Record<string, unknown>;

const spec: ContainerSpec = containerSpec(sampleBox(["FS_READ:/project"]));

/** What an engine answers to `inspect` for a container that is as it was asked for, with what engines add by themselves. */
function inspected(asked = spec): { Image: string; Config: Json; HostConfig: Json; Mounts: Json[] } {
  const { HostConfig: host, ...config } = structuredClone(asked);
  const mounts = host.Mounts.map((mount) => ({
    Type: mount.Type,
    Source: mount.Type === "bind" ? mount.Source : "",
    Destination: mount.Target,
    Mode: "",
    RW: mount.Type !== "bind" || !mount.ReadOnly,
    Propagation: mount.Type === "bind" ? "rprivate" : "",
  }));
  return {
    Image: asked.Image,
    Config: {
      ...config,
      Env: [...config.Env, "PATH=/usr/bin:/bin"],
      Labels: { ...config.Labels, maintainer: "somebody" },
      Hostname: "0123456789ab",
      Domainname: "",
      Volumes: null,
      OnBuild: null,
    },
    HostConfig: {
      ...host,
      Binds: null,
      ContainerIDFile: "",
      PortBindings: null,
      VolumesFrom: null,
      Dns: [],
      ExtraHosts: null,
      Links: null,
      Cgroup: "",
      Runtime: "runc",
      Isolation: "",
      CpuShares: 0,
      CgroupParent: "",
      BlkioDeviceReadBps: null,
      Sysctls: undefined,
      MaskedPaths: ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
      ReadonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
      // Engines leave out what is empty, each in its own way.
      CapAdd: null,
      Devices: null,
      DeviceRequests: undefined,
      GroupAdd: null,
    },
    Mounts: mounts.toReversed(),
  };
}

/** A value of the same kind that is another. */
function another(value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return `${value}x`;
  if (Array.isArray(value)) return [...value, "more"];
  return { ...(value as Json), more: "more" };
}

function differencesWith(change: (made: ReturnType<typeof inspected>) => void): string[] {
  const made = inspected();
  change(made);
  return differences(spec, made);
}

describe("what the engine made", () => {
  test("is accepted when it is what was asked for", () => {
    expect(differences(spec, inspected())).toEqual([]);
  });

  test("is refused when nothing is known of it", () => {
    for (const nothing of [undefined, null, {}, [], "container", { Config: null, HostConfig: null, Mounts: null }]) {
      expect(differences(spec, nothing).length).toBeGreaterThan(10);
    }
  });

  const configFields = Object.keys(spec).filter(
    (name) => !["HostConfig", "Image", "Env", "Labels", "Healthcheck"].includes(name),
  );
  test("is refused when it would be asked for its health", () => {
    for (const health of [{ Test: ["CMD", "sh"] }, { Test: ["NONE", "more"] }, null])
      expect(differencesWith((made) => (made.Config["Healthcheck"] = health))).toEqual([
        expect.stringContaining("Healthcheck"),
      ]);
    expect(differencesWith((made) => (made.Config["Healthcheck"] = { Test: ["NONE"], Interval: 5 }))).toEqual([]);
  });

  test.each(configFields)("is refused when Config.%s is another", (name) => {
    const found = differencesWith((made) => (made.Config[name] = another(made.Config[name])));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(name);
  });

  const hostFields = Object.keys(spec.HostConfig).filter((name) => name !== "Mounts");
  test.each(hostFields)("is refused when HostConfig.%s is another", (name) => {
    const value = spec.HostConfig[name as keyof ContainerSpec["HostConfig"]];
    const found = differencesWith((made) => (made.HostConfig[name] = another(value)));
    expect(found).not.toEqual([]);
    for (const difference of found) expect(difference).toContain(`HostConfig.${name}`);
  });

  test.each(hostFields.filter((name) => !isEmptyIn(name)))("is refused when HostConfig.%s is missing", (name) => {
    expect(differencesWith((made) => delete made.HostConfig[name])).not.toEqual([]);
  });

  test.each([
    ["Binds", ["/:/host"]],
    ["VolumesFrom", ["other"]],
    ["ExtraHosts", ["metadata:169.254.169.254"]],
    ["Links", ["/other:/c/other"]],
    ["PortBindings", { "80/tcp": [{ HostPort: "80" }] }],
    ["Sysctls", { "net.ipv4.ip_forward": "1" }],
    ["CgroupParent", "/"],
    ["Dns", ["8.8.8.8"]],
    ["CapAdd", ["CAP_SYS_ADMIN"]],
    ["Devices", [{ PathOnHost: "/dev/sda", PathInContainer: "/dev/sda", CgroupPermissions: "rwm" }]],
    ["DeviceRequests", [{ Driver: "nvidia", Count: -1 }]],
    ["GroupAdd", ["0"]],
  ])("is refused when the engine added HostConfig.%s", (name, value) => {
    const found = differencesWith((made) => (made.HostConfig[name] = value));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(name);
  });

  test("is refused when a path of /proc or /sys that must be hidden is not", () => {
    for (const path of ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"]) {
      const drop = (made: ReturnType<typeof inspected>): void => {
        made.HostConfig["MaskedPaths"] = (made.HostConfig["MaskedPaths"] as string[]).filter(
          (masked) => masked !== path,
        );
      };
      expect(differencesWith(drop)).toEqual([`${path} is not masked`]);
    }
    expect(differencesWith((made) => (made.HostConfig["ReadonlyPaths"] = []))).toHaveLength(3);
    expect(differencesWith((made) => (made.HostConfig["MaskedPaths"] = null))).toHaveLength(4);
  });

  test("is refused when a volume of the image came along", () => {
    expect(differencesWith((made) => (made.Config["Volumes"] = { "/data": {} }))).toHaveLength(1);
    const volume = {
      Type: "volume",
      Name: "0f",
      Source: "/var/lib/docker/volumes/0f/_data",
      Destination: "/data",
      RW: true,
    };
    expect(differencesWith((made) => made.Mounts.push(volume))).toEqual(["a mount at /data was not asked for"]);
  });

  describe("of an image with a volume", () => {
    const withVolume = containerSpec(sampleBox([], { otherImage: true, volumes: ["/data"] }));
    const asMade = (change: (made: ReturnType<typeof inspected>) => void): string[] => {
      const made = inspected(withVolume);
      made.Config["Volumes"] = { "/data": {} };
      change(made);
      return differences(withVolume, made);
    };
    const ofTmpfs = ({ Mounts: mounts }: ReturnType<typeof inspected>): Json =>
      mounts.find((mount) => mount["Destination"] === "/data") ?? {};

    test("is what was asked for where it lies in memory", () => {
      expect(asMade(() => undefined)).toEqual([]);
    });

    test.each<[string, (made: ReturnType<typeof inspected>) => unknown]>([
      ["is one of the engine's", (made) => Object.assign(ofTmpfs(made), { Type: "volume", Source: "/var/lib/x" })],
      ["has a source", (made) => Object.assign(ofTmpfs(made), { Source: "/" })],
      ["is not mounted", (made) => (made.Mounts = made.Mounts.filter((mount) => mount !== ofTmpfs(made)))],
      ["is of another size", (made) => (made.HostConfig["Mounts"] = [{ Type: "tmpfs", Target: "/data" }])],
      [
        "is told twice",
        (made) => (made.HostConfig["Mounts"] = [...withVolume.HostConfig.Mounts, { Type: "bind", Target: "/data" }]),
      ],
      ["is not the image's", (made) => (made.Config["Volumes"] = { "/other": {} })],
      ["is not its only one", (made) => (made.Config["Volumes"] = { "/data": {}, "/other": {} })],
    ])("is refused where it %s", (_what, change) => {
      expect(asMade(change)).toHaveLength(1);
    });
  });

  test.each([
    ["Source", "/home/of/superos/projects/other/files"],
    ["Source", "/"],
    ["Type", "volume"],
    ["RW", true],
    ["Propagation", "rshared"],
  ])("is refused when the %s of a mount is %s", (name, value) => {
    for (const index of [0, 1]) {
      const found = differencesWith((made) => Object.assign(made.Mounts[index] ?? {}, { [name]: value }));
      expect(found).toHaveLength(1);
    }
  });

  test("is refused when there is a tmpfs that was not asked for, also one without options", () => {
    const add = (made: ReturnType<typeof inspected>): unknown =>
      (made.HostConfig["Tmpfs"] = { ...spec.HostConfig.Tmpfs, "/more": "" });
    expect(differencesWith(add)).not.toEqual([]);
  });

  test("is refused when a mount is missing or lies elsewhere", () => {
    expect(differencesWith((made) => made.Mounts.pop())).toHaveLength(1);
    expect(differencesWith((made) => Object.assign(made.Mounts[0] ?? {}, { Destination: "/etc" }))).toHaveLength(2);
  });

  test("is refused when image, label or environment is another", () => {
    expect(differencesWith((made) => Object.assign(made, { Image: "sha256:00" })).join()).toBe("");
    const otherImage = (made: ReturnType<typeof inspected>): void => {
      made.Image = "sha256:00";
      made.Config["Image"] = "sha256:00";
    };
    expect(differencesWith(otherImage)).toEqual(["the image is another"]);
    expect(differencesWith((made) => ((made.Config["Labels"] as Json)["superos.pid"] = "18"))).toHaveLength(1);
    expect(differencesWith((made) => (made.Config["Env"] = ["HOME=/root"]))).toEqual([
      "the environment lacks HOME=/tmp",
    ]);
  });

  test("is refused when a list is the same in another order, since order can matter", () => {
    expect(differencesWith((made) => (made.Config["Entrypoint"] as string[]).reverse())).toHaveLength(1);
  });
});

function isEmptyIn(name: string): boolean {
  const value: unknown = spec.HostConfig[name as keyof ContainerSpec["HostConfig"]];
  return value === "" || value === false || (Array.isArray(value) && value.length === 0);
}
