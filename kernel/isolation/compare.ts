import type { ContainerSpec } from "./container-spec.ts";

/**
 * Holds the engine to the spec: what `inspect` says of a created container against what was asked for.
 *
 * Every field of the spec is compared, and beyond it what an engine, an image or a daemon default could have added:
 * volumes, ports, masked paths, bind strings, links. A non-empty answer means that the container
 * must be removed before it starts. Pure; the inspected value is hostile input of unknown shape.
 */

type Json = Record<string, unknown>;

const asObject = (value: unknown): Json => (typeof value === "object" && value !== null ? { ...value } : {});

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Equal as JSON with keys in any order; empty values of any kind are equal to each other. */
function same(a: unknown, b: unknown): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (typeof a === "object" && typeof b === "object" && a !== null && b !== null) {
    const left = asObject(a);
    const right = asObject(b);
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => same(left[key], right[key]));
  }
  return a === b;
}

/** Fields that the spec leaves out and that must be empty in what the engine made. */
const mustBeEmpty = [
  "Binds",
  "VolumesFrom",
  "ExtraHosts",
  "Links",
  "PortBindings",
  "Sysctls",
  "StorageOpt",
  "Cgroup",
  "CgroupParent",
  "VolumeDriver",
  "Dns",
  "DnsOptions",
  "DnsSearch",
  "ContainerIDFile",
  "CpusetCpus",
  "Annotations",
  "BlkioDeviceReadBps",
] as const;

/** Paths of /proc that the engine must hide, whatever its version. */
const mustBeMasked = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"] as const;
const mustBeReadOnly = ["/proc/sys", "/proc/sysrq-trigger", "/proc/bus"] as const;

function lacks(list: unknown, wanted: readonly string[]): readonly string[] {
  return wanted.filter((path) => !Array.isArray(list) || !list.includes(path));
}

function mountDifferences(spec: ContainerSpec, inspected: unknown, options: unknown): string[] {
  const found = Array.isArray(inspected) ? inspected.map(asObject) : [];
  const wanted = new Map(spec.HostConfig.Mounts.map((mount) => [mount.Target, mount]));
  const unknownTargets = found.filter((mount) => !wanted.has(String(mount["Destination"])));
  const differences = unknownTargets.map((mount) => `a mount at ${String(mount["Destination"])} was not asked for`);
  for (const [target, mount] of wanted) {
    const made = found.find((candidate) => candidate["Destination"] === target) ?? {};
    const matches =
      mount.Type === "bind"
        ? made["Type"] === "bind" &&
          made["Source"] === mount.Source &&
          made["RW"] === !mount.ReadOnly &&
          made["Propagation"] === "rprivate"
        : // Its size and mode are told as they were asked for alone.
          made["Type"] === "tmpfs" &&
          isEmpty(made["Source"]) &&
          Array.isArray(options) &&
          options.filter((option) => asObject(option)["Target"] === target).length === 1 &&
          options.some((option) => same(option, mount));
    if (!matches) differences.push(`the mount at ${target} is not the one asked for`);
  }
  return differences;
}

/** Every difference between the spec and the engine's `inspect`, as sentences; empty when there is none. */
export function differences(spec: ContainerSpec, inspected: unknown): string[] {
  const top = asObject(inspected);
  const config = asObject(top["Config"]);
  const host = asObject(top["HostConfig"]);
  const { HostConfig: wantedHost, Image: image, Env: env, Labels: labels, Healthcheck: health, ...wantedConfig } = spec;
  const found: string[] = [];
  const expect = (name: string, wanted: unknown, made: unknown): void => {
    if (!same(wanted, made)) found.push(`${name} is ${JSON.stringify(made)}, not ${JSON.stringify(wanted)}`);
  };

  for (const [name, value] of Object.entries(wantedConfig)) expect(name, value, config[name]);
  if (top["Image"] !== image && config["Image"] !== image) found.push("the image is another");
  for (const [name, value] of Object.entries(labels)) expect(`label ${name}`, value, asObject(config["Labels"])[name]);
  const madeEnv: unknown[] = Array.isArray(config["Env"]) ? config["Env"] : [];
  for (const entry of env) if (!madeEnv.includes(entry)) found.push(`the environment lacks ${entry}`);
  // How often there would be none is an image's to say.
  expect("Healthcheck", health.Test, asObject(config["Healthcheck"])["Test"]);
  // Each that the image names has something else in its place.
  const volumes = spec.HostConfig.Mounts.flatMap((mount) => (mount.Type === "tmpfs" ? [mount.Target] : []));
  expect("Volumes", volumes.toSorted(), Object.keys(asObject(config["Volumes"])).toSorted());

  const { Mounts: _mounts, ...plainHost } = wantedHost;
  for (const [name, value] of Object.entries(plainHost)) expect(`HostConfig.${name}`, value, host[name]);
  expect("HostConfig.Tmpfs paths", Object.keys(wantedHost.Tmpfs), Object.keys(asObject(host["Tmpfs"])));
  for (const name of mustBeEmpty) expect(`HostConfig.${name}`, undefined, host[name]);
  for (const path of lacks(host["MaskedPaths"], mustBeMasked)) found.push(`${path} is not masked`);
  for (const path of lacks(host["ReadonlyPaths"], mustBeReadOnly)) found.push(`${path} is not read-only`);
  return [...found, ...mountDifferences(spec, top["Mounts"], host["Mounts"])];
}
