import { z } from "zod";
import { createDocument } from "zod-openapi";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from "zod-openapi";
import {
  faultSchema,
  faultTable,
  processViewSchema,
  projectViewSchema,
  statusSchema,
} from "../../../kernel/abi/index.ts";
import { apiPrefix, type RouteDoc } from "./route.ts";

/** The OpenAPI document of the routes: made from the same table as the router, and from nothing else. */

const faultReply = z.strictObject({ fault: faultSchema });

/** A status means each fault of the table that has it; 401 and 413 are the gateway's own. */
function errorResponses(open: boolean): ZodOpenApiResponsesObject {
  const codes = new Map<number, string[]>([[413, ["invalid (the body is too large)"]]]);
  if (!open) codes.set(401, ["denied (not signed in)"]);
  for (const [code, { http }] of Object.entries(faultTable)) codes.set(http, [...(codes.get(http) ?? []), code]);
  const sorted = [...codes].toSorted(([left], [right]) => left - right);
  return Object.fromEntries(
    sorted.map(([status, names]) => [
      String(status),
      { description: `Fault: ${names.join(", ")}`, content: { "application/json": { schema: faultReply } } },
    ]),
  );
}

const stream = (mediaType: string) => ({ [mediaType]: { schema: { type: "string", format: "binary" } as const } });

function operationOf(route: RouteDoc): ZodOpenApiOperationObject {
  const { params, query, headers, body, reply } = route;
  const replyContent =
    reply && ("json" in reply ? { "application/json": { schema: reply.json } } : stream(reply.stream));
  const bodyContent = body && ("json" in body ? { "application/json": { schema: body.json } } : stream(body.stream));
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.open === true ? { security: [] } : {}),
    requestParams: {
      ...(params === undefined ? {} : { path: params }),
      ...(query === undefined ? {} : { query }),
      ...(headers === undefined ? {} : { header: headers }),
    },
    ...(bodyContent === undefined ? {} : { requestBody: { required: true, content: bodyContent } }),
    responses: {
      [String(route.status)]: { description: "Done", ...(replyContent === undefined ? {} : { content: replyContent }) },
      ...errorResponses(route.open === true),
    },
  };
}

export function openApiDocument(
  routes: readonly RouteDoc[],
  parts: { url: string; cookieName: string; version: string },
) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = `${apiPrefix}${route.path}`;
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return createDocument({
    openapi: "3.1.0",
    info: { title: "SuperOS", version: parts.version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: parts.url }],
    security: [{ token: [] }, { session: [], csrf: [] }],
    paths,
    components: {
      schemas: { Fault: faultSchema, Process: processViewSchema, Project: projectViewSchema, Status: statusSchema },
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: parts.cookieName },
        csrf: { type: "apiKey", in: "header", name: "x-superos-csrf" },
      },
    },
  });
}
