import { spawnSync } from "node:child_process";
import type { ReadStream, WriteStream } from "node:tty";
import type { TerminalSize } from "../../../kernel/abi/index.ts";

/**
 * The terminal that this command runs in, lent to a program far away.
 *
 * While it is raw each key comes as it is typed, also those that would be signals. However the command ends, it gives
 * the terminal back as it was; after a stop from outside it takes it anew.
 */

const largest = 1000;
const within = (count: number): number => Math.min(Math.max(count, 1), largest);

/** Where nothing tells the size: that of the terminals of old. */
const usualSize: TerminalSize = { rows: 24, columns: 80 };

/** What a program that did not end by itself may have left switched on: another screen, no cursor, reports, colours. */
const leftOn = "\x1b[?1047l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x1b[0m";

/** Whether keys can be typed here. */
export const isTypedHere = (): boolean => process.stdin.isTTY;

/** The size of the terminal that shows this command's output. */
export function sizeHere(): TerminalSize {
  const { stdout } = process;
  if (!stdout.isTTY || stdout.rows === 0) return usualSize;
  return { rows: within(stdout.rows), columns: within(stdout.columns) };
}

export class OwnTerminal implements Disposable {
  readonly #in: ReadStream = process.stdin;
  readonly #out: WriteStream = process.stdout;
  readonly #onTyped: (data: Buffer) => void;
  readonly #onSize: () => void;
  readonly #onGone: () => void;
  readonly #restore = (): void => {
    this.#in.setRawMode(false);
  };
  /** After a stop from outside the shell has set the terminal as it wants it. */
  readonly #takeAgain = (): void => {
    this.#in.setRawMode(false);
    this.#take();
    this.#onSize();
  };

  constructor(on: { typed: (data: Buffer) => void; size: (size: TerminalSize) => void; gone: () => void }) {
    this.#onTyped = on.typed;
    this.#onSize = () => on.size(sizeHere());
    this.#onGone = on.gone;
    process.on("exit", this.#restore);
    process.on("SIGCONT", this.#takeAgain);
    this.#take();
    this.#in.on("data", this.#onTyped).on("end", this.#onGone).on("error", this.#onGone);
    this.#out.on("resize", this.#onSize);
  }

  /** Node's raw mode goes on turning each line's end into two, which moves the cursor of a program that draws. */
  #take(): void {
    this.#in.setRawMode(true);
    spawnSync("stty", ["-opost"], { stdio: ["inherit", "ignore", "ignore"] });
  }

  /** What is typed is held back until `resume`. */
  pause(): void {
    this.#in.pause();
  }

  resume(): void {
    this.#in.resume();
  }

  /** What brings the screen back after a program that could not do so itself; nothing where no terminal shows it. */
  get cleanUp(): string {
    return this.#out.isTTY ? leftOn : "";
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#restore).off("SIGCONT", this.#takeAgain);
    this.#in.off("data", this.#onTyped).off("end", this.#onGone).off("error", this.#onGone);
    this.#out.off("resize", this.#onSize);
    this.#in.pause();
    // One whose window was closed cannot be set any more, and need not be.
    this.#in.on("error", () => undefined);
    this.#restore();
  }
}
