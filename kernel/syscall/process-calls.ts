import { endFrame, Fault, type Pid, type SyscallRequest } from "../abi/index.ts";
import { pourPool, pourSpool } from "../ipc/spool-reader.ts";
import type { ProcessEntry } from "../process/process-table.ts";
import { isLive } from "../process/transition.ts";
import { threadsOf } from "../lifecycle/threads.ts";
import type { Scheduler } from "../scheduling/scheduler.ts";
import type { Handlers, Pour } from "./handler.ts";
import { type Principal, requireVisible, seesProcess, sightOf } from "./principal.ts";
import { Spawner, type SpawnerOptions } from "./spawner.ts";
import type { Views } from "./views.ts";

/** The syscalls about processes: each checks the caller's right at its use, then acts through the lifecycle. */

type ProcessCalls =
  | "spawn"
  | "run"
  | "pipeline"
  | "signal"
  | "self"
  | "wait"
  | "reap"
  | "list"
  | "inspect"
  | "output"
  | "stdin"
  | "nice"
  | "yield"
  | "threads"
  | "tty_resize";

export interface ProcessCallOptions extends SpawnerOptions {
  views: Views;
  scheduler: Scheduler;
}

export function processCalls(options: ProcessCallOptions): Handlers<ProcessCalls> {
  const { table, lifecycle, projects, authority, views, scheduler } = options;
  const spawner = new Spawner(options);
  const buffers = pourPool();
  const visible = (caller: Principal, pid: Pid): ProcessEntry => requireVisible(caller, pid, table);
  /** A process that the caller may signal: a session those of its projects, a process those below it. */
  const signalled = (caller: Principal, pid: Pid): ProcessEntry => {
    const entry = visible(caller, pid);
    const root = caller.kind === "session" ? projects.rootFor(entry.project) : undefined;
    authority.require(caller, { kind: "PROC_SIGNAL" }, root);
    if (entry.pid === caller.pid) throw new Fault("denied", "a process signals what is below it, not itself");
    return entry;
  };

  /** What a process writes, for as long as the caller may see it. */
  const pourOf = async (
    caller: Principal,
    { pid, ...from }: SyscallRequest<"output">,
    signal: AbortSignal,
  ): Promise<Pour> => {
    const { stdout, stderr, follow, lossless } = from;
    const seen = sightOf(caller, visible(caller, pid), signal);
    const spool = await lifecycle.spool(pid);
    visible(caller, pid);
    if (stdout > spool.written.stdout || stderr > spool.written.stderr) {
      throw new Fault("invalid", `process ${pid} has not written that much yet`);
    }
    const options = { from: { stdout, stderr }, follow, lossless: lossless && follow, pool: buffers, signal: seen };
    return async (write) => {
      await pourSpool(spool, options, write);
      const outcome = follow ? await lifecycle.wait(pid, seen) : null;
      if (seen.aborted) throw new Fault("denied", `process ${pid} is not shown any more`);
      if (outcome !== null) await write(endFrame(Buffer.from(JSON.stringify(outcome))));
    };
  };

  return {
    spawn: async ({ request, caller }) => views.of(await spawner.spawn(caller, request)),

    run: async ({ request, caller, signal }) => {
      const { pid, state } = await spawner.spawn(caller, request);
      const { lossless } = request;
      // One that waits has no output yet; that it waits is said at once.
      const pour: Pour = async (write) =>
        (await pourOf(caller, { pid, stdout: 0, stderr: 0, follow: true, lossless }, signal))(write);
      return { pid, pour, headers: { "superos-pid": String(pid), "superos-phase": state.phase } };
    },

    pipeline: async ({ request, caller }) => {
      const entries = await spawner.pipeline(caller, request.stages);
      return { processes: entries.map((entry) => views.of(entry)) };
    },

    signal: async ({ request, caller }) => {
      const entry = signalled(caller, request.pid);
      if (entry.kind !== "container" && (entry.kind !== "root" || request.signal !== "SIGKILL")) {
        throw new Fault("bad_state", `process ${request.pid} is a ${entry.kind} and takes no ${request.signal}`);
      }
      // Below the root without a project are everybody's.
      if (entry.kind === "root" && entry.project === null && !(caller.kind === "session" && caller.admin)) {
        throw new Fault("denied", "only an admin ends the processes of all users at once");
      }
      await lifecycle.signal(request.pid, request.signal, caller.pid);
      return {};
    },

    self: async ({ caller }) => views.of(lifecycle.current(caller.pid)),

    wait: async ({ request, caller, signal }) => {
      const seen = sightOf(caller, visible(caller, request.pid), signal);
      const until = AbortSignal.any([seen, AbortSignal.timeout(request.timeoutMs)]);
      return scheduler.whileBlocked(caller, async () => ({ outcome: await lifecycle.wait(request.pid, until) }));
    },

    nice: async ({ request, caller }) => {
      const entry = signalled(caller, request.pid);
      if (entry.kind !== "container" || !isLive(entry.state))
        throw new Fault("bad_state", `process ${request.pid} does not run`);
      await lifecycle.setClass(request.pid, request.class);
      scheduler.poke();
      return {};
    },

    yield: async ({ caller }) => {
      scheduler.yielded(caller.pid);
      return {};
    },

    threads: async ({ request, caller }) => {
      visible(caller, request.pid);
      const cgroup = lifecycle.cgroup(request.pid);
      if (cgroup === undefined) throw new Fault("bad_state", `process ${request.pid} does not run`);
      return { threads: await threadsOf(cgroup) };
    },

    tty_resize: async ({ request, caller }) => {
      signalled(caller, request.pid);
      await lifecycle.resizeTerminal(request.pid, request.size);
      return {};
    },

    reap: async ({ request, caller }) => {
      signalled(caller, request.pid);
      return { outcome: await lifecycle.reap(request.pid) };
    },

    list: async ({ request, caller }) => {
      const shown = table.all().filter((entry) => seesProcess(caller, entry, table));
      const wanted = request.all ? shown : shown.filter((entry) => entry.kind === "container" && isLive(entry.state));
      return { processes: wanted.map((entry) => views.brief(lifecycle.current(entry.pid))) };
    },

    inspect: async ({ request, caller }) => views.of(lifecycle.current(visible(caller, request.pid).pid)),

    output: async ({ request, caller, signal }) => ({ pour: await pourOf(caller, request, signal) }),

    stdin: async ({ request, caller, body }) => {
      signalled(caller, request.pid);
      const input = lifecycle.input(request.pid);
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        if (!input.open) break;
        // A right is checked at each use: this one may take as long as the process lives.
        signalled(caller, request.pid);
        bytes += chunk.length;
        await input.write(chunk);
      }
      if (request.end) input.end();
      return { bytes };
    },
  };
}
