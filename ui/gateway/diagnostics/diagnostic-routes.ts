import { diagnosticsSchema } from "../../diagnostics/index.ts";
import { composedRoute } from "../routes/composed-route.ts";
import { pidParams } from "../routes/parts.ts";
import type { Route } from "../routes/route.ts";

/** What is wrong, as data. */
export const diagnosticRoutes: readonly Route[] = [
  composedRoute(
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
    ({ params }, kernel) => kernel.diagnostics(params.pid),
  ),
];
