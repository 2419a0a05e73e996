import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFifos } from "./stdio.ts";
import { Pipe } from "./pipe.ts";

/** As a gate does: it opens its FIFO, says so, and becomes the program when it is told to. */
const gate = (redirection: string, program: string): string[] => [
  "-c",
  `exec ${redirection}; echo open >&2; read -r go <&3; exec sh -c '${program}' 3<&-`,
];

class Gated {
  readonly child: ChildProcess;
  readonly #opened: Promise<unknown>;

  constructor(redirection: string, program: string) {
    this.child = spawn("sh", gate(redirection, program), { stdio: ["ignore", "pipe", "pipe", "pipe"] });
    this.#opened = once(this.child.stderr ?? this.child, "data");
  }

  async opened(): Promise<void> {
    await this.#opened;
  }

  go(): void {
    const [, , , told] = this.child.stdio;
    if (told !== null && told !== undefined && "end" in told) told.end("go\n");
  }
}

describe("a pipe between two processes", () => {
  let dir: string;
  let pipe: Pipe;
  const dirOf = (name: string): string => join(dir, name);

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "superos-pipe-"));
    for (const name of ["a", "b"]) {
      mkdirSync(dirOf(name));
      await makeFifos(dirOf(name));
    }
    pipe = await Pipe.make(join(dir, "pipe"));
    await pipe.place("stdout", dirOf("a"));
    await pipe.place("stdin", dirOf("b"));
  });
  afterEach(() => {
    pipe[Symbol.dispose]();
    rmSync(dir, { recursive: true });
  });

  async function start(first: string, second: string): Promise<{ writer: Gated; reader: Gated }> {
    const writer = new Gated(`>${dirOf("a")}/stdout`, first);
    const reader = new Gated(`<${dirOf("b")}/stdin`, second);
    await Promise.all([writer.opened(), reader.opened()]);
    pipe.opened("stdout");
    expect(pipe.settled).toBe(false);
    pipe.opened("stdin");
    expect(pipe.settled).toBe(true);
    writer.go();
    reader.go();
    return { writer, reader };
  }

  test("what one writes the other reads, and its end is the other's end-of-file", async () => {
    const { reader } = await start("echo through; echo all", "cat; echo end");
    expect(reader.child.stdout === null ? "" : await text(reader.child.stdout)).toBe("through\nall\nend\n");
  });

  test("a writer whose reader has gone gets SIGPIPE", async () => {
    const { writer } = await start("exec yes", "exec head -c 1");
    const [, signal] = await once(writer.child, "exit");
    expect(signal).toBe("SIGPIPE");
  });

  test("neither gate waits for the other to open its end", async () => {
    const reader = new Gated(`<${dirOf("b")}/stdin`, "cat");
    await reader.opened();
    pipe.opened("stdin");
    pipe[Symbol.dispose]();
    // Nobody will ever write: that is an end, too.
    reader.go();
    const [code] = await once(reader.child, "exit");
    expect(code).toBe(0);
  });

  test("once both are open it can be opened by nobody but root", async () => {
    await start("sleep 1", "sleep 1");
    for (const path of [join(dirOf("a"), "stdout"), join(dirOf("b"), "stdin")])
      expect(statSync(path).mode & 0o777).toBe(0);
  });

  test("the kernel's own name of it goes", async () => {
    const { reader } = await start("true", "cat");
    await once(reader.child, "exit");
    expect(existsSync(join(dir, "pipe"))).toBe(false);
    expect(statSync(join(dirOf("a"), "stdout")).ino).toBe(statSync(join(dirOf("b"), "stdin")).ino);
  });
});
