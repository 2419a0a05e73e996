import { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import Docker from "dockerode";
import { z } from "zod";
import { type Control, Fault, parseAtDoor, type Pid, pidSchema, type SignalName } from "../abi/index.ts";
import { differences } from "../isolation/compare.ts";
import { type ContainerSpec, labelNames } from "../isolation/container-spec.ts";
import { atEngine } from "./engine-fault.ts";
import { Terminal } from "./terminal.ts";

/**
 * The container engine behind the few verbs that the kernel needs.
 *
 * A container is only ever made from a spec of isolation/, and is removed again if what the engine made differs from
 * it. Every error is a fault; `unavailable` means that the engine does not answer now.
 */

const infoSchema = z.object({
  MemoryLimit: z.boolean().default(false),
  SwapLimit: z.boolean().default(false),
  CpuCfsQuota: z.boolean().default(false),
  PidsLimit: z.boolean().default(false),
  CgroupVersion: z.string().default("1"),
  SecurityOptions: z.array(z.string()).default([]),
  NCPU: z.number(),
  Runtimes: z.record(z.string(), z.unknown()).default({}),
  MemTotal: z.number(),
});
const versionSchema = z.object({ Version: z.string(), ApiVersion: z.string() });

const stateSchema = z.object({
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    ExitCode: z.number(),
    OOMKilled: z.boolean(),
    Pid: z.number(),
    Error: z.string().default(""),
  }),
});

/** What the engine says of a container now. `hostPid` is 0 when it does not run. */
export interface ContainerStatus {
  running: boolean;
  exitCode: number;
  oomKilled: boolean;
  hostPid: number;
  error: string;
}

/** Limits that can change while a container runs: bytes, thousandths of a core, tasks. */
export interface Limits {
  memoryBytes: number;
  cpuMillis: number;
  pids: number;
}

export interface EngineFacts {
  version: string;
  apiVersion: string;
  cores: number;
  memoryBytes: number;
  /** The OCI runtimes that are registered with the engine. */
  runtimes: readonly string[];
  controls: Control[];
}

export class Engine {
  readonly #docker: Docker;

  constructor(docker: Docker = new Docker()) {
    this.#docker = docker;
  }

