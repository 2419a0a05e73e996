import { z } from "zod";
import { faultCodes } from "./fault.ts";
import { millisSchema, pidSchema, projectIdSchema } from "./ids.ts";
import { processClassSchema } from "./schedule.ts";

/**
 * What a process is, as every door sees it: its state, its outcome, its view.
 *
 * A state is a discriminated union in which each arm holds only what is true then. An outcome is recorded exactly
 * once and never made up: what the kernel does not know, it says as a `fault` of its own.
 */

/** Signals that can be sent, Linux x86-64 and arm64 numbers (signal(7)). */
export const signalNumbers = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGSYS: 31,
} as const;
export type SignalName = keyof typeof signalNumbers;
export const signalNames = Object.keys(signalNumbers) as [SignalName, ...SignalName[]];

/** A signal at the door: `SIGTERM`, `TERM`, `term` or `15`. */
export const signalSchema = z
  .string()
  .max(16)
  .transform((text, context): SignalName => {
    const upper = text.toUpperCase();
    const found = signalNames.find(
      (name) => name === upper || name === `SIG${upper}` || String(signalNumbers[name]) === text,
    );
    if (found !== undefined) return found;
    context.addIssue({ code: "custom", message: `no signal ${JSON.stringify(text)}` });
    return z.NEVER;
  });

/**
 * How a process ended. `signal` is recorded for exit statuses above 128 that name a signal, as the engine and
 * shells report a death by signal; a program that exits with such a status by itself reads the same.
 */
export const outcomeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("code"), code: z.number().int().min(0).max(255) }),
  z.strictObject({ kind: z.literal("signal"), signal: z.enum(signalNames) }),
  z.strictObject({ kind: z.literal("oom") }),
  z.strictObject({ kind: z.literal("timeout"), limitMs: z.number().int().positive() }),
  z.strictObject({ kind: z.literal("quota"), quota: z.string() }),
  z.strictObject({ kind: z.literal("revoked"), capability: z.string() }),
  z.strictObject({ kind: z.literal("killed"), by: pidSchema, signal: z.enum(signalNames) }),
  z.strictObject({ kind: z.literal("fault"), code: z.enum(faultCodes), message: z.string() }),
]);
export type Outcome = z.infer<typeof outcomeSchema>;

/** The exit code that a shell shows for an outcome, as docker and coreutils' timeout do: 124, 125, 137, 128 + n. */
export function exitCodeOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case "code":
      return outcome.code;
    case "signal":
      return 128 + signalNumbers[outcome.signal];
    case "killed":
      return 128 + signalNumbers[outcome.signal];
    case "oom":
    case "quota":
    case "revoked":
      return 137;
    case "timeout":
      return 124;
    case "fault":
      return 125;
    default:
      return outcome satisfies never;
  }
}

/** A short sentence for people. */
export function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "code":
      return `exited with code ${outcome.code}`;
    case "signal":
      return `ended by ${outcome.signal}`;
    case "oom":
      return "out of memory";
    case "timeout":
      return `timed out after ${outcome.limitMs / 1000} s`;
    case "quota":
      return `passed its quota ${outcome.quota}`;
    case "revoked":
      return `lost ${outcome.capability}`;
    case "killed":
      return `killed by process ${outcome.by} with ${outcome.signal}`;
    case "fault":
      return `fault ${outcome.code}: ${outcome.message}`;
    default:
      return outcome satisfies never;
  }
}

/** The life of a process: `embryo -> ready -> running <-> paused -> exiting -> exited -> reaped`. */
export const processStateSchema = z.discriminatedUnion("phase", [
  z.strictObject({ phase: z.literal("embryo"), since: millisSchema }),
  /** It has all that it needs but its turn; `reason` says what it waits for, once policy has said so. */
  z.strictObject({ phase: z.literal("ready"), since: millisSchema, reason: z.string().optional() }),
  z.strictObject({ phase: z.literal("running"), startedAt: millisSchema }),
  z.strictObject({ phase: z.literal("paused"), startedAt: millisSchema, since: millisSchema }),
  z.strictObject({ phase: z.literal("exiting"), startedAt: millisSchema.optional(), since: millisSchema }),
  z.strictObject({
    phase: z.literal("exited"),
    startedAt: millisSchema.optional(),
    endedAt: millisSchema,
    outcome: outcomeSchema,
  }),
  z.strictObject({ phase: z.literal("reaped"), endedAt: millisSchema, outcome: outcomeSchema }),
]);
export type ProcessState = z.infer<typeof processStateSchema>;
export type Phase = ProcessState["phase"];

export const processKinds = ["kernel", "service", "session", "root", "container"] as const;
export type ProcessKind = (typeof processKinds)[number];

const count = z.number().int().nonnegative();

/**
 * Figures of a container, read from its cgroup; the last reading stays after the end. `null` is what this host's cgroups
 * do not tell.
 */
export const usageSchema = z.strictObject({
  cpuMs: z.number().nonnegative(),
  memoryBytes: z.number().nonnegative(),
  memoryPeakBytes: z.number().nonnegative(),
  /** Memory without what was not used for long (inactive file pages). */
  workingSetBytes: z.number().nonnegative().default(0),
  /** Page faults, and those of them that read from disk. */
  pageFaults: count.nullable().default(null),
  majorFaults: count.nullable().default(null),
  /** How often a task was killed for memory. */
  oomKills: count.nullable().default(null),
  /** How often, and for how long, its CPU quota held it back. */
  throttled: count.default(0),
  throttledMs: z.number().nonnegative().default(0),
  at: millisSchema,
});
export type Usage = z.infer<typeof usageSchema>;

/** The size of a terminal in characters. */
export const terminalSizeSchema = z.strictObject({
  rows: z.number().int().min(1).max(1000),
  columns: z.number().int().min(1).max(1000),
});
export type TerminalSize = z.infer<typeof terminalSizeSchema>;

/** A thread of a process, as the host sees it. `tid` is its number inside the container. */
export const threadSchema = z.strictObject({
  tid: z.number().int().positive(),
  /** The process inside the container that it belongs to. */
  process: z.number().int().positive(),
  name: z.string(),
  /** One letter, as in proc_pid_stat(5): R, S, D, T, Z and so on. */
  state: z.string(),
  cpuMs: z.number().nonnegative(),
});
export type Thread = z.infer<typeof threadSchema>;

/** A process as a caller sees it. `table` is canonical text; `container` is the engine's id while there is one. */
export const processViewSchema = z.strictObject({
  pid: pidSchema,
  parent: pidSchema.nullable(),
  kind: z.enum(processKinds),
  name: z.string(),
  project: z.strictObject({ id: projectIdSchema, name: z.string() }).nullable(),
  runtime: z.string().nullable(),
  /** The reference of the image that it is made from where that is no runtime's. */
  image: z.string().nullable(),
  argv: z.array(z.string()),
  cwd: z.string().nullable(),
  table: z.array(z.string()),
  state: processStateSchema,
  createdAt: millisSchema,
  startedBy: pidSchema.nullable(),
  /** The user in whose name it runs; `null` for the system's own. */
  user: z.string().nullable(),
  /** The name under which its NET_BIND is reached by processes of its project. */
  endpoint: z.string().nullable(),
  class: processClassSchema,
  /** The size of its terminal; `null` for a process without one. */
  tty: terminalSizeSchema.nullable(),
  container: z.string().nullable(),
  usage: usageSchema.nullable(),
  output: z.strictObject({ stdoutBytes: z.number().nonnegative(), stderrBytes: z.number().nonnegative() }),
});
export type ProcessView = z.infer<typeof processViewSchema>;
