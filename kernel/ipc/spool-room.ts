import { statfs } from "node:fs/promises";

/** What output leaves free of the disk, or a tenth of a small one: more than all processes write between two looks. */
const reserveBytes = 2 * 1024 ** 3;

/** Whether the disk that output lies on is short of room, as of the last look. While it is, no output grows. */
export class SpoolRoom {
  readonly #dir: string;
  #scarce = false;

  constructor(dir: string) {
    this.#dir = dir;
  }

  get scarce(): boolean {
    return this.#scarce;
  }

  async measure(): Promise<void> {
    const { bsize, blocks, bavail } = await statfs(this.#dir);
    this.#scarce = bavail * bsize < Math.min(reserveBytes, (blocks * bsize) / 10);
  }
}
