import type { CapabilityTable, ProcessView } from "../abi/index.ts";
import { type ProcessEntry, viewOf } from "../process/process-table.ts";
import { isLive } from "../process/transition.ts";
import type { Authority } from "./authority.ts";
import type { Projects } from "./projects.ts";

/** How many characters of a command line are told in lists. */
const briefCharacters = 4096;

function beginningOf(argv: string[]): string[] {
  let left = briefCharacters;
  const brief: string[] = [];
  for (const argument of argv) {
    if (left <= 0) return [...brief, "…"];
    brief.push(argument.length > left ? `${argument.slice(0, left)}…` : argument);
    left -= argument.length + 1;
  }
  return brief;
}

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

  /** The same for lists and events: of a long command line its beginning. */
  brief(entry: ProcessEntry): ProcessView {
    const view = this.of(entry);
    return { ...view, argv: beginningOf(view.argv) };
  }

  #tableOf(entry: ProcessEntry): CapabilityTable {
    if (!isLive(entry.state)) return entry.table;
    return this.#authority.slots.held(entry.pid).map(({ capability }) => capability);
  }
}
