import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectIdSchema } from "../../kernel/abi/index.ts";
import { Accounts } from "./accounts.ts";
import { realSources } from "./secret.ts";

/**
 * Accounts in a folder of their own, for tests: a real file, and a clock that a test sets.
 */

export const sampleSettings = {
  machine: { cores: 2, memoryBytes: 24_000_000_001 },
  privateTargets: ["10.0.0.5:5432"],
  allowedImages: ["debian:12"],
};

export const sampleProjects = {
  first: projectIdSchema.parse("aaaaaaaaaa"),
  second: projectIdSchema.parse("bbbbbbbbbb"),
} as const;

export class SampleAccounts {
  readonly folder = mkdtempSync(join(tmpdir(), "accounts-"));
  readonly path = join(this.folder, "policy.db");
  now = 1_700_000_000_000;
  accounts: Accounts;

  constructor(prepare: (path: string) => void = () => undefined) {
    prepare(this.path);
    this.accounts = this.#open();
  }

  reopen(): void {
    this.accounts.close();
    this.accounts = this.#open();
  }

  /** An account besides the owner's. */
  add(name: string, admin = false): void {
    this.accounts.createUser({ by: "owner", name, admin });
  }

  dispose(): void {
    this.accounts.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #open(): Accounts {
    return new Accounts(this.path, sampleSettings, { ...realSources, now: () => this.now });
  }
}

/** What a piece of work throws, or `undefined`. */
export function refusalOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
