import { spawn as spawnChild } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { checkout, type Instance } from "../tests/setup/instance.ts";
import { kill, outcomeOf, outputOf, spawn } from "../tests/system/caller.ts";
import { type Latency, latencyOf, type Summary, summarize } from "./statistics.ts";

/**
 * Messages from one box to another through a queue, beside the same messages through a bare Unix socket between two plain
 * containers, in turns.
 *
 * The programs are the same but for their channel, and time themselves. Through the queue each message is kept on the disk
 * before its sender is told that it is sent, and acknowledged by its receiver; the socket keeps nothing and is the ceiling.
 */

export interface IpcResult {
  name: string;
  /** How many messages go with one call, at most. */
  batch: number;
  /** As fast as they go. */
  perSecond: Summary;
  /** From before it is sent until it is received, with so many messages a second. */
  rate: number;
  microseconds: Latency;
}

export interface IpcOptions {
  rounds: number;
  /** How many messages go through in a round as fast as they can, and as many at the given rate. */
  messages: number;
  /** The image of the plain containers. */
  image: string;
  tell: (text: string) => void;
}

interface Run {
  batch: number;
  count: number;
  /** Messages a second; 0 for as many as go. */
  rate: number;
}

const told = z.strictObject({ seconds: z.number(), microseconds: z.array(z.number()) });
type Told = z.output<typeof told>;
type Role = "send" | "receive";

const program = readFileSync(join(checkout, "bench", "ipc.py"), "utf8");
const argvOf = (role: Role, [way, name]: readonly [way: string, name: string], { count, batch, rate }: Run): string[] =>
  ["python3", "-u", "-c", program, role, way, name].concat([count, batch, rate].map(String));

async function throughQueue(instance: Instance, run: Run): Promise<Told> {
  const name = `bench-${Date.now()}`;
  const start = (role: Role, caps: readonly string[]): Promise<{ pid: number }> =>
    spawn(instance, { argv: argvOf(role, ["queue", name], run), table: [...caps, "MEM:128Mi", "CPU:1"] });
  const both = [`IPC_SEND:${name}`, `IPC_RECV:${name}`];
  const [receiver, sender] = [await start("receive", both), await start("send", both.slice(0, 1))];
  const outcome = await outcomeOf(instance, receiver.pid);
  const { stdout, stderr } = await outputOf(instance, receiver.pid);
  if (outcome.kind !== "code" || outcome.code !== 0) {
    await kill(instance, sender.pid);
    throw new Error(`the receiver failed: ${stderr.toString()}`);
  }
  await outcomeOf(instance, sender.pid);
  return told.parse(JSON.parse(stdout.toString()));
}

async function throughSocket(image: string, folder: string, run: Run): Promise<Told> {
  const name = `/ipc/${Date.now()}.sock`;
  const start = (role: Role) => {
    const options = ["run", "--rm", "--network=none", `--volume=${folder}:/ipc`, image];
    return spawnChild("docker", [...options, ...argvOf(role, ["socket", name], run)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  };
  const [receiver] = [start("receive"), start("send")];
  return told.parse(JSON.parse(await text(receiver.stdout)));
}

/** What it is for: so many messages a second. */
const targetRate = 5000;

export async function measureIpc(instance: Instance, options: IpcOptions): Promise<IpcResult[]> {
  const { rounds, messages, image, tell } = options;
  const folder = mkdtempSync(join(instance.home, "ipc-"));
  chmodSync(folder, 0o777);
  const ways = [
    { name: "queue between two boxes", once: (run: Run) => throughQueue(instance, run) },
    { name: "Unix socket between two containers", once: (run: Run) => throughSocket(image, folder, run) },
  ].flatMap((way) => [
    { ...way, batch: 100, rate: targetRate, count: messages, rates: [] as number[], delays: [] as number[] },
    { ...way, batch: 1, rate: 100, count: Math.ceil(messages / 20), rates: [] as number[], delays: [] as number[] },
  ]);
  try {
    for (let round = -1; round < rounds; round += 1) {
      tell(round < 0 ? "messages: warming up" : `messages: round ${round + 1} of ${rounds}`);
      for (const { once, batch, rate, count, rates, delays } of ways) {
        const fast = await once({ batch, count, rate: 0 });
        const steady = await once({ batch, count: Math.min(count, rate * 4), rate });
        if (round < 0) continue;
        rates.push(count / fast.seconds);
        delays.push(...steady.microseconds);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return ways.map(({ name, batch, rate, rates, delays }) => ({
    name,
    batch,
    rate,
    perSecond: summarize(rates),
    microseconds: latencyOf(delays),
  }));
}
