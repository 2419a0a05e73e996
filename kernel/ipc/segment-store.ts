import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { channelNameSchema, millisSchema, type Pid, pidSchema, projectIdSchema } from "../abi/index.ts";
import { isMounted, makeSegment, removeSegment, segmentFile } from "./segment-files.ts";

/**
 * The segments on this host: for each a directory with its memory and its record.
 *
 * Memory and record outlive the kernel together; a record without memory, or memory without a record, is what a crash cut
 * short, and is taken away. Who may do what with a segment is not known here.
 */

const recordSchema = z.strictObject({
  /** Holds the MEM that pays for it; never given to anything else. */
  id: pidSchema,
  name: channelNameSchema,
  project: projectIdSchema.nullable(),
  /** Whose it is where it belongs to no project. */
  user: z.string().nullable(),
  owner: pidSchema,
  /** Its maker has ended; it goes with the last who has it mapped. */
  orphan: z.boolean(),
  bytes: z.number().int().positive(),
  createdAt: millisSchema,
});
export type SegmentRecord = z.infer<typeof recordSchema>;

const recordFile = (dir: string): string => join(dir, "record.json");

export class SegmentStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  #dirOf(id: Pid): string {
    return join(this.#dir, String(id));
  }

  /** The file of a segment. */
  file(id: Pid): string {
    return segmentFile(this.#dirOf(id));
  }

  /** Makes a segment. Faults: `exhausted`. */
  async make(record: SegmentRecord, group: number | null): Promise<void> {
    const dir = this.#dirOf(record.id);
    await mkdir(dir, { mode: 0o700 });
    try {
      await makeSegment(dir, { bytes: record.bytes, group });
      this.put(record);
    } catch (error) {
      await removeSegment(dir);
      throw error;
    }
  }

  /** Writes a record anew, whole or not at all. */
  put(record: SegmentRecord): void {
    const dir = this.#dirOf(record.id);
    const next = join(dir, "record.new");
    writeFileSync(next, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    renameSync(next, recordFile(dir));
  }

  async remove(id: Pid): Promise<void> {
    const dir = this.#dirOf(id);
    // First, so that nobody takes over what was to go.
    rmSync(recordFile(dir), { force: true });
    await removeSegment(dir);
  }

  /** What an earlier kernel left that is whole. The rest is taken away, and counted. */
  async load(): Promise<{ records: SegmentRecord[]; removed: number }> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const records: SegmentRecord[] = [];
    let removed = 0;
    for (const name of readdirSync(this.#dir)) {
      const dir = join(this.#dir, name);
      const record = recordIn(dir);
      if (record !== undefined && String(record.id) === name && isMounted(dir)) {
        records.push(record);
        continue;
      }
      await removeSegment(dir);
      removed += 1;
    }
    return { records: records.toSorted((a, b) => a.id - b.id), removed };
  }
}

function recordIn(dir: string): SegmentRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(readFileSync(recordFile(dir), "utf8"))).data;
  } catch {
    return undefined;
  }
}
