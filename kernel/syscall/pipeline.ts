import { Fault, type SpawnRequest } from "../abi/index.ts";

/**
 * What the stages of one pipeline must have in common, and what none of them may have. Pure.
 */

/** Faults: `invalid`. */
export function requirePipeline(stages: readonly SpawnRequest[]): void {
  const [first, ...rest] = stages;
  if (first === undefined) throw new Fault("invalid", "a pipeline has stages");
  const differs = (kind: string): Fault => new Fault("invalid", `${kind} must be the same in all stages of a pipeline`);
  if (stages.some(({ tty }) => tty !== null)) throw new Fault("invalid", "no stage of a pipeline has a terminal");
  for (const stage of rest) {
    if (stage.project !== first.project) throw differs("project");
    if (stage.class !== first.class) throw differs("class");
    if (stage.tied !== first.tied) throw differs("tied");
    if (stage.stdin)
      throw new Fault("invalid", "only the first stage of a pipeline has stdin: the others read the one before");
  }
  const names = stages.flatMap(({ name }) => (name === null ? [] : [name]));
  if (new Set(names).size < names.length) throw new Fault("conflict", "two stages of the pipeline have one name");
}
