import { randomBytes } from "node:crypto";
import { Fault, type Handle, handleSchema, type Pid } from "../abi/index.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { Network } from "../net/network.ts";
import type { ProcessTable } from "../process/process-table.ts";
import { isLive } from "../process/transition.ts";
import type { Handlers } from "./handler.ts";
import { requireVisible, seesProcess, type SessionRecord } from "./principal.ts";

/**
 * The syscalls by which the gateway serves a process's port.
 *
 * A preview handle stands for one session's view of one port. It is worth nothing by itself: each connection asks anew
 * whether the session lives and sees the process, and whether the process lives and holds the port.
 */

type PreviewCalls = "preview_open" | "preview_inspect" | "preview_connect";

export interface PreviewCallOptions {
  table: ProcessTable;
  lifecycle: Lifecycle;
  network: Network;
}

interface Preview {
  session: SessionRecord;
  pid: Pid;
  port: number;
}

const previewLimit = 10_000;

export function previewCalls({ table, lifecycle, network }: PreviewCallOptions): Handlers<PreviewCalls> {
  const previews = new Map<Handle, Preview>();
  lifecycle.on("ended", ({ pid }) => {
    for (const [handle, preview] of previews) if (preview.pid === pid) previews.delete(handle);
  });

  /** Faults: `denied` for a handle that leads nowhere, whatever the reason. */
  const live = (handle: Handle): Preview => {
    const preview = previews.get(handle);
    const gone = new Fault("denied", "this preview has ended", { hint: "Open it again from the process." });
    if (preview === undefined) throw gone;
    const { session, pid, port } = preview;
    if (session.ended.signal.aborted) {
      previews.delete(handle);
      throw gone;
    }
    const entry = table.has(pid) ? table.get(pid) : undefined;
    if (entry?.kind !== "container" || !isLive(entry.state) || !seesProcess(session, entry, table)) throw gone;
    if (!network.serves(pid, port)) throw gone;
    return preview;
  };

  return {
    preview_open: async ({ request, caller }) => {
      const { pid, kind, state } = requireVisible(caller, request.pid, table);
      if (kind !== "container" || !isLive(state)) throw new Fault("bad_state", `process ${pid} does not run`);
      const port = network.portOf(pid, request.port);
      const [oldest] = previews.keys();
      if (previews.size >= previewLimit && oldest !== undefined) previews.delete(oldest);
      const handle = handleSchema.parse(randomBytes(32).toString("base64url"));
      previews.set(handle, { session: caller, pid, port });
      return { handle, pid, port };
    },
    preview_inspect: async ({ request }) => {
      const { pid, port } = live(request.handle);
      return { pid, port };
    },
    preview_connect: async ({ request }) => {
      const { session, pid, port } = live(request.handle);
      return {
        connection: await network.preview({ pid, port, session: session.pid }, () => void live(request.handle)),
      };
    },
  };
}
