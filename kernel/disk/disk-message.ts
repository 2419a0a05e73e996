import type { FreezerPath } from "../freezer/freezer.ts";

/** What the kernel and the watchdog's thread say to each other. */

/** Why a writer was ended: its own limit, or the reserve of the file system. */
export type DiskReason = "limit" | "reserve";

export interface WriterOrder {
  /** Host directories that it can write. */
  paths: readonly string[];
  limitBytes: number;
  /** What they held when it began, where that is known from before. */
  baselineBytes?: number;
}

export type DiskOrder =
  | { do: "add"; order: WriterOrder }
  | { do: "begin"; freezer: FreezerPath }
  | { do: "left" }
  | { do: "hold" }
  | { do: "resume" }
  | { do: "remove" };

/** An order about the writer `id`; it is answered under its number. */
export type DiskRequest = DiskOrder & { call: number; id: number };

export type DiskReply =
  /** What the thread has to say first: why it may be late, or `null`. */
  | { type: "priority"; late: string | null }
  | { type: "done"; call: number; value: number }
  | { type: "failed"; call: number; message: string }
  | { type: "exceeded"; id: number; usedBytes: number; reason: DiskReason }
  | { type: "log"; message: string; details: Readonly<Record<string, unknown>> };
