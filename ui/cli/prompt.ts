import type { Output } from "./stdio.ts";

/**
 * Asks the person at the terminal. Only where both the question can be read and the answer typed there is one to ask;
 * whatever is not a clear yes is a no.
 */

export interface Prompt {
  /** Whether somebody is there to ask. */
  readonly possible: boolean;
  confirm(question: string): Promise<boolean>;
}

export const isYes = (answer: string): boolean => /^\s*y(es)?\s*$/i.test(answer);

async function readLine(input: NodeJS.ReadStream): Promise<string> {
  let line = "";
  for await (const chunk of input) {
    line += String(chunk);
    if (line.includes("\n")) break;
  }
  return line;
}

export class TerminalPrompt implements Prompt {
  readonly #stderr: Output;

  constructor(stderr: Output) {
    this.#stderr = stderr;
  }

  get possible(): boolean {
    return process.stdin.isTTY && this.#stderr.isTty;
  }

  async confirm(question: string): Promise<boolean> {
    await this.#stderr.write(`${question} [y/N] `);
    const line = await readLine(process.stdin);
    // The end of input (Ctrl-D) leaves the cursor behind the question.
    if (!line.endsWith("\n")) await this.#stderr.write("\n");
    return isYes(line);
  }
}
