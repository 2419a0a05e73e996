import { processViewSchema } from "../../../kernel/abi/index.ts";
import type { ProcessView } from "../../../kernel/abi/index.ts";

/** A process for tests: a running container, but for what is said. It goes through the door's schema like a real one. */
export const sampleProcess = (said: { pid: number } & Readonly<Record<string, unknown>>): ProcessView =>
  processViewSchema.parse({
    parent: null,
    kind: "container",
    name: "python3",
    project: null,
    runtime: "python",
    image: null,
    argv: ["python3"],
    cwd: null,
    table: [],
    state: { phase: "running", startedAt: 1 },
    createdAt: 1,
    startedBy: null,
    user: null,
    endpoint: null,
    class: "foreground",
    tty: null,
    container: null,
    usage: null,
    output: { stdoutBytes: 0, stderrBytes: 0 },
    ...said,
  });
