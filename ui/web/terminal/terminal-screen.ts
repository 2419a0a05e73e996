import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { Fault } from "../../../kernel/abi/index.ts";
import type { Outcome, Pid, TerminalSize } from "../../../kernel/abi/index.ts";
import type { LiveSocket } from "../live/live-connection.ts";
import { OutputReader } from "../output/output-reader.ts";
import type { OutputStream } from "../output/output-cursor.ts";
import { terminalOptions, typedTheme } from "../output/terminal-look.ts";
import { TerminalSink } from "../output/terminal-sink.ts";
import { SizeClaim } from "./size-claim.ts";
import { TypedKeys } from "./typed-keys.ts";

/**
 * One process's terminal in the page: its screen, its keys, its size.
 *
 * What is typed is sent only while the person is here: a program's question to its terminal is answered by the one window
 * that has the focus, and never while what it wrote earlier is drawn again.
 */

interface Events {
  fault: (fault: Fault) => void;
  ended: (outcome: Outcome) => void;
  /** Ctrl+M was pressed: Tab moves the focus, or goes to the program again. */
  tabMoves: (moves: boolean) => void;
  size: (size: TerminalSize) => void;
}

export interface Opened {
  socket: LiveSocket;
  pid: Pid;
  size: TerminalSize;
  /** How much it had written when it was opened. */
  writtenBytes: number;
  ended: boolean;
}

export class TerminalScreen {
  readonly #terminal: Terminal;
  readonly #host: HTMLElement;
  readonly #opened: Opened;
  readonly #events: Events;
  readonly #fit = new FitAddon();
  readonly #keys: TypedKeys | undefined;
  readonly #reader: OutputReader;
  readonly #claim: SizeClaim;
  readonly #observer: ResizeObserver;
  #drawnBytes = 0;
  #tabMoves = false;
  #keyHeld = false;
  #over: boolean;

