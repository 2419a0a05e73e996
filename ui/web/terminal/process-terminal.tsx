import { Button, Text, Tooltip, useComputedColorScheme } from "@mantine/core";
import "@xterm/xterm/css/xterm.css";
import { useEffect, useRef, useState } from "react";
import { describeOutcome } from "../../../kernel/abi/index.ts";
import type { Fault, ProcessView, TerminalSize } from "../../../kernel/abi/index.ts";
import { useLive, useLiveConnection } from "../live/live-context.tsx";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { hasEnded, outcomeOf } from "../parts/process-facts.ts";
import styles from "./process-terminal.module.css";
import { TerminalScreen } from "./terminal-screen.ts";

/** The terminal of a process: what it shows, and while it runs every key that is typed into it. */
interface ProcessTerminalProps {
  process: ProcessView;
  size: TerminalSize;
  /** Whether the person asked for it a moment ago, and so is to type into it. */
  autoFocus: boolean;
}

export function ProcessTerminal({ process, size, autoFocus }: ProcessTerminalProps) {
  const { socket } = useLiveConnection();
  const { link } = useLive();
  const scheme = useComputedColorScheme();
  const host = useRef<HTMLDivElement>(null);
  const screen = useRef<TerminalScreen | null>(null);
  // What it was when this page opened it; later changes come one by one.
  const first = useRef({ size, writtenBytes: process.output.stdoutBytes, ended: hasEnded(process) });
  const [shown, setShown] = useState(size);
  const [fault, setFault] = useState<Fault | null>(null);
  const [tabMoves, setTabMoves] = useState(false);
  const [over, setOver] = useState(hasEnded(process));
  const { pid } = process;

  useEffect(() => {
    if (host.current === null) return undefined;
    const opened = new TerminalScreen(
      host.current,
      { socket, pid, ...first.current },
      { fault: setFault, ended: () => setOver(true), tabMoves: setTabMoves, size: setShown },
    );
    screen.current = opened;
    return () => {
      screen.current = null;
      opened.dispose();
    };
  }, [socket, pid]);
  useEffect(() => screen.current?.look(scheme), [scheme, pid]);
  useEffect(() => {
    if (autoFocus) screen.current?.focus();
  }, [autoFocus, pid]);
  const { rows, columns } = size;
  useEffect(() => screen.current?.told({ rows, columns }), [rows, columns]);
  const runs = process.state.phase === "running";
  useEffect(() => {
    if (runs) screen.current?.begun();
  }, [runs]);

  const outcome = outcomeOf(process);
  const state = over
    ? `Ended${outcome === null ? "" : `: ${describeOutcome(outcome)}`}`
    : link === "connected"
      ? phaseText(process)
      : "Not connected: keys are not sent";
  return (
    <div className={styles.terminal} data-testid="process-terminal" data-pid={pid}>
      {fault !== null && <FaultAlert error={fault} title="The terminal does not take this" />}
      <div className={styles.screen}>
        <div className={styles.grid} ref={host} data-takes-keys={over ? undefined : ""} />
      </div>
      <div className={styles.foot}>
        <Text size="xs" c="dimmed" className="clip" role="status" data-testid="terminal-state">
          {state}
          {!over && tabMoves && "; Tab leaves the terminal"}
        </Text>
        <Text size="xs" c="dimmed" className={styles.size} data-testid="terminal-size">
          {`${shown.columns} × ${shown.rows}`}
        </Text>
        {!over && (
          <Tooltip label="Ctrl+M in the terminal does the same">
            <Button
              size="compact-xs"
              variant="default"
              aria-pressed={tabMoves}
              onClick={() => screen.current?.turnTab(!tabMoves)}
              data-testid="terminal-tab"
            >
              Tab leaves it
            </Button>
          </Tooltip>
        )}
      </div>
    </div>
  );
}

function phaseText({ state }: ProcessView): string {
  if (state.phase === "paused") return "Paused: it reads its keys when it goes on";
  if (state.phase === "running") return "Keys go to the program";
  return "It has not started yet";
}
