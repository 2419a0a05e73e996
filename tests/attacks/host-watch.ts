import { spawn as spawnOnHost, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { containersWith } from "../setup/engine.ts";
import type { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { importProject, inspect, kill, processes, statusOf } from "../system/caller.ts";
import { filesOf, said, small, start } from "./box.ts";

/**
 * What no attack may change, looked at from outside before and after.
 *
 * The machine may be shared: other people's processes, containers and temporary files come and go. So what is compared
 * is what cannot be theirs: the users that boxes have, this instance and its home, another project with a process that
 * ticks, a process of the host, the host's mounts of this instance, its settings and its most wanted files.
 */

const systemFiles =
  "passwd group shadow gshadow sudoers hosts hostname resolv.conf crontab profile ld.so.preload ld.so.conf nsswitch.conf fstab"
    .split(" ")
    .map((name) => `/etc/${name}`);
const systemFolders = ["/etc/cron.d", "/etc/ld.so.conf.d", "/etc/profile.d", "/etc/sudoers.d", "/root/.ssh", "/boot"];
const settings = [
  "kernel/core_pattern",
  "kernel/hostname",
  "kernel/domainname",
  "kernel/modprobe",
  "kernel/sysrq",
  "kernel/randomize_va_space",
  "kernel/panic",
  "vm/overcommit_memory",
  "vm/drop_caches",
  "vm/swappiness",
  "fs/suid_dumpable",
  "fs/protected_symlinks",
  "net/ipv4/ip_forward",
].map((name) => `/proc/sys/${name}`);
/** Modules that a box could have had loaded by asking for a socket or a file system of a kind. */
const strangeModules = /^(af_alg|algif_\w+|vsock|vmw_vsock\w*|sctp|dccp\w*|tipc|rds\w*|ax25|x25|can\w*|kcm|af_key)$/;

function orGone<T>(look: () => T): T | "gone" {
  try {
    return look();
  } catch {
    return "gone";
  }
}

/** The lines of a file; none where the host does not have it. */
const lines = (path: string): string[] => {
  const text = orGone(() => readFileSync(path, "utf8"));
  return text.split("\n").filter((line) => line !== "" && text !== "gone");
};

/** Names, kinds, modes, owners and contents of a tree, links not followed. */
function treeOf(path: string): string {
  return orGone(() => {
    const hash = createHash("sha256");
    const walk = (at: string): void => {
      const { mode, uid, gid } = lstatSync(at);
      hash.update(JSON.stringify([at.slice(path.length), mode, uid, gid]));
      if ((mode & 0o170000) === 0o100000) hash.update(readFileSync(at));
      if ((mode & 0o170000) === 0o120000) hash.update(readlinkSync(at));
      if ((mode & 0o170000) !== 0o040000) return;
      for (const name of readdirSync(at).toSorted()) walk(join(at, name));
    };
    walk(path);
    return hash.digest("hex");
  });
}

interface HostProcess {
  pid: number;
  uid: number;
  groups: string;
}

function hostProcesses(): HostProcess[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    const found = orGone(() => {
      const uid = Number(/^Uid:\t\d+\t(\d+)/m.exec(readFileSync(`/proc/${name}/status`, "utf8"))?.[1]);
      return { pid: Number(name), uid, groups: readFileSync(`/proc/${name}/cgroup`, "utf8") };
    });
    return found === "gone" ? [] : [found];
  });
}

/** When a process of the host was started, in ticks since boot: with its pid its identity. */
const bornAt = (pid: number): string =>
  orGone(() => lines(`/proc/${pid}/stat`).join("").split(") ")[1]?.split(" ")[19] ?? "");

/** Users of the host's listening and raw sockets; a box has a network of its own. */
const socketUsers = (): number[] =>
  ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"].flatMap((kind) =>
    lines(`/proc/net/${kind}`)
      .slice(1)
      .map((line) => Number(line.trim().split(/\s+/)[7])),
  );

/** The host's pid of a process's program: the youngest that is in its container. */
export async function hostPidOf(instance: Instance, pid: number): Promise<number> {
  const { container } = await inspect(instance, pid);
  const inside = hostProcesses().filter(({ groups }) => container !== null && groups.includes(container));
  return Math.max(...inside.map((each) => each.pid));
}

/** How many processes and threads a box has, as the host counts them. */
export async function tasksOf(instance: Instance, pid: number): Promise<number> {
  const { container } = await inspect(instance, pid);
  const inside = hostProcesses().filter(({ groups }) => container !== null && groups.includes(container));
  return inside.reduce(
    (sum, each) => sum + Number(/^Threads:\t(\d+)/m.exec(lines(`/proc/${each.pid}/status`).join("\n"))?.[1] ?? 0),
    0,
  );
}

type Facts = Readonly<Record<string, unknown>>;

export class HostWatch {
  readonly #instance: Instance;
  readonly #bystander: number;
  readonly #hostProcess: ChildProcess;
  /** The project of which nothing may be read or changed. */
  readonly other: ProjectView;
  readonly #before: Facts;

  private constructor(
    instance: Instance,
    own: { other: ProjectView; bystander: number; hostProcess: ChildProcess; before: Facts },
  ) {
    this.#instance = instance;
    this.other = own.other;
    this.#bystander = own.bystander;
    this.#hostProcess = own.hostProcess;
    this.#before = own.before;
  }

