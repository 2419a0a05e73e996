import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { processViewSchema } from "../kernel/abi/index.ts";
import type { Instance } from "../tests/setup/instance.ts";
import { accepted, outcomeOf, outputOf, spawnBody } from "../tests/system/caller.ts";
import { type Summary, summarize } from "./statistics.ts";

/**
 * How fast bytes go from one process to the next: in a pipeline of two boxes, through a bare FIFO between two processes of
 * the host, and through `docker run | docker run`.
 *
 * The reader times them itself, from its first byte on, so that no start of anything is part of it; the ways take turns. The
 * bare FIFO is the ceiling.
 */

export const pipelineName = "pipeline of two boxes";

export interface PipeResult {
  name: string;
  bytes: number;
  /** Of the rounds' rates; 1 MB is 10^6 bytes. */
  megabytesPerSecond: Summary;
}

export interface PipeOptions {
  rounds: number;
  bytes: number;
  /** The image of both ends in `docker run`; without one that is not measured. */
  image: string | undefined;
  tell: (text: string) => void;
}

const writer = (bytes: number): string[] => ["head", "-c", String(bytes), "/dev/zero"];
/** Says how many bytes came after the first ones, and how many nanoseconds they took. */
const reader = [
  "sh",
  "-c",
  'head -c 1 >/dev/null; from=$(date +%s%N); count=$(wc -c); echo "$count $(($(date +%s%N) - from))"',
];

function rateOf(told: string): number {
  const [bytes, nanoseconds] = z.tuple([z.coerce.number(), z.coerce.number()]).parse(told.trim().split(" "));
  return bytes / 1e6 / (nanoseconds / 1e9);
}

async function inBoxes(instance: Instance, bytes: number): Promise<number> {
  const stages = [writer(bytes), reader].map((argv) => spawnBody({ argv, table: ["MEM:64Mi", "CPU:1"] }));
  const schema = z.strictObject({ processes: z.array(processViewSchema) });
  const { processes } = await accepted(schema, instance.post("/api/v1/pipelines", { stages }));
  const last = processes.at(-1)?.pid ?? 0;
  await outcomeOf(instance, last);
  return rateOf((await outputOf(instance, last)).stdout.toString());
}

async function shell(command: string, programs: readonly string[]): Promise<number> {
  const child = spawn("sh", ["-c", command, "sh", ...programs], { stdio: ["ignore", "pipe", "inherit"] });
  return rateOf(await text(child.stdout));
}

export async function measurePipes(instance: Instance, options: PipeOptions): Promise<PipeResult[]> {
  const { rounds, bytes, image, tell } = options;
  const folder = mkdtempSync(join(instance.home, "pipe-"));
  const fifo = join(folder, "fifo");
  execFileSync("mkfifo", [fifo]);
  const program = reader[2] ?? "";
  const onHost = 'head -c "$1" /dev/zero >"$2" & exec sh -c "$3" <"$2"';
  const inDocker =
    'docker run --rm --network none "$2" head -c "$1" /dev/zero | docker run -i --rm --network none "$2" sh -c "$3"';
  // It would take minutes for as much.
  const fewer = Math.ceil(bytes / 20);
  const ways = [
    { name: pipelineName, bytes, once: () => inBoxes(instance, bytes) },
    { name: "FIFO between two processes", bytes, once: () => shell(onHost, [String(bytes), fifo, program]) },
    ...(image === undefined
      ? []
      : [
          {
            name: "docker run | docker run",
            bytes: fewer,
            once: () => shell(inDocker, [String(fewer), image, program]),
          },
        ]),
  ];
  const rates = ways.map((): number[] => []);
  try {
    for (let round = 0; round < rounds; round += 1) {
      tell(`pipes: round ${round + 1} of ${rounds}`);
      for (const [index, way] of ways.entries()) rates[index]?.push(await way.once());
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return ways.map(({ name, bytes: each }, index) => ({
    name,
    bytes: each,
    megabytesPerSecond: summarize(rates[index] ?? []),
  }));
}
