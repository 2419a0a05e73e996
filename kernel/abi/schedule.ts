import { z } from "zod";
import { millisSchema, pidSchema, projectIdSchema } from "./ids.ts";

/**
 * What the kernel tells policy of the processes, and what policy may say about when they run.
 *
 * The snapshot is all that policy knows: what it says follows from it alone, so that a policy that starts anew goes on
 * where the last one ended. The kernel acts on what it can and ignores what has changed meanwhile.
 */

/** The class of a process: what somebody waits for, and what runs on the side. */
export const processClasses = ["foreground", "background"] as const;
export type ProcessClass = (typeof processClasses)[number];
export const processClassSchema = z.enum(processClasses);

/** In what proportion Linux shares a CPU among processes that all want it: the kernel sets it, and policy reckons with it. */
export const classShares: Readonly<Record<ProcessClass, number>> = { foreground: 10, background: 1 };

/** A process that can be scheduled. Times are those of the kernel's clock. */
export const schedulableSchema = z.strictObject({
  pid: pidSchema,
  user: z.string(),
  project: projectIdSchema.nullable(),
  class: processClassSchema,
  /** `waiting` for room to start; `running`, or `paused` by an earlier decision. */
  phase: z.enum(["waiting", "running", "paused"]),
  /** Since when it is in this phase. */
  since: millisSchema,
  /** Whether it waits in a blocking call or for input and has no use for a CPU. */
  blocked: z.boolean(),
  /** Whether it said `yield` since it last ran. */
  yielded: z.boolean(),
  /** How often it was started or resumed: 0 while it waits, 1 from its start on. */
  turns: z.number().int().nonnegative(),
  /** CPU time that it has used: in all, since it was last started or resumed, and since the last snapshot. */
  cpuMs: z.number().nonnegative(),
  turnCpuMs: z.number().nonnegative(),
  recentCpuMs: z.number().nonnegative(),
  /** How many cores its CPU quota lets it use at most. */
  cores: z.number().positive(),
  /** Its MEM, where it is not its parent's: 0 where the parent gave it of its own. */
  memoryBytes: z.number().nonnegative(),
});
export type Schedulable = z.infer<typeof schedulableSchema>;

/** A shape: what containers have in common that could serve each other's processes. */
export const poolShapeSchema = z.strictObject({
  shape: z.string(),
  memoryBytes: z.number().nonnegative(),
  /** Embryos that are there, and on their way. */
  ready: z.number().int().nonnegative(),
  making: z.number().int().nonnegative(),
  /** Spawns of this shape in the last minute, and when the last was. */
  recentSpawns: z.number().int().nonnegative(),
  lastUsedAt: millisSchema,
});
export type PoolShape = z.infer<typeof poolShapeSchema>;

export const scheduleRequestSchema = z.strictObject({
  at: millisSchema,
  /** How long ago the last snapshot was. */
  sinceMs: z.number().nonnegative(),
  cores: z.number().int().positive(),
  /** CPU time of all cores together that nobody on this machine used since the last snapshot (proc_stat(5)). */
  idleMs: z.number().nonnegative(),
  memory: z.strictObject({
    totalBytes: z.number().nonnegative(),
    /** Promised to processes and embryos. */
    committedBytes: z.number().nonnegative(),
    /** What Linux has left (MemAvailable). */
    availableBytes: z.number().nonnegative(),
  }),
  processes: z.array(schedulableSchema),
  pool: z.array(poolShapeSchema),
});
export type ScheduleRequest = z.infer<typeof scheduleRequestSchema>;

export const scheduleResponseSchema = z.strictObject({
  start: z.array(pidSchema),
  pause: z.array(pidSchema),
  resume: z.array(pidSchema),
  /** Why a process still waits, for people. */
  reasons: z.array(z.strictObject({ pid: pidSchema, reason: z.string() })),
  /** How many embryos of each shape there should be; a shape that is not named should have none. */
  pool: z.array(z.strictObject({ shape: z.string(), count: z.number().int().min(0).max(64) })),
  /** When to ask again if nothing happens before; `null` for only then. */
  againMs: z.number().int().positive().nullable(),
});
export type ScheduleResponse = z.infer<typeof scheduleResponseSchema>;