  constructor(host: HTMLElement, opened: Opened, events: Events) {
    const { socket, pid, size } = opened;
    this.#host = host;
    this.#opened = opened;
    this.#events = events;
    this.#over = opened.ended;
    this.#terminal = new Terminal({
      ...terminalOptions,
      convertEol: false,
      disableStdin: opened.ended,
      screenReaderMode: true,
      cursorStyle: "block",
      cursorInactiveStyle: "outline",
      rows: size.rows,
      cols: size.columns,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.open(host);
    this.#terminal.textarea?.setAttribute("aria-label", `Terminal of process ${pid}; Ctrl+M lets Tab leave it`);
    this.#claim = new SizeClaim(size, {
      ask: (wanted) => this.#ask(wanted),
      show: (drawn) => this.#draw(drawn),
    });
    this.#keys = opened.ended ? undefined : new TypedKeys(socket, pid, events.fault);
    this.#reader = new OutputReader(socket, pid, this.#sink());
    this.#listen();
    this.#observer = new ResizeObserver(() => this.#moved());
    this.#observer.observe(host);
  }

  dispose(): void {
    this.#observer.disconnect();
    this.#host.removeEventListener("focusin", this.#came);
    this.#host.removeEventListener("keydown", this.#keyDown, { capture: true });
    this.#host.removeEventListener("keyup", this.#keyUp, { capture: true });
    this.#host.removeEventListener("input", this.#inserted);
    this.#reader.dispose();
    this.#keys?.dispose();
    this.#terminal.dispose();
  }

  look(scheme: "light" | "dark"): void {
    this.#terminal.options.theme = typedTheme[scheme];
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** The program has begun: whoever is here already says its size. */
  begun(): void {
    if (this.#here) this.#came();
  }

  /** The kernel says what size it has. */
  told(size: TerminalSize): void {
    this.#claim.told(size);
  }

  #listen(): void {
    const bytes = new TextEncoder();
    this.#terminal.onData((text) => this.#type(bytes.encode(text)));
    // Reports of the mouse in the old form: each character stands for a byte.
    this.#terminal.onBinary((text) => this.#type(Uint8Array.from(text, (character) => character.charCodeAt(0))));
    this.#terminal.attachCustomKeyEventHandler((event) => this.#key(event));
    this.#host.addEventListener("focusin", this.#came);
    this.#host.addEventListener("keydown", this.#keyDown, { capture: true });
    this.#host.addEventListener("keyup", this.#keyUp, { capture: true });
    this.#host.addEventListener("input", this.#inserted);
  }

  readonly #keyDown = (): void => {
    this.#keyHeld = true;
  };

  readonly #keyUp = (): void => {
    this.#keyHeld = false;
  };

  /** Text without a key, as from a list of emoji or spoken: in its screen reader mode the terminal leaves it out. */
  readonly #inserted = (event: Event): void => {
    if (!(event instanceof InputEvent) || event.inputType !== "insertText" || event.isComposing) return;
    if (event.data !== null && !this.#keyHeld) this.#type(new TextEncoder().encode(event.data));
  };

  get #here(): boolean {
    return document.hasFocus() && this.#host.contains(document.activeElement);
  }

  #type(data: Uint8Array): void {
    const drawnAgain = this.#drawnBytes < this.#opened.writtenBytes;
    if (!this.#here || drawnAgain || this.#over) return;
    if (!this.#claim.mine) this.#came();
    this.#keys?.type(data);
  }

  /** Whether the terminal takes a key; the others are the page's and the browser's. */
  #key(event: KeyboardEvent): boolean {
    if (event.key === "Tab" && (this.#tabMoves || this.#over)) return false;
    if (!event.ctrlKey || event.altKey || event.metaKey) return true;
    if (event.key.toLowerCase() === "m" && !event.shiftKey) {
      event.preventDefault();
      if (event.type === "keydown") this.turnTab(!this.#tabMoves);
      return false;
    }
    if (event.key.toLowerCase() === "c" && event.shiftKey) {
      event.preventDefault();
      if (event.type === "keydown") this.#copy();
      return false;
    }
    return true;
  }

  /** Whether Tab moves the focus. */
  turnTab(moves: boolean): void {
    this.#tabMoves = moves;
    this.#events.tabMoves(moves);
  }

  #copy(): void {
    const text = this.#terminal.getSelection();
    if (text === "") return;
    navigator.clipboard.writeText(text).catch(() => {
      this.#events.fault(
        new Fault("unsupported", "the browser lets this page copy nothing", { hint: "Use its menu, or Ctrl+Insert." }),
      );
    });
  }

  get #room(): TerminalSize | undefined {
    if (this.#host.clientWidth < 40 || this.#host.clientHeight < 20) return undefined;
    const room = this.#fit.proposeDimensions();
    if (room === undefined || Number.isNaN(room.rows) || Number.isNaN(room.cols)) return undefined;
    return { rows: room.rows, columns: room.cols };
  }

  readonly #came = (): void => {
    const room = this.#room;
    if (room !== undefined && !this.#over) this.#claim.claim(room);
  };

  #moved(): void {
    const room = this.#room;
    if (room !== undefined && !this.#over) this.#claim.moved(room);
  }

  #draw(size: TerminalSize): void {
    this.#terminal.resize(size.columns, size.rows);
    this.#events.size(size);
  }

  #ask(size: TerminalSize): void {
    const { socket, pid } = this.#opened;
    if (!socket.connected) {
      queueMicrotask(() => this.#claim.refused());
      return;
    }
    socket.emit("terminal_resize", { pid, size }, (answer) => {
      if (!("fault" in answer)) return;
      this.#claim.refused();
      if (answer.fault.code === "denied") this.#events.fault(Fault.fromBody(answer.fault));
    });
  }

  #sink() {
    const sink = new TerminalSink(this.#terminal, this.#events.fault);
    return {
      write: (stream: OutputStream, data: Uint8Array, taken: () => void): void => {
        sink.write(stream, data, () => {
          this.#drawnBytes += data.length;
          taken();
        });
      },
      gap: (droppedBytes: number): void => {
        this.#drawnBytes += droppedBytes;
        sink.gap(droppedBytes);
      },
      end: (outcome: Outcome): void => {
        this.#over = true;
        sink.end();
        this.#terminal.options.disableStdin = true;
        this.#terminal.write("\u001B[?25l");
        this.#events.ended(outcome);
      },
      fault: this.#events.fault,
    };
  }
}
