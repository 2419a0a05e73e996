import type { CapabilityTable, ProcessView } from "../abi/index.ts";
import { type ProcessEntry, viewOf } from "../process/process-table.ts";
import { isLive } from "../process/transition.ts";
import type { Authority } from "./authority.ts";
import type { Projects } from "./projects.ts";

/** A process as callers see it: what it holds now, and once it has ended what it was started with. */
export class Views {
  readonly #authority: Authority;
  readonly #projects: Projects;

  constructor(authority: Authority, projects: Projects) {
    this.#authority = authority;
    this.#projects = projects;
  }

  of(entry: ProcessEntry): ProcessView {
    const view = viewOf({ ...entry, table: this.#tableOf(entry) }, (id) => this.#projects.nameOf(id));
    // A session holds the same below several roots.
    return { ...view, table: [...new Set(view.table)] };
  }

  #tableOf(entry: ProcessEntry): CapabilityTable {
    if (!isLive(entry.state)) return entry.table;
    return this.#authority.slots.held(entry.pid).map(({ capability }) => capability);
  }
}
