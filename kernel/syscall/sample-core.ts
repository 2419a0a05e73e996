import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
  type KernelEvent,
  type Millis,
  millisSchema,
  parseCapability,
  type Pid,
  type ProjectId,
  type QuestionName,
  questionLineSchema,
  type ServiceMessage,
} from "../abi/index.ts";
import { SlotTable } from "../capability/slot-table.ts";
import { DiskWatch } from "../disk/disk-watch.ts";
import { EngineMonitor } from "../docker/engine-monitor.ts";
import { Engine } from "../docker/engine.ts";
import { ProjectStore } from "../fs/project-store.ts";
import { DirectoryStock } from "../ipc/directory-stock.ts";
import { Journal } from "../journal/journal.ts";
import type { OutputKeeper } from "../lifecycle/box.ts";
import { Lifecycle } from "../lifecycle/lifecycle.ts";
import { Network } from "../net/network.ts";
import { type ProcessEntry, ProcessTable } from "../process/process-table.ts";
import { PolicyLink } from "../service/policy-link.ts";
import { Authority } from "./authority.ts";
import { Members } from "./members.ts";
import type { SessionRecord } from "./principal.ts";
import { Projects } from "./projects.ts";
import { type Rights, Sessions } from "./sessions.ts";
import { Views } from "./views.ts";

/**
 * The kernel without its engine, for tests: the real table, slots, sessions and projects, in a home that goes with it.
 *
 * Nothing is spawned, so the engine is never asked. Policy is whoever takes `questions`.
 */

const whole = ["PROC_SPAWN", "PROC_SIGNAL", "FS_READ:/project", "FS_WRITE:/project", "NET_BIND:localhost"] as const;

export interface Question {
  name: QuestionName;
  answer: (answer: unknown) => void;
}

/** Nothing runs, so there is no output to keep. */
const refuse = (): never => {
  throw new Error("nothing runs in a sample");
};
const nothingRuns = async (): Promise<never> => refuse();
const noSpooler: OutputKeeper = {
  attach: nothingRuns,
  begin: refuse,
  known: () => new Map(),
  endInput: nothingRuns,
  forget: nothingRuns,
  remove: nothingRuns,
};

