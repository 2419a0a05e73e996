import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { runtimeViewSchema, statusSchema } from "../kernel/abi/index.ts";
import { checkout, freePort, Instance } from "../tests/setup/instance.ts";
import { measureCapabilities } from "./capability.ts";
import { measureLiveFlow, measureStalledClient } from "./live-flow.ts";
import { measureIpc } from "./ipc.ts";
import { memoryOf } from "./memory.ts";
import { measureNeighbours } from "./neighbours.ts";
import { measureNetwork } from "./network.ts";
import { dockerName, formatResults, type Results } from "./report.ts";
import { measurePipes } from "./pipe.ts";
import { measureSegments } from "./segment.ts";
import { measurePool } from "./pool.ts";
import { measureRecovery } from "./recovery.ts";
import { ApiWay, commandWay, measureSpawns, startCommand, type Way } from "./spawn.ts";
import { Stage } from "./stage.ts";
import { measureSyscalls } from "./syscall.ts";
import { measureTerminals } from "./terminal.ts";
import { type Flow, measureFlows } from "./throughput.ts";

/**
 * `npm run bench`: SuperOS beside `docker run`, on the same machine, engine and image, in one run.
 *
 * It boots an instance of its own and removes it again. Results go to stdout and, as JSON, to a file; what it is doing
 * goes to stderr. Absolute figures of a shared machine mean little: look at the ratios.
 */

const usage = `usage: npm run bench -- [--quick] [--json FILE]

  --quick      5 rounds instead of 20, and less output
  --json FILE  where the results go as JSON (default: bench/results/DATE.json)
`;

const cliPath = join(checkout, "ui", "cli", "superos.mjs");
const tell = (text: string): void => void process.stderr.write(`==> ${text}\n`);

