import type { CapabilityResult } from "./capability.ts";
import type { IpcResult } from "./ipc.ts";
import type { Memory } from "./memory.ts";
import type { NeighbourResult } from "./neighbours.ts";
import type { NetworkResult } from "./network.ts";
import { directions } from "./peer.ts";
import { pipelineName, type PipeResult } from "./pipe.ts";
import type { PoolResult } from "./pool.ts";
import type { RecoveryResult } from "./recovery.ts";
import type { RuntimesResult } from "./runtimes.ts";
import { runtimesTable } from "./runtime-table.ts";
import type { SegmentResult } from "./segment.ts";
import type { SpawnResult } from "./spawn.ts";
import type { Latency } from "./statistics.ts";
import type { SyscallResult } from "./syscall.ts";
import type { TerminalResult } from "./terminal.ts";
import { mebibytes, ms, ratio, table, us } from "./table.ts";
import type { FlowResult } from "./throughput.ts";

/** The results as text for people. Pure. */

/** What is not there was not asked for, or cannot be measured here. */
export interface Results {
  at: string;
  machine: { cores: number; memoryBytes: number; engine: string };
  /** Whether `docker run` was measured beside. */
  compared: boolean;
  spawn?: SpawnResult[];
  pool?: PoolResult;
  throughput?: FlowResult[];
  /** By how much each process grew while a client took nothing of a flood. */
  stalled?: Memory[];
  neighbours?: NeighbourResult[];
  pipes?: PipeResult[];
  segments?: SegmentResult[];
  /** Without `docker run` there is nothing to compare with. */
  ipc?: IpcResult[];
  terminals?: TerminalResult[];
  capabilities?: CapabilityResult[];
  recovery?: RecoveryResult[];
  /** Without `docker run` there is nobody outside, and neither of these is measured. */
  syscalls?: SyscallResult[];
  network?: NetworkResult[];
  runtimes?: RuntimesResult;
  memory: { atRest: Memory[]; afterwards: Memory[] };
}

/** The one that others are compared with. */
export const dockerName = "docker run";

function spawnTable(results: readonly SpawnResult[]): string {
  const docker = results.find(({ name }) => name === dockerName);
  const header = ["", "first byte", "p95", "of docker", "exit", "p95", "of docker"];
  const rows = results.map(({ name, firstByteMs, exitMs }) => [
    name,
    ms(firstByteMs.median),
    ms(firstByteMs.p95),
    ratio(firstByteMs.median, docker?.firstByteMs.median),
    ms(exitMs.median),
    ms(exitMs.p95),
    ratio(exitMs.median, docker?.exitMs.median),
  ]);
  return table([header, ...rows]);
}

function poolTable({ warm, dockerMs, burst, sustained, beside, hits, misses }: PoolResult): string {
  const header = ["", "program", "spawns", "p50", "p99", "docker run takes"];
  const rows = warm.map(({ door, program, microseconds: { requests, p50, p99 } }) => [
    door,
    program,
    String(requests),
    us(p50),
    us(p99),
    program === "echo" && dockerMs !== undefined ? `${((dockerMs.median * 1000) / p50).toFixed(0)} times that` : "-",
  ]);
  const lines = [
    `${burst.size} at once, ${burst.embryos} embryos there: all answered in ${ms(burst.answeredMs.median)} (worst ${ms(burst.answeredMs.p95)})`,
    `without pause, ${sustained.concurrency} at a time: ${sustained.ours.median.toFixed(1)} a second, the bare engine ${sustained.engine.median.toFixed(1)} (${ratio(sustained.ours.median, sustained.engine.median)})`,
    `echo beside ${beside.loops} background loops: p50 ${us(beside.busy.p50)}, with nothing beside ${us(beside.idle.p50)} (${ratio(beside.busy.p50, beside.idle.p50)})`,
    `of all these ${hits} found an embryo and ${misses} did not`,
  ];
  return table([header, ...rows]) + lines.map((line) => `  ${line}\n`).join("");
}

function flowTable(results: readonly FlowResult[]): string {
  const header = ["", "line", "amount", "rounds", "median", "p95", "of docker"];
  const rows = results.map(({ megabytesPerSecondP95: slow, megabytesPerSecond, ...flow }) => {
    const { name, lineBytes, bytes, rounds } = flow;
    const docker = results.find((each) => each.name === dockerName && each.lineBytes === lineBytes);
    return [
      name,
      `${lineBytes} B`,
      mebibytes(bytes),
      String(rounds),
      `${megabytesPerSecond.toFixed(1)} MB/s`,
      `${slow.toFixed(1)} MB/s`,
      docker === undefined ? "-" : `${(megabytesPerSecond / docker.megabytesPerSecond).toFixed(0)} times`,
    ];
  });
  return table([header, ...rows]);
}

