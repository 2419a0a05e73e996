import { z } from "zod";
import type { ProjectId } from "../../../kernel/abi/index.ts";
import { UsageError } from "../failure.ts";
import { type RunOptions, spawnRequest } from "./spawn-request.ts";
import { splitWords } from "./split-words.ts";

/** From the stages of `superos pipeline`, typed or in a file, to its request. Pure. */

export interface Stage {
  argv: readonly string[];
  runtime?: string | undefined;
  image?: string | undefined;
  /** Instead of those that the command names for every stage. */
  table?: readonly string[] | undefined;
  sealed?: readonly string[] | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  cwd?: string | undefined;
  name?: string | undefined;
}

const texts = z.array(z.string());

/** A file of stages: a list in the order of the pipe, with the names of the API. */
const stagesSchema = z.array(
  z.strictObject({
    argv: texts.min(1),
    runtime: z.string().optional(),
    image: z.string().optional(),
    table: texts.optional(),
    sealed: texts.optional(),
    env: z.record(z.string(), z.string()).optional(),
    cwd: z.string().optional(),
    name: z.string().optional(),
  }),
);

const [least, most] = [2, 16];

function checked(stages: readonly Stage[]): readonly Stage[] {
  if (stages.length >= least && stages.length <= most) return stages;
  throw new UsageError(`a pipeline has ${least} to ${most} stages, and this one has ${stages.length}`);
}

export const typedStages = (lines: readonly string[]): readonly Stage[] =>
  checked(lines.map((line) => ({ argv: splitWords(line) })));

export function stagesOfFile(text: string, file: string): readonly Stage[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is not JSON`);
  }
  const result = stagesSchema.safeParse(value);
  if (result.success) return checked(result.data);
  const issue = result.error.issues[0];
  const hint = 'It is a list like [{"argv": ["cat", "a.txt"]}, {"argv": ["sort"]}].';
  throw new UsageError(`${file}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "does not fit"}`, hint);
}

/** The body of `POST /pipelines`. The first stage gets this command's input. */
export function pipelineRequest(options: RunOptions, project: ProjectId | null, stages: readonly Stage[]) {
  return {
    stages: stages.map((stage, at) => {
      const { runtime = options.runtime, image } = stage;
      const own = { ...options, runtime, ...(image === undefined ? {} : { image }) };
      const request = spawnRequest(own, project, stage.argv);
      return {
        ...request,
        stdin: request.stdin && at === 0,
        table: stage.table ?? request.table,
        sealed: stage.sealed ?? request.sealed,
        env: { ...request.env, ...stage.env },
        cwd: stage.cwd ?? request.cwd,
        name: stage.name ?? null,
      };
    }),
  };
}