interface Options {
  quick: boolean;
  json: string;
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: { quick: { type: "boolean" }, json: { type: "string" }, help: { type: "boolean" } },
    });
    if (values.help === true) return undefined;
    const date = new Date().toISOString().replaceAll(":", "-");
    return { quick: values.quick === true, json: values.json ?? join(checkout, "bench", "results", `${date}.json`) };
  } catch (error) {
    process.stderr.write(`superos: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

function dockerWorks(): boolean {
  const asked = spawnSync("docker", ["version", "--format", "{{.Server.Version}}"], { encoding: "utf8" });
  if (asked.status === 0) return true;
  tell(asked.error === undefined ? `docker version: ${asked.stderr.trim()}` : "There is no docker command here.");
  tell(
    "WITHOUT docker run there is nothing to compare with. On Debian: sudo apt-get install docker-cli (or docker.io)",
  );
  return false;
}

async function get<S extends z.ZodType>(instance: Instance, path: string, schema: S): Promise<z.output<S>> {
  return schema.parse(await (await instance.api(`/api/v1${path}`)).json());
}

type Calls = Pick<Results, "syscalls" | "network">;

/** What goes in and out of boxes, beside what does not. */
async function measureCalls(
  instance: Instance,
  options: Options & { image: string; hostPort: number },
): Promise<Calls> {
  const { image, hostPort, quick } = options;
  // In its home, which goes with it however this ends.
  const folder = mkdtempSync(join(instance.home, "bench-"));
  tell("starting boxes and plain containers");
  await using stage = await Stage.set({ instance, image, cli: [process.execPath, cliPath], hostPort, folder });
  const syscalls = await measureSyscalls(stage, { instance, folder, rounds: quick ? 3 : 20, tell });
  const network = await measureNetwork(stage, { rounds: quick ? 3 : 20, bytes: quick ? 100e6 : 250e6, tell });
  return { syscalls, network };
}

async function measure(instance: Instance, options: Options & { hostPort: number }): Promise<Results> {
  const atRest = memoryOf(instance.kernel.pid ?? 0);
  const status = await get(instance, "/status", statusSchema);
  const { runtimes } = await get(instance, "/runtimes", z.object({ runtimes: z.array(runtimeViewSchema) }));
  const image = runtimes.find(({ name }) => name === "python")?.image ?? "";
  const compared = dockerWorks();
  const env = { ...process.env, SUPEROS_HOME: instance.home };

  using api = new ApiWay(instance);
  const ways: Way[] = [
    api,
    commandWay("superos run", (argv) => startCommand(process.execPath, [cliPath, "run", "--", ...argv], env)),
  ];
  const plain = ["run", "--rm", "--network", "none", image];
  if (compared) ways.push(commandWay(dockerName, (argv) => startCommand("docker", [...plain, ...argv])));
  const spawn = await measureSpawns(ways, options.quick ? 5 : 20, tell);

  const pool = await measurePool(instance, { rounds: options.quick ? 6 : 40, image, compared, tell });

  const command = `'${process.execPath}' '${cliPath}' run -- "$@"`;
  const theirs = `docker ${plain.join(" ")} "$@"`;
  const rounds = options.quick ? 2 : 20;
  const flows = ["y", "0123456789abcde"].flatMap((line): Flow[] => {
    const ours: Flow = { name: "superos run", line, bytes: 500 << 20, rounds, command, env };
    const bytes = (line.length + 1) << (options.quick ? 18 : 20);
    return compared ? [ours, { name: dockerName, line, bytes, rounds, command: theirs }] : [ours];
  });
  const live = { rounds, bytes: 500 << 20, tell };
  const throughput = [...(await measureFlows(flows, tell)), ...(await measureLiveFlow(instance, live))];
  tell("a Socket.IO client that takes nothing");
  const stalled = await measureStalledClient(instance, 500 << 20);

  const neighbours = await measureNeighbours(instance, { rounds: options.quick ? 1 : 5, tell });

  const transfers = options.quick ? 3 : 10;
  const pipes = await measurePipes(instance, {
    rounds: transfers,
    bytes: options.quick ? 5e8 : 2e9,
    image: compared ? image : undefined,
    tell,
  });
  const segments = await measureSegments(instance, { rounds: transfers, bytes: 64 << 20, tell });

  const messages = options.quick ? 10_000 : 40_000;
  const ipc = compared ? await measureIpc(instance, { rounds: options.quick ? 1 : 5, messages, image, tell }) : [];

  const cli = [process.execPath, cliPath] as const;
  const terminals = await measureTerminals(instance, { rounds: options.quick ? 2 : 20, image, cli, compared, tell });

  const capabilities = measureCapabilities(options.quick ? 5 : 20, tell);

  const calls = compared ? await measureCalls(instance, { ...options, image }) : { syscalls: [], network: [] };

  const recovery = await measureRecovery({ rounds: options.quick ? 1 : 5, count: 50, tell });

  const { cores, memoryBytes } = status.machine;
  return {
    at: new Date().toISOString(),
    machine: { cores, memoryBytes, engine: status.engine.version },
    compared,
    spawn,
    pool,
    throughput,
    stalled,
    neighbours,
    pipes,
    segments,
    ipc,
    terminals,
    capabilities,
    recovery,
    ...calls,
    memory: { atRest, afterwards: memoryOf(instance.kernel.pid ?? 0) },
  };
}

async function main(options: Options): Promise<number> {
  tell("starting an instance");
  const hostPort = await freePort();
  const instance = await Instance.start({ env: { SUPEROS_NET_PRIVATE: `127.0.0.1:${hostPort}` } });
  const stop = Promise.withResolvers<never>();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => stop.reject(new Error(`ended by ${signal}`)));
  try {
    const results = await Promise.race([measure(instance, { ...options, hostPort }), stop.promise]);
    process.stdout.write(formatResults(results));
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
    tell(`written to ${options.json}`);
    return 0;
  } catch (error) {
    process.stderr.write(
      `superos: the measurement failed: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return 1;
  } finally {
    await instance.remove();
  }
}

const options = readOptions();
if (options === undefined) process.stderr.write(usage);
process.exit(options === undefined ? 2 : await main(options));