function neighbourTable(results: readonly NeighbourResult[]): string {
  const header = ["", "boxes", "step", "p99", "longest", "of quiet", "p99 of quiet"];
  const cells = ({ median, p99, longest }: NeighbourResult["quiet"]): string[] => [us(median), us(p99), us(longest)];
  const [first] = results;
  const quiet = first === undefined ? [] : [["nothing beside", "-", ...cells(first.quiet), "1.00", "1.00"]];
  const rows = results.map(({ name, boxes, beside, quiet: without }) => [
    name,
    String(boxes),
    ...cells(beside),
    ratio(beside.median, without.median),
    ratio(beside.p99, without.p99),
  ]);
  return table([header, ...quiet, ...rows]);
}

function terminalTable(results: readonly TerminalResult[]): string {
  const docker = results.find(({ name }) => name.startsWith(dockerName));
  const rows = results.map(({ name, microseconds: { requests, p50, p99 } }) => [
    name,
    String(requests),
    us(p50),
    us(p99),
    ratio(p50, docker?.microseconds.p50),
  ]);
  return table([["", "keys", "p50", "p99", "p50 of docker"], ...rows]);
}

const megabytes = (rate: number): string => `${rate.toFixed(0)} MB/s`;

function pipeTable(results: readonly PipeResult[]): string {
  const ours = results.find(({ name }) => name === pipelineName);
  const rows = results.map(({ name, bytes, megabytesPerSecond: { median, p5, rounds } }) => [
    name,
    `${(bytes / 1e6).toFixed(0)} MB`,
    String(rounds),
    megabytes(median),
    megabytes(p5),
    ours === undefined ? "-" : (ours.megabytesPerSecond.median / median).toFixed(2),
  ]);
  return table([["", "amount", "rounds", "median", "p5", "the pipeline is"], ...rows]);
}

function segmentTable(results: readonly SegmentResult[]): string {
  const rows = results.map(({ language, name, megabytesPerSecond: { segment, own } }) => [
    `${language}, ${name}`,
    ...[segment.median, segment.p5, own.median, own.p5].map(megabytes),
    ratio(segment.median, own.median),
  ]);
  return table([["", "segment", "p5", "own memory", "p5", "of own"], ...rows]);
}

function ipcTable(results: readonly IpcResult[]): string {
  const header = ["", "a call", "median", "slow end", "at", "p50", "p99"];
  const rows = results.map(({ name, batch, perSecond, rate, microseconds: taken }) => [
    name,
    batch === 1 ? "1" : `up to ${batch}`,
    `${perSecond.median.toFixed(0)}/s`,
    `${perSecond.p5.toFixed(0)}/s`,
    `${rate}/s`,
    ...microseconds(taken),
  ]);
  return table([header, ...rows]);
}

function capabilityTable(results: readonly CapabilityResult[]): string {
  const header = ["", "slots", "table", "p95", "list", "p95", "of list"];
  const rows = results.map(({ shape, act, slots, tableMicroseconds: ours, listMicroseconds: theirs }) => [
    `${shape}: ${act}`,
    String(slots),
    us(ours.median),
    us(ours.p95),
    us(theirs.median),
    us(theirs.p95),
    ratio(ours.median, theirs.median),
  ]);
  return table([header, ...rows]);
}

function recoveryTable(results: readonly RecoveryResult[]): string {
  const rows = results.map(({ killed, milliseconds: { rounds, median, p95 } }) => [
    killed,
    String(rounds),
    ms(median),
    ms(p95),
  ]);
  return table([["", "deaths", "median", "p95"], ...rows]);
}

const microseconds = ({ p50, p99 }: Latency): string[] => [`${p50.toFixed(0)} µs`, `${p99.toFixed(0)} µs`];
const connection = (kept: boolean): string => (kept ? "kept connection" : "new connection each");

function syscallTable(results: readonly SyscallResult[]): string {
  const header = ["", "p50", "p99", "floor p50", "p99", "of floor"];
  const rows = results.map(({ name, kept, microseconds: ours, floorMicroseconds: floor }) => [
    `${name}, ${connection(kept)}`,
    ...microseconds(ours),
    ...microseconds(floor),
    ratio(ours.p50, floor.p50),
  ]);
  return table([header, ...rows]);
}

function rateTable(results: readonly NetworkResult[]): string {
  const header = ["", "median", "p5", "direct", "p5", "of direct"];
  const rows = results.flatMap(({ name, megabytesPerSecond }) =>
    directions.map((direction) => {
      const { through, direct } = megabytesPerSecond[direction];
      const rates = [through.median, through.p5, direct.median, direct.p5].map((rate) => `${rate.toFixed(0)} MB/s`);
      return [`${name}, ${direction}`, ...rates, ratio(through.median, direct.median)];
    }),
  );
  return table([header, ...rows]);
}

