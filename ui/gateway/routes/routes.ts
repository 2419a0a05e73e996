import { capabilityRoutes } from "./capability-routes.ts";
import { channelRoutes } from "./channel-routes.ts";
import { instanceRoutes } from "./instance-routes.ts";
import { peopleRoutes } from "./people-routes.ts";
import { processRoutes } from "./process-routes.ts";
import { projectRoutes } from "./project-routes.ts";
import { planRoutes } from "../plan/plan-routes.ts";
import { diagnosticRoutes } from "../diagnostics/diagnostic-routes.ts";
import { terminalRoutes } from "../terminal/terminal-routes.ts";
import type { Route } from "./route.ts";
import { sessionRoutes } from "./session-routes.ts";

/** The whole table: the router and the OpenAPI document are both made from it. */
export const routes: readonly Route[] = [
  ...sessionRoutes,
  ...instanceRoutes,
  ...peopleRoutes,
  ...projectRoutes,
  ...planRoutes,
  ...processRoutes,
  ...diagnosticRoutes,
  ...terminalRoutes,
  ...capabilityRoutes,
  ...channelRoutes,
];
