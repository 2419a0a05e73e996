import { closeSync } from "node:fs";
import { openToWrite } from "./output-end.ts";

/**
 * A program's input after its end, as a FIFO that can be opened again: whoever does reads what is left, and then its end.
 *
 * Who opens a FIFO to read waits for a writer, also where all have gone; a pipe without a name makes nobody wait. Nothing
 * tells of who waits, so a writer comes and goes at once, again and again: soon after the end, when programs begin, then
 * at least every quarter of a second, until nobody has the input open any more. Nobody sees it who reads already.
 */

const shortestMs = 10;
const longestMs = 250;

export class EndedInput implements Disposable {
  readonly #path: string;
  readonly #endedAt = performance.now();
  #next: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#visit();
  }

  #visit(): void {
    try {
      closeSync(openToWrite(this.#path));
    } catch {
      // Nobody has it open.
      return;
    }
    const since = performance.now() - this.#endedAt;
    this.#next = setTimeout(() => this.#visit(), Math.min(longestMs, Math.max(shortestMs, since / 10)));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#next);
  }
}
