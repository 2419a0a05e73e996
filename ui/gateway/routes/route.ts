import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import type { KernelClient } from "../../../kernel/client/index.ts";
import type { DiagnosticsReader } from "../diagnostics/diagnostics-reader.ts";
import { endWhenRead } from "../http/end-when-read.ts";
import type { Site } from "../http/site.ts";
import type { Entrances } from "../preview/entrances.ts";
import type { AttemptLimit } from "../session/attempt-limit.ts";
import type { Sessions } from "../session/sessions.ts";

/**
 * A route as data: what the router needs to serve it and what the OpenAPI document says of it, from one description,
 * so that the two cannot disagree.
 */

export interface RouteDoc {
  method: "get" | "post" | "put" | "delete";
  /** Below the prefix of the API, with parameters as `{name}`. */
  path: string;
  operationId: string;
  summary: string;
  /** Whether it can be asked without a session. */
  open?: boolean;
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Request headers that mean something to this route; others are let through. */
  headers?: z.ZodObject;
  body?: { json: z.ZodType } | { stream: string };
  status: 200 | 201 | 204;
  reply?: { json: z.ZodType } | { stream: string };
}

/** What every route has at hand. */
export interface Services {
  client: KernelClient;
  sessions: Sessions;
  signInLimit: AttemptLimit;
  site: Site;
  entrances: Entrances;
  diagnostics: DiagnosticsReader;
}

/** One request on its way. `signal` aborts when the client goes before its answer is complete. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  params: unknown;
  query: unknown;
  signal: AbortSignal;
}

export interface Route extends RouteDoc {
  serve: (services: Services, exchange: Exchange) => Promise<void>;
}

export const apiPrefix = "/api/v1";

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  endWhenRead(response, body);
}

export function sendEmpty(response: ServerResponse): void {
  response.statusCode = 204;
  response.end();
}
