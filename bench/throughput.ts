import { text } from "node:stream/consumers";
import { summarize } from "./statistics.ts";
import { startCommand } from "./spawn.ts";

/**
 * How fast short lines come out of a command, from its start to its end.
 *
 * A counting program reads them, so that neither the terminal nor this process is what is measured, and every byte
 * must have come.
 */

export interface Flow {
  name: string;
  /** What each line holds; a container engine's cost is by the line, not by the byte. */
  line: string;
  bytes: number;
  rounds: number;
  /** The command line as shell text; it is given the program to run as `"$@"`. */
  command: string;
  env?: NodeJS.ProcessEnv;
}

export interface FlowResult {
  name: string;
  lineBytes: number;
  bytes: number;
  rounds: number;
  /** At the median of the rounds' times; 1 MB is 10^6 bytes, and the start of the process is part of the time. */
  megabytesPerSecond: number;
  /** At the time that 95 % of the rounds do not exceed: the slow end. */
  megabytesPerSecondP95: number;
}

async function once(flow: Flow): Promise<number> {
  const program = ["sh", "-c", `yes ${flow.line} | head -c ${flow.bytes}`];
  const from = performance.now();
  const child = startCommand("sh", ["-c", `${flow.command} | wc -c`, "sh", ...program], flow.env);
  if (child.stdout === null) throw new Error("the output is not a pipe");
  const counted = Number(await text(child.stdout));
  const seconds = (performance.now() - from) / 1000;
  if (counted !== flow.bytes) throw new Error(`${flow.name}: ${counted} of ${flow.bytes} bytes came`);
  return seconds;
}

export async function measureFlows(flows: readonly Flow[], tell: (text: string) => void): Promise<FlowResult[]> {
  const seconds = new Map<Flow, number[]>(flows.map((flow) => [flow, []]));
  const most = Math.max(...flows.map((flow) => flow.rounds));
  for (let round = 0; round < most; round += 1) {
    for (const flow of flows.filter((each) => round < each.rounds)) {
      tell(`lines of ${flow.line.length + 1} bytes: ${flow.name}, round ${round + 1} of ${flow.rounds}`);
      seconds.get(flow)?.push(await once(flow));
    }
  }
  return [...seconds].map(([{ name, line, bytes }, all]) => {
    const { rounds, median, p95 } = summarize(all);
    const rate = (time: number): number => bytes / 1e6 / time;
    const lineBytes = line.length + 1;
    return { name, lineBytes, bytes, rounds, megabytesPerSecond: rate(median), megabytesPerSecondP95: rate(p95) };
  });
}
