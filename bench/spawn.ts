import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { processViewSchema } from "../kernel/abi/index.ts";
import { Gateway, readOutput } from "./gateway.ts";
import { type Summary, summarize } from "./statistics.ts";

/**
 * From asking for `echo` to its first byte, and to its known end, in each of several ways.
 *
 * The ways take turns within each round and each round starts with another one, so that whatever else the machine does
 * falls on all of them. Every time is checked to be that of a program that really ran: it must print what was asked.
 */

const warmUps = 2;
const word = "measured";

export interface Timing {
  firstByteMs: number;
  exitMs: number;
}

/** One way to run `echo`. */
export interface Way {
  name: string;
  run(): Promise<Timing>;
}

export interface SpawnResult {
  name: string;
  firstByteMs: Summary;
  exitMs: Summary;
}

/** A command line that runs `echo` as its argument says. */
export function commandWay(name: string, start: (argv: readonly string[]) => ChildProcess): Way {
  const run = async (): Promise<Timing> => {
    const from = performance.now();
    const child = start(["echo", word]);
    const closed = once(child, "close");
    let firstByteMs: number | undefined;
    let printed = "";
    child.stdout?.on("data", (part: Buffer) => {
      firstByteMs ??= performance.now() - from;
      printed += part.toString("utf8");
    });
    await closed;
    return requireEcho(name, printed, { firstByteMs, exitMs: performance.now() - from });
  };
  return { name, run };
}

function requireEcho(
  name: string,
  printed: string,
  timing: { firstByteMs: number | undefined; exitMs: number },
): Timing {
  const { firstByteMs, exitMs } = timing;
  if (printed !== `${word}\n` || firstByteMs === undefined)
    throw new Error(`${name} printed ${JSON.stringify(printed)}`);
  return { firstByteMs, exitMs };
}

/** The HTTP API on one kept connection. */
export class ApiWay extends Gateway implements Way {
  readonly name = "superos, HTTP API";

  async run(): Promise<Timing> {
    const body = { project: null, runtime: "python", argv: ["echo", word], table: [], lossless: true };
    const from = performance.now();
    const { pid } = await this.post("/processes", body, processViewSchema);
    const output = await this.ask("GET", `/processes/${pid}/output?follow=true&lossless=true`);
    const { stdout, ...timing } = await readOutput(output, from);
    return requireEcho(this.name, stdout, timing);
  }
}

/** Runs a command with its output to be read and its errors shown. */
export function startCommand(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess {
  return spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"] });
}

export async function measureSpawns(
  ways: readonly Way[],
  rounds: number,
  tell: (text: string) => void,
): Promise<SpawnResult[]> {
  const timings = new Map<Way, Timing[]>(ways.map((way) => [way, []]));
  for (let round = -warmUps; round < rounds; round += 1) {
    tell(round < 0 ? "spawn: warming up" : `spawn: round ${round + 1} of ${rounds}`);
    for (let turn = 0; turn < ways.length; turn += 1) {
      const way = ways[(round + warmUps + turn) % ways.length];
      if (way === undefined) continue;
      const timing = await way.run();
      if (round >= 0) timings.get(way)?.push(timing);
    }
  }
  return [...timings].map(([{ name }, all]) => ({
    name,
    firstByteMs: summarize(all.map((timing) => timing.firstByteMs)),
    exitMs: summarize(all.map((timing) => timing.exitMs)),
  }));
}
