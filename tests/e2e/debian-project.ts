import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout, finish } from "../setup/instance.ts";

/** The source of a Debian package: a real project of somebody else's, as people import them. */
export class DebianProject implements Disposable {
  readonly folder: string;
  readonly #scratch: string;

  private constructor(scratch: string, folder: string) {
    this.#scratch = scratch;
    this.folder = folder;
  }

  /** Fetches it from the host's own Debian mirror; throws with the reason where that cannot be. */
  static async fetch(name: string): Promise<DebianProject> {
    const scratch = mkdtempSync(join(tmpdir(), "superos-source-"));
    const folder = join(scratch, name);
    const ended = await finish("sh", [join(checkout, "docker", "debian-source.sh"), name, folder]);
    if (ended.code === 0 && existsSync(folder)) return new DebianProject(scratch, folder);
    rmSync(scratch, { recursive: true, force: true });
    throw new Error(`the source of ${name} could not be fetched from Debian's mirror:\n${ended.stderr.trim()}`);
  }

  [Symbol.dispose](): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}
