import { Badge } from "@mantine/core";
import { describeOutcome } from "../../../kernel/abi/index.ts";
import type { Outcome, ProcessState } from "../../../kernel/abi/index.ts";
import { readableAge } from "./format-amount.ts";
import { useNow } from "./use-now.ts";

/** A process's state in one word or sentence, told apart by its text and not by colour alone. */
export const outcomeColor = (outcome: Outcome): string =>
  outcome.kind === "code" ? (outcome.code === 0 ? "teal" : "red") : outcome.kind === "killed" ? "gray" : "orange";

const phaseColor = { embryo: "gray", running: "iris", exiting: "yellow" } as const;

export function ProcessBadge({ state }: { state: ProcessState }) {
  if (state.phase === "exited" || state.phase === "reaped") {
    return (
      <Badge color={outcomeColor(state.outcome)} title={describeOutcome(state.outcome)} maw={260}>
        {describeOutcome(state.outcome)}
      </Badge>
    );
  }
  if (state.phase === "ready" || state.phase === "paused") return <StandsStill state={state} />;
  return (
    <Badge color={phaseColor[state.phase]} variant={state.phase === "running" ? "dot" : "light"}>
      {state.phase}
    </Badge>
  );
}

/** It waits for room to start, or was paused for others: since when, and why. */
function StandsStill({ state }: { state: Extract<ProcessState, { phase: "ready" | "paused" }> }) {
  const now = useNow();
  const age = readableAge(now - state.since);
  const reason = state.phase === "ready" ? state.reason : undefined;
  const text = state.phase === "paused" ? `paused ${age}` : `ready ${age}${reason === undefined ? "" : `: ${reason}`}`;
  return (
    <Badge color="yellow" title={text} maw={260}>
      {text}
    </Badge>
  );
}
