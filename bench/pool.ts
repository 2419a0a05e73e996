import { Agent, request } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { processViewSchema, statusSchema } from "../kernel/abi/index.ts";
import { KernelClient } from "../kernel/client/index.ts";
import type { Instance } from "../tests/setup/instance.ts";
import { engineSocket } from "../tests/setup/engine.ts";
import { Gateway, readOutput } from "./gateway.ts";
import { startCommand } from "./spawn.ts";
import { latencyOf, type Latency, summarize, type Summary } from "./statistics.ts";

/**
 * Spawning where embryos wait: from asking to the program's first byte, one at a time, many at once, and without pause.
 *
 * A shape gets embryos by being used, so each part begins by using it and waits until they are there. What no embryo was
 * there for is counted and not left out.
 */

export interface WarmResult {
  door: string;
  program: string;
  microseconds: Latency;
}

export interface PoolResult {
  warm: WarmResult[];
  /** `docker run` of echo, in the same rounds; none without it. */
  dockerMs: Summary | undefined;
  burst: { size: number; embryos: number; answeredMs: Summary };
  /** Made, started, ended and removed, a second, at the same concurrency. */
  sustained: { concurrency: number; spawns: number; ours: Summary; engine: Summary };
  /** First byte of echo with nothing beside, and with so many background loops. */
  beside: { loops: number; idle: Latency; busy: Latency };
  hits: number;
  misses: number;
}

export interface PoolOptions {
  rounds: number;
  image: string;
  compared: boolean;
  tell: (text: string) => void;
}

const echo = ["echo", "measured"];
const python = ["python3", "-c", "print('measured')"];
const table = ["MEM:64Mi", "PIDS:16"];
const bodyOf = (argv: readonly string[], more: object = {}): object => ({
  project: null,
  runtime: "python",
  argv,
  table,
  ...more,
});

/** One way in: spawns, and resolves at the first byte of stdout with what that took. */
interface Door {
  name: string;
  run(argv: readonly string[]): Promise<number>;
}

const firstByte = async (output: AsyncIterable<Buffer>, from: number): Promise<number> =>
  (await readOutput(output, from)).firstByteMs;

class GatewayDoor extends Gateway implements Door {
  readonly name = "gateway";

  async spawn(argv: readonly string[], more: object = {}): Promise<number> {
    return (await this.post("/processes", bodyOf(argv, more), processViewSchema)).pid;
  }

  async run(argv: readonly string[]): Promise<number> {
    const from = performance.now();
    return firstByte(await this.ask("POST", "/run", bodyOf(argv)), from);
  }
}

class KernelSocket implements Door {
  readonly name = "kernel's socket";
  readonly #client: KernelClient;
  readonly #session: string;

  private constructor(client: KernelClient, session: string) {
    this.#client = client;
    this.#session = session;
  }

  static async open(instance: Instance): Promise<KernelSocket> {
    const client = new KernelClient({ socketPath: join(instance.home, "run", "gateway", "kernel.sock") });
    const credential = { type: "token", secret: instance.token } as const;
    return new KernelSocket(client, (await client.call("session_open", { credential })).handle);
  }

