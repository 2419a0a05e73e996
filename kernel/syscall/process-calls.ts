import { Readable } from "node:stream";
import {
  type CapabilityTable,
  type Control,
  endFrame,
  Fault,
  formatCapability,
  type Pid,
  type ProcessView,
  type ProjectId,
  type SpawnRequest,
} from "../abi/index.ts";
import { quotaOf, withDefaultQuotas } from "../capability/covers.ts";
import { readSpool } from "../ipc/spool-reader.ts";
import { requireEnforceable } from "../isolation/enforceable.ts";
import { projectDirectory, requiredQuotas } from "../isolation/container-spec.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import { type ProcessEntry, type ProcessTable, viewOf } from "../process/process-table.ts";
import { isLive } from "../process/transition.ts";
import type { PolicyLink } from "../service/policy-link.ts";
import type { Projects } from "./projects.ts";
import type { Handlers } from "./handler.ts";
import type { Runtimes } from "./runtimes.ts";
import { requireCovered, seesProcess, type SessionRecord } from "./sessions.ts";

/** The syscalls about processes: each checks the session's right at its use, then acts through the lifecycle. */

type ProcessCalls = "spawn" | "signal" | "wait" | "reap" | "list" | "inspect" | "output" | "stdin";

export interface ProcessCallOptions {
  table: ProcessTable;
  lifecycle: Lifecycle;
  projects: Projects;
  runtimes: Runtimes;
  policy: PolicyLink;
  controls: readonly Control[];
  machine: { cores: number; memoryBytes: number };
  /** Chooses a user id for a process without a project. */
  freshOwner: () => number;
}

export function processCalls(options: ProcessCallOptions): Handlers<ProcessCalls> {
  const { table, lifecycle, projects } = options;
  const reserved = new Reservations();
  const view = (entry: ProcessEntry): ProcessView => viewOf(entry, (id: ProjectId) => projects.nameOf(id));

  /** Faults: `not_found` for what is not there and, no different, for what the session may not see. */
  const visible = (session: SessionRecord, pid: Pid): ProcessEntry => {
    const entry = table.has(pid) ? lifecycle.current(pid) : undefined;
    if (entry === undefined || !seesProcess(session, entry)) throw new Fault("not_found", `no process ${pid}`);
    return entry;
  };

  return {
    spawn: async ({ request, session }) => {
      if (request.project !== null) projects.visible(session, request.project);
      requireCovered(session, [{ kind: "PROC_SPAWN", runtime: request.runtime }]);
      const table = tableFor(options, request, session);
      return view(await spawn(options, reserved, { request, session, table }));
    },

    signal: async ({ request, session }) => {
      const entry = visible(session, request.pid);
      requireCovered(session, [{ kind: "PROC_SIGNAL" }]);
      if (entry.kind !== "container" && (entry.kind !== "root" || request.signal !== "SIGKILL")) {
        throw new Fault("bad_state", `process ${request.pid} is a ${entry.kind} and takes no ${request.signal}`);
      }
      await lifecycle.signal(request.pid, request.signal, session.pid);
      return {};
    },

    wait: async ({ request, session, signal }) => {
      visible(session, request.pid);
      return {
        outcome: await lifecycle.wait(request.pid, AbortSignal.any([signal, AbortSignal.timeout(request.timeoutMs)])),
      };
    },

    reap: async ({ request, session }) => {
      visible(session, request.pid);
      requireCovered(session, [{ kind: "PROC_SIGNAL" }]);
      return { outcome: await lifecycle.reap(request.pid) };
    },

    list: async ({ request, session }) => {
      const shown = table.all().filter((entry) => seesProcess(session, entry));
      const wanted = request.all ? shown : shown.filter((entry) => entry.kind === "container" && isLive(entry.state));
      return { processes: wanted.map((entry) => view(lifecycle.current(entry.pid))) };
    },

    inspect: async ({ request, session }) => view(visible(session, request.pid)),

    output: async ({ request, session, signal }) => {
      const { pid, follow, lossless } = request;
      visible(session, pid);
      const spool = await lifecycle.spool(pid);
      if (request.stdout > spool.written.stdout || request.stderr > spool.written.stderr) {
        throw new Fault("invalid", `process ${pid} has not written that much yet`);
      }
      const from = { stdout: request.stdout, stderr: request.stderr };
      const frames = readSpool(spool, { from, follow, lossless: lossless && follow });
      signal.addEventListener("abort", () => frames.destroy(), { once: true });
      return {
        stream: follow ? Readable.from(withEnd(frames, lifecycle.wait(pid, signal)), { objectMode: false }) : frames,
      };
    },

    stdin: async ({ request, session, body }) => {
      visible(session, request.pid);
      requireCovered(session, [{ kind: "PROC_SIGNAL" }]);
      const stdin = lifecycle.stdin(request.pid);
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        if (stdin.destroyed) break;
        bytes += chunk.length;
        if (!stdin.write(chunk)) await writable(stdin);
      }
      if (request.end && !stdin.destroyed) stdin.end();
      return { bytes };
    },
  };
}

