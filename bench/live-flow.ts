import { setTimeout as sleep } from "node:timers/promises";
import { type Pid, processViewSchema } from "../kernel/abi/index.ts";
import type { Instance } from "../tests/setup/instance.ts";
import { connected, type LiveClient, liveClient } from "../tests/system/live-client.ts";
import { type Memory, memoryOf } from "./memory.ts";
import { summarize } from "./statistics.ts";
import type { FlowResult } from "./throughput.ts";

/**
 * How fast short lines come to a Socket.IO client, from the request to start the program to the last byte; and what a
 * client that takes nothing costs meanwhile.
 *
 * The client lives in this process, which does nothing else. Every byte must have come.
 */

/** As much as is kept, so that a client slower than the program misses nothing. */
const kept = "OUT:1GiB";
const lines = ["y", "0123456789abcde"] as const;

export interface LiveFlowOptions {
  rounds: number;
  bytes: number;
  tell: (text: string) => void;
}

async function start(instance: Instance, line: string, bytes: number): Promise<Pid> {
  const argv = ["sh", "-c", `yes ${line} | head -c ${bytes}`];
  const reply = await instance.post("/api/v1/processes", { project: null, runtime: "python", argv, table: [kept] });
  if (!reply.ok) throw new Error(`not started: ${await reply.text()}`);
  return processViewSchema.parse(await reply.json()).pid;
}

async function open(instance: Instance): Promise<LiveClient> {
  const client = liveClient(instance, { token: instance.token });
  const answer = await connected(client);
  if (answer !== "connected") throw new Error(`not connected: ${answer}`);
  return client;
}

async function once(instance: Instance, line: string, bytes: number): Promise<number> {
  const client = await open(instance);
  try {
    let came = 0;
    const ended = Promise.withResolvers<void>();
    client.on("output", (...[, , , data, ack]) => {
      came += data.byteLength;
      ack();
    });
    client.on("output_gap", () => ended.reject(new Error("a gap: the client was too slow")));
    client.once("output_end", () => ended.resolve());
    client.once("disconnect", (reason) => ended.reject(new Error(`disconnected: ${reason}`)));
    const from = performance.now();
    const pid = await start(instance, line, bytes);
    await client.emitWithAck("output_open", { pid, stdout: 0, stderr: 0 });
    await ended.promise;
    const seconds = (performance.now() - from) / 1000;
    if (came !== bytes) throw new Error(`a Socket.IO client: ${came} of ${bytes} bytes came`);
    return seconds;
  } finally {
    client.disconnect();
  }
}

export async function measureLiveFlow(
  instance: Instance,
  { rounds, bytes, tell }: LiveFlowOptions,
): Promise<FlowResult[]> {
  const results: FlowResult[] = [];
  for (const line of lines) {
    const seconds: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      tell(`lines of ${line.length + 1} bytes: a Socket.IO client, round ${round} of ${rounds}`);
      seconds.push(await once(instance, line, bytes));
    }
    const { median, p95 } = summarize(seconds);
    results.push({
      name: "Socket.IO client",
      lineBytes: line.length + 1,
      bytes,
      rounds,
      megabytesPerSecond: bytes / 1e6 / median,
      megabytesPerSecondP95: bytes / 1e6 / p95,
    });
  }
  return results;
}

/** By how much each host process grows at most while a client takes nothing of a program's output. */
export async function measureStalledClient(instance: Instance, bytes: number): Promise<Memory[]> {
  const kernel = instance.kernel.pid ?? 0;
  const client = await open(instance);
  try {
    client.on("output", () => undefined);
    const before = memoryOf(kernel);
    const most = new Map(before.map(({ name, bytes: now }) => [name, now]));
    const pid = await start(instance, lines[0], bytes);
    await client.emitWithAck("output_open", { pid, stdout: 0, stderr: 0 });
    for (;;) {
      for (const { name, bytes: now } of memoryOf(kernel)) most.set(name, Math.max(most.get(name) ?? 0, now));
      const view = processViewSchema.parse(await (await instance.api(`/api/v1/processes/${pid}`)).json());
      if (view.state.phase === "exited") break;
      await sleep(100);
    }
    return before.map(({ name, bytes: then }) => ({ name, bytes: (most.get(name) ?? then) - then }));
  } finally {
    client.disconnect();
  }
}