function requestTable(results: readonly NetworkResult[]): string {
  const header = ["", "p50", "p99", "direct p50", "p99", "added to p50"];
  const rows = results.flatMap(({ name, kept, fresh }) =>
    [kept, fresh].map((both) => [
      `${name}, ${connection(both === kept)}`,
      ...microseconds(both.through),
      ...microseconds(both.direct),
      `${(both.through.p50 - both.direct.p50).toFixed(0)} µs`,
    ]),
  );
  return table([header, ...rows]);
}

function callTables({ syscalls, network }: Results): string[] {
  const texts =
    syscalls === undefined
      ? []
      : [
          `Syscalls, ${syscalls[0]?.microseconds.requests ?? 0} of each, beside an HTTP server that does nothing:`,
          syscallTable(syscalls),
        ];
  const [first] = network ?? [];
  if (network === undefined || first === undefined) return texts;
  return [
    ...texts,
    `${(first.bytes / 1e6).toFixed(0)} MB through a connection, beside one over a loopback, median of ${first.megabytesPerSecond.upload.direct.rounds} rounds:`,
    rateTable(network),
    `Small requests through a connection, ${first.kept.direct.requests} of each:`,
    requestTable(network),
  ];
}

function memoryTable({ atRest, afterwards }: Results["memory"]): string {
  const rows = atRest.map(({ name, bytes }) => {
    const after = afterwards.find((each) => each.name === name);
    return [name, mebibytes(bytes), after === undefined ? "-" : mebibytes(after.bytes)];
  });
  return table([["", "at rest", "after the load"], ...rows]);
}

const section = <T>(result: T | undefined, text: (result: T) => string[]): string[] =>
  result === undefined ? [] : text(result);

export function formatResults(results: Results): string {
  const { machine, compared, memory } = results;
  return [
    `${machine.cores} cores, ${mebibytes(machine.memoryBytes)} of memory, engine ${machine.engine}\n`,
    ...section(results.spawn, (spawn) => [
      `Spawn of echo, median of ${spawn[0]?.exitMs.rounds ?? 0} rounds that take turns:`,
      spawnTable(spawn),
    ]),
    ...section(results.pool, (pool) => [
      "From asking for a program to its first byte where an embryo waits:",
      poolTable(pool),
    ]),
    ...section(results.throughput, (throughput) => [
      "Short lines to the reader of the command's stdout, the start of the process included:",
      flowTable(throughput),
      ...(compared ? ["  docker run writes less, because it would take minutes for as much.\n"] : []),
    ]),
    ...section(results.stalled, (stalled) => [
      "Most that a client which takes nothing of 500 MiB makes each process grow:",
      table([["", "grown by"], ...stalled.map(({ name, bytes }) => [name, mebibytes(bytes)])]),
    ]),
    ...section(results.neighbours, (neighbours) => [
      "Steps of ten processes that work beside one that fails again and again:",
      neighbourTable(neighbours),
    ]),
    ...section(results.pipes, (pipes) => [
      "Bytes from one process to the next, timed by the one that reads:",
      pipeTable(pipes),
    ]),
    ...section(results.segments, (segments) => [
      `Copies of ${mebibytes(segments[0]?.bytes ?? 0)} in a box, into and out of shared memory and memory of its own:`,
      segmentTable(segments),
    ]),
    ...section(results.ipc, (ipc) => [
      "Messages from one process to the next, and how long each is on its way:",
      ipcTable(ipc),
    ]),
    ...section(results.terminals, (terminals) => [
      "From a key to its echo by a program on a terminal:",
      terminalTable(terminals),
    ]),
    ...section(results.capabilities, (capabilities) => [
      `The table of slots beside a list that is gone through, one act each, median of ${capabilities[0]?.tableMicroseconds.rounds ?? 0} rounds:`,
      capabilityTable(capabilities),
    ]),
    ...section(results.recovery, (recovery) => [
      `From a kill -9 while ${recovery[0]?.processes ?? 0} processes write until every one is listed and every service up:`,
      recoveryTable(recovery),
    ]),
    ...callTables(results),
    ...section(results.runtimes, (runtimes) => [
      `Each runtime's hello to its first byte, median of ${runtimes.measured[0]?.warmMs.rounds ?? 0} rounds that take turns:`,
      runtimesTable(runtimes),
    ]),
    "Resident memory:",
    memoryTable(memory),
    ...(compared ? [] : ["docker run was NOT measured: there is no docker command; see above.\n"]),
  ].join("\n");
}