/** Frames, then the outcome. */
async function* withEnd(frames: Readable, outcome: ReturnType<Lifecycle["wait"]>): AsyncGenerator<Uint8Array> {
  for await (const chunk of frames as AsyncIterable<Buffer>) yield chunk;
  const end = await outcome;
  if (end !== null) yield endFrame(Buffer.from(JSON.stringify(end)));
}

/** Resolves when the pipe takes more, or is gone. */
function writable(stdin: ReturnType<Lifecycle["stdin"]>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    stdin.off("drain", done);
    stdin.off("close", done);
    resolve();
  };
  stdin.on("drain", done);
  stdin.on("close", done);
  return promise;
}

/** Memory that spawns in admission will commit, so that two at a time are not both given the last of it. */
class Reservations {
  bytes = 0;
  count = 0;

  async hold<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    this.bytes += bytes;
    this.count += 1;
    try {
      return await work();
    } finally {
      this.bytes -= bytes;
      this.count -= 1;
    }
  }
}

/** The table that the process will have: what was asked for, within the session's, with the runtime's defaults. */
function tableFor(options: ProcessCallOptions, request: SpawnRequest, session: SessionRecord): CapabilityTable {
  requireEnforceable(request.table, options.controls);
  requireCovered(session, request.table);
  const { quotas } = options.runtimes.get(request.runtime).manifest;
  const table = withDefaultQuotas(request.table, quotas, session.table);
  requireEnforceable(table, options.controls);
  requireCovered(session, table);
  for (const kind of requiredQuotas) {
    if (quotaOf(table, kind) === undefined) throw new Fault("invalid", `the table names no ${kind}`);
  }
  const file = table.find((entry) => entry.kind === "FS_READ" || entry.kind === "FS_WRITE");
  if (file !== undefined && request.project === null) {
    throw new Fault("invalid", `${formatCapability(file)} needs a project`, { hint: "Name one with --project." });
  }
  return table;
}

interface Admission {
  request: SpawnRequest;
  session: SessionRecord;
  table: CapabilityTable;
}

async function admit(options: ProcessCallOptions, reserved: Reservations, asked: Admission): Promise<void> {
  const { request, session } = asked;
  const memoryBytes = quotaOf(asked.table, "MEM") ?? 0;
  const running = options.table.running();
  const committed = running.reduce((sum, entry) => sum + (quotaOf(entry.table, "MEM") ?? 0), 0);
  const machine = {
    memoryBytes: options.machine.memoryBytes,
    committedBytes: committed + reserved.bytes,
    running: running.length + reserved.count,
  };
  const decision = await reserved.hold(memoryBytes, () =>
    options.policy.ask("admit", {
      session: session.pid,
      user: session.user,
      project: request.project,
      runtime: request.runtime,
      memoryBytes,
      machine,
    }),
  );
  if (!decision.admit) throw new Fault(decision.code, decision.reason);
}

async function spawn(options: ProcessCallOptions, reserved: Reservations, asked: Admission): Promise<ProcessEntry> {
  const { lifecycle, projects, runtimes } = options;
  const { request, session, table } = asked;
  await admit(options, reserved, asked);
  const runtime = runtimes.get(request.runtime);
  const project = request.project === null ? null : projects.visible(session, request.project);
  return lifecycle.spawn({
    parent: project === null ? projects.scratchRoot : projects.rootOf(project.id),
    startedBy: session.pid,
    project: project === null ? null : { id: project.id, filesDir: projects.filesDir(project.id) },
    owner: project === null ? options.freshOwner() : project.uid,
    runtime: runtime.manifest,
    image: runtime.image,
    argv: request.argv,
    env: request.env,
    cwd: request.cwd ?? (table.some((entry) => entry.kind === "FS_READ") ? projectDirectory : "/tmp"),
    table,
    stdin: request.stdin,
    lossless: request.lossless,
  });
}
