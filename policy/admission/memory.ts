import { formatBytes } from "../../kernel/abi/index.ts";

/**
 * The machine's memory, as far as processes may have it.
 *
 * What is promised is what processes may use at most, so that none of those that were started is killed for the others'
 * sake. Beside the promises counts what Linux really has left: other programs use memory, too. What embryos hold is free.
 */

export interface MachineMemory {
  totalBytes: number;
  /** Promised to processes and embryos. */
  committedBytes: number;
  /** Of that, to embryos. */
  pooledBytes: number;
  /** What Linux has left. */
  availableBytes: number;
}

export interface MemoryLimits {
  /** The share of the machine's memory that may be promised, 0 to 1. */
  memoryShare: number;
  /** What is kept of the memory that Linux has left: this share of the machine's, and not more than so many bytes. */
  reserveShare: number;
  reserveBytes: number;
}

export const memoryLimits: MemoryLimits = { memoryShare: 0.9, reserveShare: 0.05, reserveBytes: 512 * 1024 ** 2 };

export const promisableBytes = (totalBytes: number, limits = memoryLimits): number =>
  Math.floor(totalBytes * limits.memoryShare);

/**
 * What one more process may be promised. While nobody else has been promised any, what Linux has left does not count: it
 * would not become more by waiting.
 */
export function freeBytes(memory: MachineMemory, limits = memoryLimits): number {
  const { totalBytes, committedBytes, pooledBytes, availableBytes } = memory;
  const promisedBytes = Math.max(0, committedBytes - pooledBytes);
  const unpromised = promisableBytes(totalBytes, limits) - promisedBytes;
  const reserve = Math.min(limits.reserveBytes, Math.floor(totalBytes * limits.reserveShare));
  return Math.max(0, promisedBytes === 0 ? unpromised : Math.min(unpromised, availableBytes - reserve));
}

/** Bytes for people: whole mebibytes. */
export const roughly = (bytes: number): string =>
  bytes === 0 ? "none" : formatBytes(Math.max(Math.floor(bytes / 1024 ** 2), 1) * 1024 ** 2);

export const shortOf = (askedBytes: number, free: number): string =>
  `waits for ${roughly(askedBytes)} of memory, ${roughly(free)} is free`;
