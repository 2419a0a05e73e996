import { z } from "zod";
import { tokenNameSchema } from "../../../kernel/abi/index.ts";
import { callRoute } from "./kernel-route.ts";
import { numberOr, runtimeParams, tokenParams, wholeNumber } from "./parts.ts";
import type { Route } from "./route.ts";

/** The instance itself: its status, its runtimes, its audit log and its API tokens. */

export const instanceRoutes: readonly Route[] = [
  callRoute(
    "status",
    { method: "get", path: "/status", operationId: "getStatus", summary: "How the instance is.", status: 200 },
    () => ({}),
  ),
  callRoute(
    "runtime_list",
    { method: "get", path: "/runtimes", operationId: "listRuntimes", summary: "What can be run.", status: 200 },
    () => ({}),
  ),
  callRoute(
    "image_build",
    {
      method: "post",
      path: "/runtimes/{name}/image",
      operationId: "buildImage",
      summary: "Builds a runtime's image where its folder has changed; answers when it is there.",
      params: runtimeParams,
      status: 200,
    },
    ({ params }) => ({ runtime: params.name }),
  ),
  callRoute(
    "audit_list",
    {
      method: "get",
      path: "/audit",
      operationId: "listAudit",
      summary: "The audit log: its rows after one, or the last before one.",
      query: z.strictObject({ after: numberOr(0), before: wholeNumber.optional(), limit: numberOr(1000) }),
      status: 200,
    },
    ({ query }) => query,
  ),
  callRoute(
    "audit_verify",
    {
      method: "get",
      path: "/audit/verify",
      operationId: "verifyAudit",
      summary: "Whether the audit log's hash chain is whole, and the first row that does not fit.",
      status: 200,
    },
    () => ({}),
  ),
  callRoute(
    "token_list",
    { method: "get", path: "/tokens", operationId: "listTokens", summary: "The API tokens.", status: 200 },
    () => ({}),
  ),
  callRoute(
    "token_create",
    {
      method: "post",
      path: "/tokens",
      operationId: "createToken",
      summary: "Makes an API token; its secret is told this once.",
      body: { json: z.strictObject({ name: tokenNameSchema }) },
      status: 201,
    },
    ({ body }) => body,
  ),
  callRoute(
    "token_remove",
    {
      method: "delete",
      path: "/tokens/{id}",
      operationId: "removeToken",
      summary: "Removes an API token and ends its sessions.",
      params: tokenParams,
      status: 204,
    },
    ({ params }) => params,
  ),
];