export class SampleCore implements AsyncDisposable {
  readonly slots = new SlotTable();
  readonly table = new ProcessTable();
  /** What the gateway was told. */
  readonly told: ServiceMessage[] = [];
  readonly #clock = { now: Date.now() };
  readonly now = (): Millis => millisSchema.parse(this.#clock.now);
  readonly policy = new PolicyLink(this.now);
  readonly questions: Question[] = [];
  readonly journal: Journal;
  readonly lifecycle: Lifecycle;
  readonly network: Network;
  readonly authority: Authority;
  readonly projects: Projects;
  readonly sessions: Sessions;
  readonly members: Members;
  readonly views: Views;
  readonly kernel: Pid;
  readonly home: string;
  readonly #disk: DiskWatch;
  readonly #directories: DirectoryStock;

  constructor() {
    const { slots, table, now } = this;
    const log = (): void => undefined;
    this.home = mkdtempSync(join(tmpdir(), "superos-core-"));
    const dir = (name: string): string => {
      mkdirSync(join(this.home, name));
      return join(this.home, name);
    };
    const engine = new Engine();
    this.#disk = new DiskWatch({ log });
    this.#directories = new DirectoryStock(dir("stock"));
    this.journal = new Journal(dir("journal"));
    this.lifecycle = new Lifecycle({
      table,
      journal: this.journal,
      engine,
      monitor: new EngineMonitor(engine),
      directories: this.#directories,
      openDoor: async () => log,
      placeGate: async () => undefined,
      attach: async () => ({ relay: [], env: {} }),
      disk: this.#disk,
      instance: "sample",
      generation: 1,
      seccomp: "{}",
      now,
      log,
      processesDir: dir("p"),
      spoolDir: dir("spool"),
      spooler: noSpooler,
      freshOwner: () => freshOwner(),
      isPaidFor: () => false,
      otherBytes: () => 0,
      filesDir: (project) => store.filesDir(project),
      orphanage: () => undefined,
    });
    const node = { project: null, runtime: null, argv: [], cwd: null, table: [], startedBy: null, user: null };
    const own = { class: "foreground", tty: null, endpoint: null, image: null } as const;
    this.kernel = this.lifecycle.addNode({ ...node, ...own, parent: null, kind: "kernel", name: "kernel" }).pid;
    const send = (message: ServiceMessage): void => void this.told.push(message);
    this.network = new Network({
      slots,
      egress: { send: () => undefined },
      gateway: { send },
      endpoint: () => undefined,
    });
    this.authority = new Authority({ slots, table, lifecycle: this.lifecycle, network: this.network, log });
    const store = new ProjectStore({
      dir: dir("projects"),
      owner: () => null,
      now,
      random: (bytes) => randomBytes(bytes),
    });
    const { lifecycle, kernel } = this;
    const rootTable = whole.map(parseCapability);
    let owner = 10_000;
    const freshOwner = (): number => (owner += 1);
    this.projects = new Projects({ store, lifecycle, table, slots, kernel, rootTable, freshOwner }, []);
    const { authority, network, projects } = this;
    this.sessions = new Sessions({ authority, table, lifecycle, network, projects, kernel, now, log });
    this.members = new Members({ policy: this.policy, sessions: this.sessions, projects });
    this.views = new Views(authority, projects);
    this.policy.attend().on("data", (line: Buffer) => {
      const { id, name } = questionLineSchema.parse(JSON.parse(line.toString()));
      this.questions.push({ name, answer: (answer) => this.policy.answer(id, answer, undefined) });
    });
  }

  /** Lets a moment pass for the kernel's clock. */
  tick(): void {
    this.#clock.now += 1;
  }

  /** An empty project. */
  project(name: string): Promise<ProjectId> {
    return this.projects.import(name, Readable.from([Buffer.alloc(1024)]));
  }

  /** A session of somebody's that may do all in these projects. */
  session(user: string, projects: readonly ProjectId[] = []): SessionRecord {
    return this.sessions.open({ user, admin: false, token: null }, wholeRights(projects));
  }

  /** A process as the table knows it; there is nothing behind it. It holds PROC_SPAWN. */
  container(own: Partial<Pick<ProcessEntry, "user" | "project" | "parent" | "state" | "table">> = {}): ProcessEntry {
    const { project = null, parent = this.projects.scratchRoot, user = "alice" } = own;
    const { state = { phase: "running", startedAt: this.now() }, table = [] } = own;
    const entry = this.table.add({
      pid: this.journal.nextPid(),
      parent,
      kind: "container",
      name: "sample",
      project,
      runtime: "python",
      image: null,
      argv: ["sample"],
      cwd: "/tmp",
      table,
      createdAt: this.now(),
      startedBy: null,
      class: "foreground",
      tty: null,
      user,
      endpoint: null,
      state,
    });
    const { scratchRoot: root } = this.projects;
    const wanted = [{ capability: parseCapability("PROC_SPAWN"), delegable: true }];
    this.slots.deriveAll(root, { holder: entry.pid, wanted, root });
    return entry;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const user of this.sessions.users()) this.sessions.closeByUser(user);
    await this.lifecycle.close(this.kernel);
    await this.#disk[Symbol.asyncDispose]();
    await this.#directories.close();
    this.journal[Symbol.dispose]();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** What an owner of these projects holds. */
export function wholeRights(projects: readonly ProjectId[]): Rights {
  return {
    scratch: ["PROC_SPAWN", "NET_BIND:localhost"],
    projects: projects.map((project) => ({ project, role: "owner", table: [...whole] })),
  };
}

/** The events of a watch so far. */
export const eventsIn = (text: string): KernelEvent[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): KernelEvent => JSON.parse(line));
