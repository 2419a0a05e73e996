import type { ProcessTable } from "../process/process-table.ts";
import type { Authority } from "./authority.ts";
import type { Handlers } from "./handler.ts";
import { requireVisible } from "./principal.ts";

/** The syscalls about slots: looking at a table, handing a capability on, taking one away. */

type CapabilityCalls = "caps" | "grant" | "revoke" | "drop";

export interface CapabilityCallOptions {
  table: ProcessTable;
  authority: Authority;
}

export function capabilityCalls({ table, authority }: CapabilityCallOptions): Handlers<CapabilityCalls> {
  return {
    caps: async ({ request, caller }) => ({ slots: authority.views(requireVisible(caller, request.pid, table).pid) }),

    grant: async ({ request, caller }) => {
      const { capability, delegable } = request;
      const entry = requireVisible(caller, request.pid, table);
      return { slot: await authority.grant(caller, entry, { capability, delegable }) };
    },

    revoke: async ({ request, caller }) => {
      authority.requireRevocable(caller, requireVisible(caller, request.pid, table), request.slot);
      return request.preview ? authority.preview(request.slot) : authority.revoke(request.slot);
    },

    drop: async ({ request, caller }) => {
      authority.requireDroppable(caller, request.slot);
      await authority.revoke(request.slot);
      return {};
    },
  };
}
