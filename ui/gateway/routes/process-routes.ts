import { z } from "zod";
import { processClassSchema, signalSchema, spawnRequestSchema, syscalls } from "../../../kernel/abi/index.ts";
import { callRoute, streamInRoute, streamOutRoute } from "./kernel-route.ts";
import { flag, numberOr, pidParams } from "./parts.ts";
import type { Route } from "./route.ts";

/** Processes, from spawn to reap. */

const one = { params: pidParams, path: "/processes/{pid}" } as const;

export const processRoutes: readonly Route[] = [
  callRoute(
    "spawn",
    {
      method: "post",
      path: "/processes",
      operationId: "spawn",
      summary: "Starts a process with exactly the capabilities that its table names.",
      body: { json: spawnRequestSchema },
      status: 201,
    },
    ({ body }) => body,
  ),
  streamOutRoute(
    "run",
    {
      method: "post",
      path: "/run",
      operationId: "run",
      summary:
        "Starts a process and replies with its output as frames, to its end; its pid is in the header superos-pid.",
      body: { json: spawnRequestSchema },
      status: 200,
      reply: { stream: "application/vnd.superos.frames" },
    },
    {
      ask: ({ body }) => body,
      headers: ({ headers }) => ({ "superos-pid": headers["superos-pid"], "superos-phase": headers["superos-phase"] }),
    },
  ),
  callRoute(
    "pipeline",
    {
      method: "post",
      path: "/pipelines",
      operationId: "spawnPipeline",
      summary: "Starts processes of which each reads what the one before it writes; all or none.",
      body: { json: syscalls.pipeline.request },
      status: 201,
    },
    ({ body }) => body,
  ),
  callRoute(
    "list",
    {
      method: "get",
      path: "/processes",
      operationId: "listProcesses",
      summary: "The processes that run, or all that are not reaped.",
      query: z.strictObject({ all: flag }),
      status: 200,
    },
    ({ query }) => query,
  ),
  callRoute(
    "inspect",
    { ...one, method: "get", operationId: "inspectProcess", summary: "One process.", status: 200 },
    ({ params }) => params,
  ),
  callRoute(
    "reap",
    {
      ...one,
      method: "delete",
      operationId: "reapProcess",
      summary: "Forgets an ended process and its output.",
      status: 200,
    },
    ({ params }) => params,
  ),
  callRoute(
    "signal",
    {
      method: "post",
      path: "/processes/{pid}/signal",
      operationId: "signalProcess",
      summary: "Sends a signal; SIGKILL ends the process and its subtree.",
      params: pidParams,
      body: { json: z.strictObject({ signal: signalSchema }) },
      status: 204,
    },
    ({ params, body }) => ({ pid: params.pid, signal: body.signal }),
  ),
  callRoute(
    "nice",
    {
      method: "put",
      path: "/processes/{pid}/class",
      operationId: "setProcessClass",
      summary: "Says whether somebody waits for the process: its class, foreground or background.",
      params: pidParams,
      body: { json: z.strictObject({ class: processClassSchema }) },
      status: 204,
    },
    ({ params, body }) => ({ ...params, ...body }),
  ),
  callRoute(
    "threads",
    {
      method: "get",
      path: "/processes/{pid}/threads",
      operationId: "listThreads",
      summary: "The threads of a process, as the host sees them.",
      params: pidParams,
      status: 200,
    },
    ({ params }) => params,
  ),
  callRoute(
    "wait",
    {
      method: "get",
      path: "/processes/{pid}/wait",
      operationId: "waitForProcess",
      summary: "The outcome as soon as there is one, or null after the time given.",
      params: pidParams,
      query: z.strictObject({ timeoutMs: numberOr(30_000) }),
      status: 200,
    },
    ({ params, query }) => ({ pid: params.pid, timeoutMs: query.timeoutMs }),
  ),
  streamOutRoute(
    "output",
    {
      method: "get",
      path: "/processes/{pid}/output",
      operationId: "readOutput",
      summary: "Output as frames from the offsets given; with follow to the process's end.",
      params: pidParams,
      query: z.strictObject({ stdout: numberOr(0), stderr: numberOr(0), follow: flag, lossless: flag }),
      status: 200,
      reply: { stream: "application/vnd.superos.frames" },
    },
    { ask: ({ params, query }) => ({ pid: params.pid, ...query }) },
  ),
  streamInRoute(
    "stdin",
    {
      method: "post",
      path: "/processes/{pid}/stdin",
      operationId: "writeStdin",
      summary: "Sends bytes to the program; with end its stdin is closed after them.",
      params: pidParams,
      query: z.strictObject({ end: flag }),
      body: { stream: "application/octet-stream" },
      status: 200,
    },
    ({ params, query }) => ({ pid: params.pid, end: query.end }),
  ),
];
