import { EventEmitter } from "node:events";
import type { Control, Pid, RuntimeName, Status } from "../abi/index.ts";
import type { EngineFacts } from "../docker/engine.ts";
import type { EngineMonitor } from "../docker/engine-monitor.ts";
import type { AuditLog } from "../journal/audit-log.ts";
import type { ProcessTable } from "../process/process-table.ts";
import type { Pool } from "../lifecycle/pool.ts";
import type { PolicyLink } from "../service/policy-link.ts";
import type { ServiceSupervisor } from "../service/supervisor.ts";
import type { Handlers } from "./handler.ts";
import type { Members } from "./members.ts";
import type { SessionRecord } from "./principal.ts";
import type { Runtimes } from "./runtimes.ts";
import { watch, type WatchOptions } from "./watch.ts";

/** The syscalls about the system itself: status, runtimes, the audit log, the watch. */

type SystemCalls =
  "status" | "runtime_list" | "image_build" | "audit_list" | "audit_verify" | "watch" | "gateway_ready";

export interface SystemState {
  identity: Pick<Status, "instance" | "version" | "generation" | "startedAt">;
  facts: EngineFacts;
  controls: readonly Control[];
  monitor: EngineMonitor;
  table: ProcessTable;
  policy: PolicyLink;
  pool: Pool;
  services: readonly { pid: Pid; supervisor: ServiceSupervisor }[];
}

/** Whether services and engine are up, as one status; tells whoever listens when it changes. */
export class SystemStatus extends EventEmitter<{ changed: [] }> {
  readonly #state: SystemState;
  #gatewayUrl: string | undefined;

  constructor(state: SystemState) {
    super();
    this.setMaxListeners(0);
    this.#state = state;
    state.monitor.on("changed", () => this.emit("changed"));
    for (const { supervisor } of state.services) {
      supervisor.on("up", () => this.emit("changed"));
      supervisor.on("ready", () => this.emit("changed"));
      supervisor.on("down", () => {
        if (supervisor.name === "gateway") this.#gatewayUrl = undefined;
        this.emit("changed");
      });
    }
  }

  gatewayReady(url: string): void {
    this.#gatewayUrl = url;
    this.emit("changed");
  }

  get gatewayUrl(): string | undefined {
    return this.#gatewayUrl;
  }

  now(): Status {
    const { identity, facts, controls, monitor, table, policy, services, pool } = this.#state;
    return {
      ...identity,
      engine: { state: monitor.up ? "up" : "down", version: facts.version, apiVersion: facts.apiVersion },
      services: services.map(({ pid, supervisor }) => {
        const ready = { policy: policy.up, gateway: this.#gatewayUrl !== undefined, egress: supervisor.ready }[
          supervisor.name
        ];
        const state = ready ? ("up" as const) : supervisor.running ? ("starting" as const) : ("down" as const);
        return { name: supervisor.name, pid, state, restarts: supervisor.restarts };
      }),
      processes: {
        running: table.running().length,
        total: table.all().filter((entry) => entry.kind === "container").length,
      },
      pool: { ...pool.size, hits: pool.hits, misses: pool.misses },
      machine: { cores: facts.cores, memoryBytes: facts.memoryBytes },
      controls: [...controls],
    };
  }
}

export interface SystemCallOptions {
  status: SystemStatus;
  runtimes: Runtimes;
  audit: AuditLog;
  members: Members;
  /** Faults: `denied` where the caller may not use the runtime. */
  requireSpawn: (caller: SessionRecord, runtime: RuntimeName) => void;
  watching: Pick<WatchOptions, "table" | "lifecycle" | "projects" | "views">;
}

export function systemCalls(options: SystemCallOptions): Handlers<SystemCalls> {
  const { status, runtimes, audit, members, requireSpawn, watching } = options;
  const onStatus = (changed: () => void): (() => void) => {
    status.on("changed", changed);
    return () => status.off("changed", changed);
  };
  return {
    status: async () => status.now(),
    runtime_list: async () => ({ runtimes: runtimes.views() }),
    image_build: async ({ request, caller }) => {
      requireSpawn(caller, request.runtime);
      return runtimes.provide(request.runtime);
    },
    audit_list: async ({ request, caller }) => {
      await members.authorize(caller, "audit_read", null);
      return { rows: audit.rows(request) };
    },
    audit_verify: async ({ caller }) => {
      await members.authorize(caller, "audit_read", null);
      return audit.verify();
    },
    watch: async ({ caller, signal }) => ({
      stream: await watch({ ...watching, status: async () => status.now(), onStatus }, caller, signal),
      endsWithSession: true,
    }),
    gateway_ready: async ({ request }) => {
      status.gatewayReady(request.url);
      return {};
    },
  };
}
