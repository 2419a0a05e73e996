import {
  type Capability,
  type CapabilityTable,
  type Control,
  Fault,
  formatCapability,
  type Pid,
  type ProjectId,
  type SpawnRequest,
} from "../abi/index.ts";
import { quotaOf, withDefaultQuotas } from "../capability/covers.ts";
import { isDivisible } from "../capability/divisible.ts";
import { requiredQuotas } from "../isolation/container-spec.ts";
import { PipeRow } from "../ipc/pipe-row.ts";
import { requireEnforceable } from "../isolation/enforceable.ts";
import { fileMounts, partMounts, targetOf } from "../isolation/file-mounts.ts";
import type { Journal } from "../journal/journal.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { Box, HeldMount, Pipes } from "../lifecycle/box.ts";
import type { SpawnOrder } from "../lifecycle/order.ts";
import { canWait, type Shape, shapedTable } from "../lifecycle/shape.ts";
import type { ProcessEntry, ProcessTable } from "../process/process-table.ts";
import { availableMemory } from "../scheduling/machine.ts";
import type { PolicyLink } from "../service/policy-link.ts";
import type { Authority } from "./authority.ts";
import { requirePipeline } from "./pipeline.ts";
import type { Principal } from "./principal.ts";
import { requireEngineRuntime } from "./project-calls.ts";
import type { Projects } from "./projects.ts";
import { Reservations } from "./reservations.ts";
import type { Segments } from "./segments.ts";
import { neededFor, type Source, type Sources } from "./sources.ts";

/**
 * From a request to a running process: its place in the tree, its table, its slots, its container.
 *
 * The slots are derived before anything is asked or made, so that no interleaving hands the same quota on twice; they go
 * back when any later step fails. Nothing is trimmed: what is named is given, or the request is refused.
 */

export interface SpawnerOptions {
  table: ProcessTable;
  lifecycle: Lifecycle;
  journal: Journal;
  projects: Projects;
  sources: Sources;
  policy: PolicyLink;
  authority: Authority;
  segments: Segments;
  controls: readonly Control[];
  engineRuntimes: readonly string[];
  machine: { cores: number; memoryBytes: number };
  /** Where pipes lie until their processes have them. */
  pipesDir: string;
  /** Chooses a user id for a process without a project. */
  freshOwner: () => number;
}

/** Where the new process belongs. */
interface Place {
  project: ProjectId | null;
  /** The root that its slots come from. */
  root: Pid;
  parent: Pid;
}

interface Asked {
  caller: Principal;
  request: SpawnRequest;
  place: Place;
  source: Source;
  shape: Shape;
  /** All that it will hold. */
  table: CapabilityTable;
}

/** What was made or found for it before. */
interface Made {
  pid: Pid;
  embryo: Box | undefined;
  pipes: Pipes;
  waitsFor: string | null;
}

export class Spawner {
  readonly #options: SpawnerOptions;
  readonly #reserved = new Reservations();

  constructor(options: SpawnerOptions) {
    this.#options = options;
  }

  async spawn(caller: Principal, request: SpawnRequest): Promise<ProcessEntry> {
    const { authority, journal, table: processes, lifecycle } = this.#options;
    const { pool } = lifecycle;
    const asked = this.#ask(caller, request, await this.#provide(caller, request));
    const { shape } = asked;
    const embryo = canWait(shape) ? pool.take(shape) : undefined;
    const pid = embryo?.pid ?? journal.nextPid();
    try {
      this.#derive(asked, pid);
      if (caller.kind === "process") await authority.resize(caller.pid);
      const waitsFor = this.#isAdmitted(embryo) ? null : await this.#admit([asked]);
      await this.#launch([{ asked, made: { pid, embryo, pipes: {}, waitsFor } }]);
      return processes.get(pid);
    } catch (error) {
      // A process that came into being gives its slots and its box back at its own end.
      if (!processes.has(pid)) {
        authority.released(pid);
        if (embryo !== undefined) pool.giveBack(embryo, shape);
      }
      throw error;
    }
  }

