import { diagnosticsSchema } from "../../diagnostics/index.ts";
import { workRoute } from "../routes/kernel-route.ts";
import { pidParams } from "../routes/parts.ts";
import type { Route } from "../routes/route.ts";

/** What is wrong, as data. */
export const diagnosticRoutes: readonly Route[] = [
  workRoute(
    {
      method: "get",
      path: "/processes/{pid}/diagnostics",
      operationId: "readDiagnostics",
      summary:
        "What compilers and interpreters complain about in a process's output: file, line, column, message, kind.",
      params: pidParams,
      status: 200,
      reply: { json: diagnosticsSchema },
    },
    ({ params }, { services, ...asking }) => services.diagnostics.read(params.pid, asking),
  ),
];
