import { z } from "zod";
import { capabilitySchema, portSchema } from "../../../kernel/abi/index.ts";
import { addressRoute, callRoute } from "./kernel-route.ts";
import { flag, pidParams, slotParams } from "./parts.ts";
import type { Route } from "./route.ts";

/** What processes hold, and what becomes reachable by it: their slots, and the previews of their ports. */

const caps = { path: "/processes/{pid}/caps", params: pidParams } as const;

export const capabilityRoutes: readonly Route[] = [
  callRoute(
    "caps",
    { ...caps, method: "get", operationId: "listSlots", summary: "The slots of a process or session.", status: 200 },
    ({ params }) => params,
  ),
  callRoute(
    "grant",
    {
      ...caps,
      method: "post",
      operationId: "grant",
      summary: "Hands a running process a capability that is derived from the session's own.",
      body: { json: z.strictObject({ capability: capabilitySchema, delegable: z.boolean().default(true) }) },
      status: 201,
    },
    ({ params, body }) => ({ pid: params.pid, ...body }),
  ),
  callRoute(
    "revoke",
    {
      method: "delete",
      path: "/processes/{pid}/caps/{slot}",
      operationId: "revoke",
      summary: "Takes a slot away with all that derives from it; with preview only says what that would be.",
      params: slotParams,
      query: z.strictObject({ preview: flag }),
      status: 200,
    },
    ({ params, query }) => ({ ...params, preview: query.preview }),
  ),
  addressRoute(
    "preview_open",
    {
      method: "post",
      path: "/processes/{pid}/preview",
      operationId: "openPreview",
      summary: "An address that opens what the process serves on its port, once and within a minute.",
      params: pidParams,
      body: { json: z.strictObject({ port: portSchema.nullable().default(null) }) },
      status: 201,
      reply: { json: z.strictObject({ url: z.string(), port: portSchema }) },
    },
    {
      ask: ({ params, body }) => ({ pid: params.pid, ...body }),
      answer: (preview, { services, exchange }) => ({
        url: services.entrances.open(preview, services.site.originOf(exchange.request.headers.host)),
        port: preview.port,
      }),
    },
  ),
];
