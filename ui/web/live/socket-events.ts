import type { FaultBody, KernelEvent, Outcome, Pid } from "../../../kernel/abi/index.ts";
export interface ServerToClientEvents {
  event: (event: KernelEvent) => void;
  output: (pid: Pid, stream: "stdout" | "stderr", offset: number, data: ArrayBuffer | Uint8Array, ack: () => void) => void;
  output_gap: (pid: Pid, stdout: number, stderr: number) => void;
  output_end: (pid: Pid, outcome: Outcome) => void;
}
export interface ClientToServerEvents {
  output_open: (
    request: { pid: Pid; stdout: number; stderr: number },
    ack: (answer: { ok: true } | { fault: FaultBody }) => void,
  ) => void;
  output_close: (pid: Pid) => void;
}