  /** Another project with a secret and a process that ticks, and a look at everything. */
  static async begin(instance: Instance): Promise<HostWatch> {
    const other = await importProject(instance, "bystander", rawArchive({ name: "secret", content: "not for you" }));
    const bystander = await start(instance, {
      script: "print('ready', flush=True)\nwhile True:\n    print('tick', flush=True)\n    time.sleep(0.1)",
      project: other.id,
      table: [small, "FS_READ:/project", "CPU:0.2"],
    });
    const hostProcess = spawnOnHost("sleep", ["3600"], { stdio: "ignore" });
    const before = await factsOf(instance, { other, bystander, hostPid: hostProcess.pid ?? 0 });
    return new HostWatch(instance, { other, bystander, hostProcess, before });
  }

  get bystander(): number {
    return this.#bystander;
  }

  get hostPid(): number {
    return this.#hostProcess.pid ?? 0;
  }

  /** Resolves when the bystander has ticked some more. */
  async ticks(): Promise<void> {
    const before = (await said(this.#instance, this.#bystander)).length;
    await waitFor(
      "the bystander to tick",
      async () => (await said(this.#instance, this.#bystander)).length > before + 10,
    );
  }

  /**
   * Ends all but the bystander, and tells what is not as it was: nothing, if the attacks failed. Besides what is
   * compared: the bystander ticks, spawning works, and no process of a box outlives it.
   */
  async changes(): Promise<string[]> {
    const instance = this.#instance;
    await this.ticks();
    for (const { pid } of await processes(instance)) if (pid !== this.#bystander) await kill(instance, pid);
    await waitFor("all other boxes to be gone", async () => (await instance.containers()).length === 1);
    const after = await factsOf(instance, { other: this.other, bystander: this.#bystander, hostPid: this.hostPid });
    const names = Object.keys(this.#before);
    const changed = names.filter((name) => JSON.stringify(after[name]) !== JSON.stringify(this.#before[name]));
    this.#hostProcess.kill("SIGKILL");
    await kill(instance, this.#bystander);
    await waitFor("the last box to be gone", async () => (await instance.containers()).length === 0);
    return changed.map((name) => `${name}: ${JSON.stringify(this.#before[name])} -> ${JSON.stringify(after[name])}`);
  }
}

async function factsOf(
  instance: Instance,
  watched: { other: ProjectView; bystander: number; hostPid: number },
): Promise<Facts> {
  const { services } = await statusOf(instance);
  // Its boxes are those of its processes and its embryos; they come and go, so both before and after the look.
  const before = await containersWith(instance.label);
  const seen = hostProcesses();
  const boxes = [...before, ...(await containersWith(instance.label))].map(({ Id: id }) => id);
  const bystander = await inspect(instance, watched.bystander);
  const files = filesOf(instance, watched.other);
  const projects = readdirSync(join(instance.home, "projects")).map((id) =>
    join(instance.home, "projects", id, "files"),
  );
  const own = new Set<unknown>(projects.map((path) => orGone(() => lstatSync(path).uid)));
  const homeMounts = lines("/proc/self/mountinfo").filter((line) => line.includes(` ${instance.home}`));
  const modules = lines("/proc/modules").flatMap((line) => line.split(" ")[0] ?? []);
  return {
    "processes of the instance's users outside of its boxes": seen.filter(
      ({ uid, groups }) => own.has(uid) && !boxes.some((box) => groups.includes(box)),
    ),
    "sockets of the instance's users in the host's network": socketUsers().filter((uid) => own.has(uid)),
    "mounts at the instance's home": homeMounts,
    "mounts at the system's folders": lines("/proc/self/mountinfo")
      .map((line) => line.split(" ")[4] ?? "")
      .filter((at) => /^\/(etc|usr|bin|sbin|lib\w*|boot|root|home|opt|srv)?(\/|$)/.test(at) || at === "/"),
    settings: settings.map((path) => [path, orGone(() => readFileSync(path, "utf8"))]),
    "files of the system": systemFiles.map((path) => [path, treeOf(path)]),
    "folders of the system": systemFolders.map((path) => [path, treeOf(path)]),
    "modules that were not there": modules.filter((name) => strangeModules.test(name)),
    swap: lines("/proc/swaps").slice(1),
    "the clock, to ten minutes": Math.round((Date.now() - performance.now() - performanceStart) / 600_000),
    "the process of the host": [watched.hostPid, bornAt(watched.hostPid)],
    "the engine's socket": orGone(() => lstatSync("/var/run/docker.sock").ino),
    kernel: [instance.kernel.pid, instance.kernel.exitCode, bornAt(instance.kernel.pid ?? 0)],
    services: services.map(({ name, state, restarts }) => [name, state, restarts]),
    bystander: [bystander.state.phase, bystander.container],
    "the bystander's files": treeOf(dirname(files)),
    "the instance's home": readdirSync(instance.home).toSorted(),
    "modes in the instance's home": readdirSync(instance.home)
      .toSorted()
      .map((name) => [name, lstatSync(join(instance.home, name)).mode, lstatSync(join(instance.home, name)).uid]),
    "the instance's identity": treeOf(join(instance.home, "instance.json")),
    "files of boxes' users in the system's temporary folders": ["/tmp", "/var/tmp", "/dev/shm"].flatMap((folder) =>
      readdirSync(folder).filter((name) => own.has(orGone(() => lstatSync(join(folder, name)).uid))),
    ),
    "defects that the log tells of": instance.log.split("\n").filter((line) => line.includes("a syscall failed")),
  };
}

const performanceStart = Date.now() - performance.now();
