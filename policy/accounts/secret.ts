import { createHash, randomBytes, randomInt } from "node:crypto";

/**
 * Secrets and ids of accounts: how they are made and how they are kept.
 *
 * A secret holds 256 random bits and is stored as its SHA-256 alone, which also makes looking it up by its hash safe
 * against timing: no prefix of a secret can be probed.
 */

/** Random bytes and times are handed in, so that tests can know them. */
export interface Sources {
  now: () => number;
  randomBytes: (length: number) => Uint8Array;
  randomInt: (below: number) => number;
}

export const realSources: Sources = { now: Date.now, randomBytes: (length) => randomBytes(length), randomInt };

const idAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

export const makeTokenId = (sources: Sources): string =>
  Array.from({ length: 10 }, () => idAlphabet.charAt(sources.randomInt(idAlphabet.length))).join("");

export const makeCode = (sources: Sources): string => Buffer.from(sources.randomBytes(32)).toString("base64url");

export const makeTokenSecret = (sources: Sources): string => `sos_${makeCode(sources)}`;

export const hashSecret = (secret: string): Uint8Array => createHash("sha256").update(secret).digest();