  /** Processes of which each reads what the one before it writes: all or none. The later ones are children of the first. */
  async pipeline(caller: Principal, stages: readonly SpawnRequest[]): Promise<ProcessEntry[]> {
    const { authority, journal, table: processes, pipesDir } = this.#options;
    requirePipeline(stages);
    const provided: { request: SpawnRequest; source: Source }[] = [];
    for (const request of stages) provided.push({ request, source: await this.#provide(caller, request) });
    const members = provided.map(({ request, source }) => ({
      asked: this.#ask(caller, request, source),
      pid: journal.nextPid(),
    }));
    const pids = members.map(({ pid }) => pid);
    using pipes = await PipeRow.lay(pipesDir, pids);
    try {
      for (const { asked, pid } of members) this.#derive(asked, pid);
      if (caller.kind === "process") await authority.resize(caller.pid);
      const waitsFor = await this.#admit(members.map(({ asked }) => asked));
      await this.#launch(
        members.map(({ asked, pid }, index) => {
          const place = { ...asked.place, parent: index === 0 ? asked.place.parent : (pids[0] ?? pid) };
          return { asked: { ...asked, place }, made: { pid, embryo: undefined, pipes: pipes.endsOf(index), waitsFor } };
        }),
      );
      pipes.handOver();
      return pids.map((pid) => processes.get(pid));
    } catch (error) {
      for (const pid of pids) if (!processes.has(pid)) authority.released(pid);
      throw error;
    }
  }

  /** Whoever may use a runtime or an image first waits for it. */
  #provide(caller: Principal, request: SpawnRequest): Promise<Source> {
    return this.#options.sources.provide(request, () =>
      this.#requireUse(caller, request, this.#placeOf(caller, request)),
    );
  }

  #requireUse(caller: Principal, request: SpawnRequest, { root }: Place): void {
    for (const needed of neededFor(request)) this.#options.authority.require(caller, needed, root);
  }

  /** What is asked for, where it may be had. */
  #ask(caller: Principal, request: SpawnRequest, source: Source): Asked {
    const place = this.#placeOf(caller, request);
    this.#requireUse(caller, request, place);
    const table = this.#tableOf(caller, request, { place, source });
    const asked = { caller, request, place, source, table };
    this.#requireFreeName(asked);
    return { ...asked, shape: this.#shapeOf(asked) };
  }

  #shapeOf(asked: Omit<Asked, "shape">): Shape {
    const { projects } = this.#options;
    const { place, source, request, table } = asked;
    const project = place.project === null ? null : projects.record(place.project);
    return {
      image: source.image,
      otherImage: source.reference !== null,
      volumes: source.volumes,
      project: project === null ? null : { id: project.id, filesDir: projects.filesDir(project.id) },
      owner: project?.uid ?? null,
      engineRuntime: this.#engineRuntimeOf(asked, project?.engineRuntime ?? null),
      tty: request.tty !== null,
      table: shapedTable(table),
    };
  }

  #placeOf(caller: Principal, request: SpawnRequest): Place {
    const { projects, table } = this.#options;
    if (caller.kind === "process") {
      const { project } = table.get(caller.pid);
      if (request.tied) throw new Fault("invalid", "only a session's processes are tied: this one's are its children");
      if (request.project !== undefined && request.project !== project) {
        throw new Fault("denied", "a process's children belong to its own project", { hint: "Leave the project out." });
      }
      return { project, root: projects.rootFor(project), parent: caller.pid };
    }
    const project = request.project ?? null;
    if (project !== null) projects.visible(caller, project);
    const root = projects.rootFor(project);
    return { project, root, parent: request.tied ? caller.pid : root };
  }

  /** What was asked for, with the source's defaults. Faults: `invalid`, `unsupported`, `denied`. */
  #tableOf(caller: Principal, request: SpawnRequest, at: { place: Place; source: Source }): CapabilityTable {
    const { authority, controls, machine } = this.#options;
    const { place, source } = at;
    const named = [...request.table, ...request.sealed];
    requireEnforceable(named, controls);
    const writes = named.some((entry) => entry.kind === "FS_WRITE");
    const defaults = source.quotas.filter((entry) => writes || entry.kind !== "DISK");
    const table = withDefaultQuotas(named, defaults, this.#boundOf(caller, place.root));
    requireEnforceable(table, controls);
    for (const kind of writes ? ([...requiredQuotas, "DISK"] as const) : requiredQuotas) {
      if (quotaOf(table, kind) === undefined) throw new Fault("invalid", `the table names no ${kind}`);
    }
    const file = table.find((entry) => entry.kind === "FS_READ" || entry.kind === "FS_WRITE");
    if (file !== undefined && place.project === null) {
      throw new Fault("invalid", `${formatCapability(file)} needs a project`, { hint: "Name one with --project." });
    }
    for (const entry of table) authority.require(caller, entry, place.root);
    this.#options.segments.files({ project: place.project, user: caller.user }, table);
    if ((quotaOf(table, "CPU") ?? 0) > machine.cores * 1000) {
      throw new Fault("invalid", `a container gets no more CPU than the machine's ${machine.cores} cores`);
    }
    return table;
  }

  /** What bounds a default: what a session holds, and half of what a process has left. */
  #boundOf(caller: Principal, root: Pid): CapabilityTable {
    const { slots } = this.#options.authority;
    return slots.held(caller.pid, root).map(({ id, capability }) => {
      if (caller.kind === "session" || !isDivisible(capability)) return capability;
      return { kind: capability.kind, amount: Math.max(1, Math.floor(slots.left(id) / 2)) };
    });
  }

  /** A name is for being reached: it needs a port, and is nobody else's. Faults: `invalid`, `conflict`. */
  #requireFreeName({ request, place, table, caller }: Omit<Asked, "shape">): void {
    const { name } = request;
    if (name === null) return;
    if (!table.some((entry) => entry.kind === "NET_BIND" && entry.port !== undefined)) {
      throw new Fault("invalid", "a name is for a process that others reach", {
        hint: "Give it a port as well: NET_BIND:localhost:PORT.",
      });
    }
    const other = this.#options.table.endpoint({ project: place.project, user: caller.user }, name);
    if (other !== undefined) throw new Fault("conflict", `process ${other.pid} has the name ${JSON.stringify(name)}`);
  }

  /** Faults: `denied`, `exhausted`. */
  #derive({ caller, request, place, table }: Asked, pid: Pid): void {
    const { authority, journal } = this.#options;
    const sealed = new Set<Capability>(request.sealed);
    const wanted = smallestQuotas(table).map((capability) => ({ capability, delegable: !sealed.has(capability) }));
    journal.together(() => authority.slots.deriveAll(caller.pid, { holder: pid, wanted, root: place.root }));
  }

  /**
   * Policy had the embryo made for a process that it admits: while nobody waits, and nobody else was promised its memory, it
   * is not asked again. Faults: `unavailable` while policy is away.
   */
  #isAdmitted(embryo: Box | undefined): boolean {
    const { policy, lifecycle } = this.#options;
    policy.requireUp();
    return embryo !== undefined && lifecycle.waiting.length === 0 && lifecycle.pool.isAffordable;
  }

  /**
   * Policy is asked of every other spawn; what a process gives its child was committed with its own. Returns what it has to
   * wait for, if anything.
   */
  async #admit(asked: readonly Asked[]): Promise<string | null> {
    const { machine, policy, lifecycle } = this.#options;
    const [first] = asked;
    if (first === undefined) throw new Error("nothing is asked for");
    const { caller, request, place } = first;
    const wanted = asked.reduce((sum, { table }) => sum + (quotaOf(table, "MEM") ?? 0), 0);
    const memoryBytes = caller.kind === "process" ? 0 : wanted;
    const { committedBytes, running } = lifecycle.commitment();
    const availableBytes = availableMemory(machine.memoryBytes);
    if (memoryBytes > 0) lifecycle.pool.promise();
    const decision = await this.#reserved.hold(memoryBytes, () =>
      policy.ask("admit", {
        session: caller.pid,
        user: caller.user ?? "",
        project: place.project,
        runtime: request.runtime,
        image: request.image,
        class: request.class,
        memoryBytes,
        machine: {
          memoryBytes: machine.memoryBytes,
          committedBytes: committedBytes + this.#reserved.bytes - memoryBytes,
          pooledBytes: lifecycle.pool.committedBytes,
          availableBytes,
          running: running + this.#reserved.count - 1,
          waiting: lifecycle.waiting.length,
        },
      }),
    );
    if (!decision.admit) throw new Fault(decision.code, decision.reason);
    return decision.start ? null : decision.reason;
  }

  /** None of them runs before all can. */
  async #launch(group: readonly { asked: Asked; made: Made }[]): Promise<void> {
    const orders: SpawnOrder[] = [];
    try {
      for (const { asked, made } of group) orders.push(this.#order(asked, made));
      await this.#options.lifecycle.spawnAll(orders);
    } catch (error) {
      for (const { mounts } of orders) for (const mount of mounts) mount[Symbol.dispose]();
      throw error;
    }
  }

  #order(asked: Asked, { pid, embryo, pipes, waitsFor }: Made): SpawnOrder {
    const { projects, freshOwner, segments, authority } = this.#options;
    const { caller, request, place, source, table, shape } = asked;
    const project = place.project === null ? null : projects.record(place.project);
    // What was looked at before policy was asked may be otherwise by now.
    this.#requireFreeName(asked);
    this.#requireUse(caller, request, place);
    if (caller.ended.signal.aborted) throw new Fault("denied", "the caller ended while it was spawning");
    return {
      pid,
      embryo,
      parent: place.parent,
      startedBy: caller.pid,
      user: caller.user,
      endpoint: request.name,
      class: request.class,
      tty: request.tty,
      project: shape.project,
      segments: segments.files({ project: place.project, user: caller.user }, table),
      mounts: project === null ? [] : this.#hold(project.id, table),
      pipes,
      engineRuntime: shape.engineRuntime,
      owner: shape.owner ?? freshOwner(),
      runtime: source.runtime,
      reference: source.reference,
      volumes: source.volumes,
      image: shape.image,
      argv: source.argv,
      env: request.env,
      cwd: request.cwd ?? firstDirectory(table) ?? source.directory,
      table,
      stdin: request.stdin,
      lossless: request.lossless,
      waitsFor,
      lost: () => authority.lost(pid, smallestQuotas(table)),
    };
  }

  /** Holds each part of the project that is mounted. Faults: `not_found`, `invalid` for a link on the way. */
  #hold(project: ProjectId, table: CapabilityTable): HeldMount[] {
    using files = this.#options.projects.beneath(project);
    const held: HeldMount[] = [];
    try {
      for (const { path } of partMounts(table)) held.push(files.hold(path));
      return held;
    } catch (error) {
      for (const mount of held) mount[Symbol.dispose]();
      throw error;
    }
  }

  /** The engine runtime that request, project and runtime agree on. Faults: `invalid`, `unsupported`. */
  #engineRuntimeOf({ request, source }: Pick<Asked, "request" | "source">, project: string | null): string | null {
    const asked = [request.engineRuntime, project, source.engineRuntime];
    const names = new Set(asked.filter((name) => name !== null));
    if (names.size > 1) throw new Fault("invalid", `different engine runtimes are asked for: ${[...names].join(", ")}`);
    const [name = null] = names;
    requireEngineRuntime(name, this.#options.engineRuntimes);
    return name;
  }
}

/** Where a program starts when nobody says: in the first part of the project that it sees, if any. */
function firstDirectory(table: CapabilityTable): string | undefined {
  const [first] = fileMounts(table);
  return first === undefined ? undefined : targetOf(first);
}

/** Of two amounts of one quota the smaller holds, and is what is deducted. */
function smallestQuotas(table: CapabilityTable): Capability[] {
  return table.filter((entry) => {
    if (!("amount" in entry)) return true;
    return entry === table.find((other) => other.kind === entry.kind && other.amount === quotaOf(table, entry.kind));
  });
}
