import { EmptyState, Select, Text } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { describeOutcome } from "../../../kernel/abi/index.ts";
import type { Pid, ProcessView } from "../../../kernel/abi/index.ts";
import { readableMs } from "../parts/format-amount.ts";
import { ProcessBadge } from "../parts/process-badge.tsx";
import { outcomeOf, runtimeMs, titleOf } from "../parts/process-facts.ts";
import { useNow } from "../parts/use-now.ts";
import { PreviewButton } from "../preview/preview-button.tsx";
import { KillButton } from "../processes/kill-button.tsx";
import { TerminalButton, TerminalIcon } from "../terminal/terminal-button.tsx";
import type { TerminalButtonProps } from "../terminal/terminal-button.tsx";
import styles from "../workspace/workspace.module.css";
import { RunResult } from "./run-result.tsx";

/** The output of one of the project's runs, how it goes, and how it ended. */
interface RunOutputProps {
  runs: readonly ProcessView[];
  shown: ProcessView | undefined;
  /** The one that the person started last. */
  started: Pid | undefined;
  onShow: (pid: Pid) => void;
  terminal: TerminalButtonProps;
}

export function RunOutput({ runs, shown, started, onShow, terminal }: RunOutputProps) {
  return (
    <section className={styles.outputPane} aria-label="Output">
      {shown === undefined ? (
        <EmptyState
          h="100%"
          style={{ justifyContent: "center" }}
          icon={<IconTerminal2 size={32} stroke={1.4} />}
          title="Nothing has run here yet"
          description="Choose what to run and press Run; its output appears here."
        >
          <EmptyState.Actions>
            <TerminalButton {...terminal} />
          </EmptyState.Actions>
        </EmptyState>
      ) : (
        <>
          <div className={styles.paneHead}>
            <Select
              size="xs"
              variant="unstyled"
              aria-label="Run"
              data={choices(runs, shown)}
              value={String(shown.pid)}
              onChange={(value) => {
                const run = runs.find(({ pid }) => String(pid) === value);
                if (run !== undefined) onShow(run.pid);
              }}
              allowDeselect={false}
              flex={1}
              miw={72}
              comboboxProps={{ width: 360, position: "top-start" }}
              styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", textOverflow: "ellipsis" } }}
              data-testid="run-select"
            />
            <RunState process={shown} />
            <TerminalIcon {...terminal} />
          </div>
          <div className={styles.outputBody}>
            <RunResult process={shown} autoFocus={shown.pid === started} />
          </div>
        </>
      )}
      <div role="status" aria-live="polite" className={styles.hidden}>
        {shown !== undefined && announce(shown)}
      </div>
    </section>
  );
}

const keptChoices = 30;

function choices(runs: readonly ProcessView[], shown: ProcessView) {
  const recent = runs.slice(0, keptChoices);
  const all = recent.some(({ pid }) => pid === shown.pid) ? recent : [shown, ...recent];
  return all.map((run) => ({ value: String(run.pid), label: `${run.pid}  ${titleOf(run)}` }));
}

function RunState({ process }: { process: ProcessView }) {
  const now = useNow();
  const ran = runtimeMs(process, now);
  const outcome = outcomeOf(process);
  return (
    <>
      <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
        {ran === null ? "" : readableMs(ran)}
      </Text>
      <span data-testid={outcome === null ? "run-state" : "outcome"} data-pid={process.pid}>
        <ProcessBadge state={process.state} />
      </span>
      <PreviewButton process={process} />
      {outcome === null && <KillButton process={process} />}
    </>
  );
}

function phaseText({ state }: ProcessView): string {
  if (state.phase === "paused") return "is paused";
  if (state.phase !== "ready") return "is running";
  return `has not started yet${state.reason === undefined ? "" : `: ${state.reason}`}`;
}

function announce(process: ProcessView): string {
  const outcome = outcomeOf(process);
  return `${titleOf(process)} ${outcome === null ? phaseText(process) : describeOutcome(outcome)}`;
}
