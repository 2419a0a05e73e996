import { Badge } from "@mantine/core";
import { describeOutcome } from "../../../kernel/abi/index.ts";
import type { Outcome, ProcessState } from "../../../kernel/abi/index.ts";

/** A process's state in one word or sentence, told apart by its text and not by colour alone. */
export const outcomeColor = (outcome: Outcome): string =>
  outcome.kind === "code" ? (outcome.code === 0 ? "teal" : "red") : outcome.kind === "killed" ? "gray" : "orange";

const phaseColor = { embryo: "gray", ready: "gray", running: "iris", paused: "yellow", exiting: "yellow" } as const;

export function ProcessBadge({ state }: { state: ProcessState }) {
  if (state.phase === "exited" || state.phase === "reaped") {
    return (
      <Badge color={outcomeColor(state.outcome)} title={describeOutcome(state.outcome)} maw={260}>
        {describeOutcome(state.outcome)}
      </Badge>
    );
  }
  return (
    <Badge color={phaseColor[state.phase]} variant={state.phase === "running" ? "dot" : "light"}>
      {state.phase}
    </Badge>
  );
}
