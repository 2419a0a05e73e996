import { useComputedColorScheme, VisuallyHidden } from "@mantine/core";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { useEffect, useRef, useState } from "react";
import type { Fault, Pid } from "../../../kernel/abi/index.ts";
import { useLiveConnection } from "../live/live-context.tsx";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { OutputReader } from "./output-reader.ts";
import styles from "./output-terminal.module.css";
import { mirrorText, terminalOptions, terminalTheme } from "./terminal-look.ts";
import { TerminalSink } from "./terminal-sink.ts";

/** A process's output on a terminal that only shows. Its last lines are also here as text, for readers of any kind. */
export function OutputTerminal({ pid }: { pid: Pid }) {
  const { socket } = useLiveConnection();
  const scheme = useComputedColorScheme();
  const host = useRef<HTMLDivElement>(null);
  const shown = useRef<Terminal | null>(null);
  const [text, setText] = useState("");
  const [fault, setFault] = useState<Fault | null>(null);

  useEffect(() => {
    if (host.current === null) return undefined;
    setText("");
    setFault(null);
    const terminal = new Terminal(terminalOptions);
    shown.current = terminal;
    const stopFitting = openFitted(terminal, host.current);
    const stopMirroring = mirror(terminal, setText);
    const reader = new OutputReader(socket, pid, new TerminalSink(terminal, setFault));
    return () => {
      reader.dispose();
      stopMirroring();
      stopFitting();
      terminal.dispose();
      shown.current = null;
    };
  }, [socket, pid]);

  useEffect(() => {
    if (shown.current !== null) shown.current.options.theme = terminalTheme[scheme];
  }, [scheme, pid]);

  return (
    <div className={styles.terminal} data-testid="output-terminal" data-pid={pid}>
      {fault !== null && <FaultAlert error={fault} title="The output cannot be read" />}
      <div className={styles.screen} ref={host} />
      <VisuallyHidden>
        <pre aria-label="Program output, last lines" data-testid="output-text">
          {text}
        </pre>
      </VisuallyHidden>
    </div>
  );
}

function openFitted(terminal: Terminal, host: HTMLElement): () => void {
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(host);
  terminal.textarea?.setAttribute("aria-label", "Program output; arrow keys scroll");
  const size = (): void => {
    if (host.clientWidth > 40 && host.clientHeight > 20) fit.fit();
  };
  size();
  const observer = new ResizeObserver(size);
  observer.observe(host);
  terminal.attachCustomKeyEventHandler((event) => {
    scrollBy(terminal, event);
    // Nothing is typed into it: every other key, Tab first, stays the page's.
    return false;
  });
  return () => observer.disconnect();
}

function scrollBy(terminal: Terminal, event: KeyboardEvent): void {
  if (event.type !== "keydown" || event.ctrlKey || event.metaKey || event.altKey) return;
  const moves: Record<string, () => void> = {
    ArrowUp: () => terminal.scrollLines(-1),
    ArrowDown: () => terminal.scrollLines(1),
    PageUp: () => terminal.scrollPages(-1),
    PageDown: () => terminal.scrollPages(1),
    Home: () => terminal.scrollToTop(),
    End: () => terminal.scrollToBottom(),
  };
  const move = moves[event.key];
  if (move === undefined) return;
  event.preventDefault();
  move();
}

const mirrorMs = 200;

function mirror(terminal: Terminal, show: (text: string) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const written = terminal.onWriteParsed(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      show(mirrorText(terminal));
    }, mirrorMs);
  });
  return () => {
    clearTimeout(timer);
    written.dispose();
  };
}