  async run(argv: readonly string[]): Promise<number> {
    const session = { session: this.#session };
    const from = performance.now();
    const request = { project: null, runtime: "python", argv: [...argv], table };
    return firstByte(await this.#client.openStream("run", request, session), from);
  }
}

const status = async (instance: Instance): Promise<z.infer<typeof statusSchema>> =>
  statusSchema.parse(await (await instance.api("/api/v1/status")).json());

/** Uses the shape so often that policy wants this many, and waits until they are there, or no more come. */
async function warm(instance: Instance, gateway: GatewayDoor, count: number): Promise<number> {
  for (let n = 0; n < count; n += 1) await gateway.run(echo);
  let ready = 0;
  for (let quiet = 0; quiet < 20 && ready < count; quiet += 1) {
    await sleep(250);
    const now = (await status(instance)).pool.ready;
    if (now > ready) quiet = 0;
    ready = now;
  }
  return ready;
}

export async function measurePool(instance: Instance, options: PoolOptions): Promise<PoolResult> {
  const { rounds, tell, compared, image } = options;
  using gateway = new GatewayDoor(instance);
  const doors: Door[] = [await KernelSocket.open(instance), gateway];
  const before = (await status(instance)).pool;

  tell("warm spawns: filling the pool");
  await warm(instance, gateway, 6);
  const warmMs = new Map<string, { door: string; program: string; all: number[] }>();
  const docker: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    tell(`warm spawns: round ${round + 1} of ${rounds}`);
    for (const door of doors) {
      for (const [program, argv] of [["echo", echo] as const, ["python3", python] as const]) {
        const key = `${door.name} ${program}`;
        const kept = warmMs.get(key) ?? { door: door.name, program, all: [] };
        kept.all.push(await door.run(argv));
        warmMs.set(key, kept);
        // Long enough for the next embryo: what is measured is a spawn that finds one.
        await sleep(600);
      }
    }
    if (compared && round % 4 === 0) docker.push(await dockerRun(image));
  }

  tell("a burst");
  const size = 20;
  const bursts: number[] = [];
  let embryos = size;
  for (let round = 0; round < Math.max(2, Math.ceil(rounds / 10)); round += 1) {
    embryos = Math.min(embryos, await warm(instance, gateway, size));
    const from = performance.now();
    const pids = await Promise.all(Array.from({ length: size }, () => gateway.spawn(echo)));
    bursts.push(performance.now() - from);
    for (const pid of pids) await firstByte(await gateway.ask("GET", `/processes/${pid}/output?follow=true`), from);
  }

  const concurrency = 4;
  const spawns = rounds >= 20 ? 60 : 24;
  const rates: Record<"ours" | "engine", number[]> = { ours: [], engine: [] };
  for (let round = 0; round < Math.max(2, Math.ceil(rounds / 10)); round += 1) {
    tell(`sustained spawning: round ${round + 1}`);
    rates.ours.push(await perSecond({ concurrency, spawns }, () => ourLife(gateway)));
    rates.engine.push(await perSecond({ concurrency, spawns }, () => engineLife(image)));
  }

  tell("beside background loops");
  const loops = 20;
  await warm(instance, gateway, 6);
  const idle = await several(gateway, rounds);
  const busy: number[] = [];
  const pids = await Promise.all(
    Array.from({ length: loops }, () => gateway.spawn(["sh", "-c", "while :; do :; done"], { class: "background" })),
  );
  try {
    await sleep(3000);
    busy.push(...(await several(gateway, rounds)));
  } finally {
    for (const pid of pids) await gateway.ask("POST", `/processes/${pid}/signal`, { signal: "SIGKILL" });
  }

  const after = (await status(instance)).pool;
  const us = (all: readonly number[]): Latency => latencyOf(all.map((ms) => ms * 1000));
  return {
    warm: [...warmMs.values()].map(({ door, program, all }) => ({ door, program, microseconds: us(all) })),
    dockerMs: docker.length === 0 ? undefined : summarize(docker),
    burst: { size, embryos, answeredMs: summarize(bursts) },
    sustained: { concurrency, spawns, ours: summarize(rates.ours), engine: summarize(rates.engine) },
    beside: { loops, idle: us(idle), busy: us(busy) },
    hits: after.hits - before.hits,
    misses: after.misses - before.misses,
  };
}

async function several(gateway: GatewayDoor, rounds: number): Promise<number[]> {
  const all: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    all.push(await gateway.run(echo));
    await sleep(600);
  }
  return all;
}

async function dockerRun(image: string): Promise<number> {
  const from = performance.now();
  const child = startCommand("docker", ["run", "--rm", "--network", "none", image, ...echo]);
  let first: number | undefined;
  for await (const _chunk of child.stdout ?? []) first ??= performance.now() - from;
  if (first === undefined) throw new Error("docker run printed nothing");
  return first;
}

async function perSecond(how: { concurrency: number; spawns: number }, once: () => Promise<void>): Promise<number> {
  let left = how.spawns;
  const from = performance.now();
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await once();
    }
  };
  await Promise.all(Array.from({ length: how.concurrency }, worker));
  return (how.spawns * 1000) / (performance.now() - from);
}

/** From being asked for to being forgotten. */
async function ourLife(gateway: GatewayDoor): Promise<void> {
  const pid = await gateway.spawn(["true"]);
  await json(await gateway.ask("GET", `/processes/${pid}/wait?timeoutMs=60000`));
  await json(await gateway.ask("DELETE", `/processes/${pid}`));
}

const made = z.object({ Id: z.string() });
const engineAgent = new Agent({ keepAlive: true });

/** The same with the engine alone: create, start, wait, remove, with the limits that the other has. */
async function engineLife(image: string): Promise<void> {
  const limits = { NetworkMode: "none", Memory: 64 << 20, MemorySwap: 64 << 20, PidsLimit: 16, NanoCpus: 1e9 };
  const log = { LogConfig: { Type: "none", Config: {} } };
  const body = { Image: image, Cmd: ["true"], NetworkDisabled: true, HostConfig: { ...limits, ...log } };
  const { Id: id } = made.parse(JSON.parse(await atEngine("POST", "/containers/create", body)));
  await atEngine("POST", `/containers/${id}/start`);
  await atEngine("POST", `/containers/${id}/wait`);
  await atEngine("DELETE", `/containers/${id}?v=1&force=1`);
}

function atEngine(method: string, path: string, body?: object): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { "content-type": "application/json" };
  const asked = request({ socketPath: engineSocket, agent: engineAgent, method, path, headers }, (reply) => {
    let text = "";
    reply.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    reply.once("end", () => {
      if ((reply.statusCode ?? 500) < 400) resolve(text);
      else reject(new Error(`${method} ${path}: ${text}`));
    });
  });
  asked.once("error", reject);
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}
