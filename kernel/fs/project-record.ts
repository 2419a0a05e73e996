import { z } from "zod";
import {
  engineRuntimeSchema,
  Fault,
  millisSchema,
  parseAtDoor,
  projectIdSchema,
  projectNameSchema,
} from "../abi/index.ts";
import type { ProjectId } from "../abi/index.ts";

/** What `project.json` holds: the authoritative record of one project, beside its files. */

const highestUid = 4_294_967_294;

export const projectRecordSchema = z.strictObject({
  id: projectIdSchema,
  name: projectNameSchema,
  /** The user that the project's programs run as, its own and never 0. */
  uid: z.number().int().positive().max(highestUid),
  createdAt: millisSchema,
  /** The engine runtime that its containers need; `null` for none in particular. */
  engineRuntime: engineRuntimeSchema.nullable().default(null),
});
export type ProjectRecord = Readonly<z.infer<typeof projectRecordSchema>>;

/** Parses the text of a record. Faults: `invalid`. */
export function parseProjectRecord(text: string): ProjectRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Fault("invalid", "project.json is not JSON", { cause: error });
  }
  return parseAtDoor(projectRecordSchema, value, "project.json");
}

const idBytes = 10;
const idAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** A new id: five random bits to each character. */
export function newProjectId(random: (bytes: number) => Uint8Array): ProjectId {
  const text = Array.from(random(idBytes), (byte) => idAlphabet.charAt(byte & 31)).join("");
  return projectIdSchema.parse(text);
}
