import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../setup/wait-for.ts";

/**
 * A terminal of this machine with one command in it, as a person has one: script(1) makes it.
 *
 * What the terminal is set to after the command has ended is kept, to see that it was given back as it was.
 */

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

export class PseudoTerminal {
  readonly #child: ChildProcess;
  readonly #dir: string;
  #shown = "";

  private constructor(child: ChildProcess, dir: string) {
    this.#child = child;
    this.#dir = dir;
    child.stdout?.on("data", (data: Buffer) => (this.#shown += data.toString("latin1")));
    child.stdin?.on("error", () => undefined);
  }

  /** Starts a command in a new terminal. */
  static async run(
    argv: readonly string[],
    options: { rows: number; columns: number; env?: Readonly<Record<string, string>> },
  ): Promise<PseudoTerminal> {
    const dir = mkdtempSync(join(tmpdir(), "superos-terminal-"));
    const { rows, columns } = options;
    const script = [
      `stty rows ${rows} cols ${columns}`,
      `stty -a >${dir}/before`,
      `tty >${dir}/name`,
      argv.map(quoted).join(" "),
      "code=$?",
      `stty -a >${dir}/after`,
      "exit $code",
    ].join("; ");
    const child = spawn("script", ["-qefc", script, "/dev/null"], {
      env: { ...process.env, ...options.env, SHELL: "/bin/sh" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const terminal = new PseudoTerminal(child, dir);
    await waitFor("the terminal", () => terminal.#read("name").length > 0);
    return terminal;
  }

  #read(name: string): string {
    try {
      return readFileSync(join(this.#dir, name), "utf8").trim();
    } catch {
      return "";
    }
  }

  get shown(): string {
    return this.#shown;
  }

  type(text: string): void {
    this.#child.stdin?.write(text, "latin1");
  }

  /** Waits until the text is on the terminal that was not there when `after` was. */
  async shows(text: string, after = 0): Promise<void> {
    const waited = waitFor(JSON.stringify(text), () => this.#shown.includes(text, after));
    await waited.catch((error: unknown) => {
      throw new Error(`the terminal shows ${JSON.stringify(this.#shown.slice(-500))}`, { cause: error });
    });
  }

  resize(rows: number, columns: number): void {
    execFileSync("stty", ["-F", this.#read("name"), "rows", String(rows), "cols", String(columns)]);
  }

  /** Whether keys come one by one, as a program asks for that takes them all. */
  get raw(): boolean {
    return execFileSync("stty", ["-a", "-F", this.#read("name")], { encoding: "utf8" }).includes("-icanon");
  }

  /** The exit code of the command, once it has ended. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, "exit");
    return this.#child.exitCode;
  }

  /** Whether the terminal is set as it was before, but for its size. */
  get restored(): boolean {
    const settings = (name: string): string => this.#read(name).replace(/rows \d+; columns \d+;/, "");
    return settings("after") !== "" && settings("after") === settings("before");
  }

  /** Closes the terminal as one closes a window. */
  hangUp(): void {
    this.#child.kill("SIGKILL");
  }

  async remove(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.hangUp();
      await once(this.#child, "exit");
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