  async ping(): Promise<void> {
    await atEngine("ping", () => this.#docker.ping());
  }

  /** Version, size of the machine, and which controls this engine gives. */
  async facts(): Promise<EngineFacts> {
    const [info, version] = await atEngine("info", async () =>
      Promise.all([this.#docker.info(), this.#docker.version()]),
    );
    const i = parseAtDoor(infoSchema, info, "engine info");
    const v = parseAtDoor(versionSchema, version, "engine version");
    const security = (name: string): boolean => i.SecurityOptions.some((option) => option.includes(`name=${name}`));
    const control = (name: string, available: boolean, detail: string): Control => ({ name, available, detail });
    return {
      version: v.Version,
      apiVersion: v.ApiVersion,
      cores: i.NCPU,
      memoryBytes: i.MemTotal,
      runtimes: Object.keys(i.Runtimes),
      controls: [
        control("memory limit", i.MemoryLimit, `cgroup v${i.CgroupVersion}`),
        control("swap limit", i.SwapLimit, i.SwapLimit ? "swap is denied" : "the engine cannot limit swap"),
        control("pids limit", i.PidsLimit, `cgroup v${i.CgroupVersion}`),
        control("cpu quota", i.CpuCfsQuota, `cgroup v${i.CgroupVersion}`),
        control("seccomp", security("seccomp"), "docker/seccomp.json"),
        control("apparmor", security("apparmor"), security("apparmor") ? "docker-default" : "not enabled on this host"),
      ],
    };
  }

  /**
   * Creates a container, compares it with its spec, and removes it if they differ.
   * Faults: `unavailable`, `not_found` for a missing image, `internal` with the differences.
   */
  async create(name: string, spec: ContainerSpec): Promise<string> {
    // Told apart, for otherwise the client repeats the whole spec as the query of the address: 40 KiB with seccomp.
    const request = { name, _query: { name }, _body: spec };
    const container = await atEngine("create", () => this.#docker.createContainer(request));
    try {
      const made: unknown = await atEngine("inspect", () => container.inspect());
      const found = differences(spec, made);
      if (found.length > 0) throw new Fault("internal", `the engine made another container: ${found.join("; ")}`);
      return container.id;
    } catch (error) {
      await this.remove(container.id);
      throw error;
    }
  }

  /** Attaches to the terminal of a container, before its start or while it runs. Faults: `not_found`, `unavailable`. */
  async attachTerminal(id: string): Promise<Terminal> {
    return Terminal.attach(this.#docker, id);
  }

  async start(id: string): Promise<void> {
    await atEngine("start", () => this.#docker.getContainer(id).start());
  }

  /** Resolves with the exit status once the container does not run. Faults: `unavailable`, `not_found`. */
  async wait(id: string): Promise<number> {
    const result = await atEngine("wait", async () => json(await this.#openWait(id)));
    return parseAtDoor(z.object({ StatusCode: z.number() }), result, "engine wait").StatusCode;
  }

  /** The reply itself: it begins at once, and the client's own reading never notices that one breaks off midway. */
  #openWait(id: string): Promise<Readable> {
    const statusCodes = { 200: true, 404: "no such container", 500: "server error" };
    const asked = { path: `/containers/${id}/wait?`, method: "POST", isStream: true, statusCodes };
    return new Promise((resolve, reject) => {
      this.#docker.modem.dial(asked, (error, reply) => {
        if (reply instanceof Readable) resolve(reply);
        else reject(error ?? new Error("the engine's reply is no stream"));
      });
    });
  }

  async status(id: string): Promise<ContainerStatus> {
    const made: unknown = await atEngine("inspect", () => this.#docker.getContainer(id).inspect());
    const { State: state } = parseAtDoor(stateSchema, made, "engine inspect");
    return {
      running: state.Running,
      exitCode: state.ExitCode,
      oomKilled: state.OOMKilled,
      hostPid: state.Pid,
      error: state.Error,
    };
  }

  /** Sends a signal to the container's first process. Answers `false` when it does not run any more. */
  async kill(id: string, signal: SignalName): Promise<boolean> {
    try {
      await atEngine("kill", () => this.#docker.getContainer(id).kill({ signal }));
      return true;
    } catch (error) {
      if (error instanceof Fault && (error.code === "bad_state" || error.code === "not_found")) return false;
      throw error;
    }
  }

  /** Changes the limits of a running container. Faults: `exhausted` when it uses more memory than it would have. */
  async update(id: string, limits: Limits): Promise<void> {
    const { memoryBytes: Memory, cpuMillis, pids: PidsLimit } = limits;
    const changes = { Memory, MemorySwap: Memory, NanoCpus: cpuMillis * 1_000_000, PidsLimit };
    await atEngine("update", () => this.#docker.getContainer(id).update(changes));
  }

  /** Starts a program of the image in a running container, as the container's user, behind all that holds it. */
  async execute(id: string, argv: readonly string[]): Promise<void> {
    try {
      await atEngine("exec", async () => {
        const made = await this.#docker.getContainer(id).exec({ Cmd: [...argv], Privileged: false });
        await made.start({ Detach: true });
      });
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== "internal") throw error;
      // What runs in the container can fill it: that is its doing, and no defect.
      const hint = "It may be about to end, or have no PIDS or MEM left.";
      throw new Fault("unavailable", "nothing more can be started in the process's container", { hint, cause: error });
    }
  }

  /** Removes a container, running or not; one that is gone, or on its way, is fine. */
  async remove(id: string): Promise<void> {
    try {
      await atEngine("remove", () => this.#docker.getContainer(id).remove({ force: true, v: true }));
    } catch (error) {
      if (!(error instanceof Fault) || (error.code !== "not_found" && error.code !== "bad_state")) throw error;
    }
  }

  /** Every container that carries this instance's label, with the pid that it was made for. */
  async ofInstance(instance: string): Promise<{ id: string; pid: Pid }[]> {
    const filters = { label: [`${labelNames.instance}=${instance}`] };
    const found = await atEngine("list", () => this.#docker.listContainers({ all: true, filters }));
    return found.map(({ Id: id, Labels: labels }) => ({ id, pid: pidSchema.parse(Number(labels[labelNames.pid])) }));
  }
}
