import { Fault, describeOutcome, processViewSchema } from "../../../kernel/abi/index.ts";
import type { Outcome, Pid, ProcessView, ProjectId, SyscallInput } from "../../../kernel/abi/index.ts";
import { planAnswer, waitAnswer } from "../api/answers.ts";
import type { ApiClient } from "../api/api-client.ts";
import { paths } from "../api/paths.ts";

/**
 * Starts a program. What has to be built first is built in a process of its own, with the rights that the server's plan names
 * and without input; the program is started only when that has ended well.
 */
type Spawn = Omit<SyscallInput<"spawn">, "argv">;
export type RunRequest =
  | { kind: "command"; spawn: SyscallInput<"spawn"> }
  /** A file of the project, or `.` for the project itself, which may have to be built. */
  | { kind: "planned"; file: string; arguments: readonly string[]; spawn: Spawn & { project: ProjectId } };

/** `onStart` is told of each process that is started, the build's too. */
export async function startRun(
  api: Pick<ApiClient, "json">,
  request: RunRequest,
  onStart: (process: ProcessView) => void,
): Promise<void> {
  const start = async (spawn: SyscallInput<"spawn">): Promise<Pid> => {
    const process = await api.json(processViewSchema, paths.processes, { method: "POST", json: spawn });
    onStart(process);
    return process.pid;
  };
  if (request.kind === "command") {
    await start(request.spawn);
    return;
  }
  const { file, spawn } = request;
  const { runtime, project, class: processClass } = spawn;
  const wanted = { method: "POST", json: { file, runtime } } as const;
  const { build, run } = await api.json(planAnswer, paths.plan(project), wanted);
  if (build !== null) {
    const pid = await start({ project, runtime, ...build, name: null, stdin: false, class: processClass });
    requireBuilt(await outcomeOf(api, pid), file, pid);
  }
  await start({ ...spawn, argv: [...run.argv, ...request.arguments], cwd: run.cwd });
}

async function outcomeOf(api: Pick<ApiClient, "json">, pid: Pid): Promise<Outcome> {
  for (;;) {
    const { outcome } = await api.json(waitAnswer, paths.wait(pid));
    if (outcome !== null) return outcome;
  }
}

function requireBuilt(outcome: Outcome, file: string, pid: Pid): void {
  if (outcome.kind === "code" && outcome.code === 0) return;
  const what = file === "." ? "the project" : file;
  throw new Fault("bad_state", `the build of ${what} failed (process ${pid}: ${describeOutcome(outcome)})`, {
    hint: "The program was not started. The build's output and the errors tell why.",
  });
}
