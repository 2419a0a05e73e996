import { type Capability, type CapabilityTable, Fault, type ProjectId } from "../abi/index.ts";
import type { ProcessTable } from "../process/process-table.ts";
import type { Authority } from "./authority.ts";
import type { Handlers } from "./handler.ts";
import type { Principal } from "./principal.ts";
import type { Projects } from "./projects.ts";
import type { Place, Segments } from "./segments.ts";

/** The syscalls about segments. What a caller may map to write, it may make; what it may map, it sees. */

type SegmentCalls = "segment_create" | "segment_remove" | "segment_list";

export interface SegmentCallOptions {
  segments: Segments;
  authority: Authority;
  projects: Projects;
  table: ProcessTable;
  /** Refuses a table that this host cannot make true. */
  requireEnforceable: (table: CapabilityTable) => void;
}

export function segmentCalls(options: SegmentCallOptions): Handlers<SegmentCalls> {
  const { segments, authority, projects, table, requireEnforceable } = options;

  /** Where a request's segments belong: a process's to its own project. Faults: `not_found`, `denied`. */
  function placeOf(caller: Principal, project: ProjectId | null | undefined): Place {
    if (caller.kind === "process") {
      const own = table.get(caller.pid).project;
      if (project !== undefined && project !== own) {
        throw new Fault("denied", "a process's segments belong to its own project", { hint: "Leave the project out." });
      }
      return { project: own, user: own === null ? caller.user : null };
    }
    if (project === undefined || project === null) return { project: null, user: caller.user };
    projects.visible(caller, project);
    return { project, user: null };
  }

  const mapping = (segment: string, mode: "ro" | "rw"): Capability => ({ kind: "SHM_MAP", segment, mode });

  return {
    segment_create: async ({ request, caller }) => {
      const place = placeOf(caller, request.project);
      const right = mapping(request.name, "rw");
      requireEnforceable([right]);
      authority.require(caller, right, projects.rootFor(place.project));
      return segments.create(caller, place, request);
    },

    segment_remove: async ({ request, caller }) => {
      const place = placeOf(caller, request.project);
      authority.require(caller, mapping(request.name, "rw"), projects.rootFor(place.project));
      await segments.remove(caller, place, request.name);
      return {};
    },

    segment_list: async ({ request, caller }) => {
      const everywhere = caller.kind === "session" && request.project === undefined;
      const seen = everywhere ? [null, ...projects.list(caller).map(({ id }) => id)] : [request.project];
      return {
        segments: seen.flatMap((project) => {
          const place = placeOf(caller, project);
          const root = projects.rootFor(place.project);
          return segments
            .list(caller, place)
            .filter(({ name }) => authority.slots.find(caller.pid, mapping(name, "ro"), { root }) !== undefined);
        }),
      };
    },
  };
}
