import { z } from "zod";
import { channelNameSchema, messageBodySchema, queueLimitsSchema, syscalls } from "../../../kernel/abi/index.ts";
import { callRoute, streamOutRoute } from "./kernel-route.ts";
import { channelParams, nameList, ofProject, topicParams } from "./parts.ts";
import type { Route } from "./route.ts";

/**
 * What processes talk through: queues, topics and shared segments of a project, or of the user outside of any.
 *
 * A receive is a POST because it changes the queue; it waits for as long as it is told, and its client's going ends it.
 */

const queue = { path: "/queues/{name}", params: channelParams, query: ofProject } as const;
const { max, waitMs, acknowledge } = syscalls.queue_receive.request.shape;
const { messages } = syscalls.queue_send.request.shape;
const { bytes } = syscalls.segment_create.request.shape;

const queueRoutes: readonly Route[] = [
  callRoute(
    "queue_list",
    {
      method: "get",
      path: "/queues",
      operationId: "listQueues",
      summary: "The queues of which the session holds one end.",
      query: ofProject,
      status: 200,
    },
    ({ query }) => query,
  ),
  callRoute(
    "queue_create",
    {
      method: "post",
      path: "/queues",
      operationId: "createQueue",
      summary: "Makes a queue with the limits given.",
      query: ofProject,
      body: { json: z.strictObject({ name: channelNameSchema, limits: queueLimitsSchema.prefault({}) }) },
      status: 201,
    },
    ({ query, body }) => ({ ...query, ...body }),
  ),
  callRoute(
    "queue_remove",
    {
      ...queue,
      method: "delete",
      operationId: "removeQueue",
      summary: "Ends a queue with what is in it.",
      status: 204,
    },
    ({ params, query }) => ({ ...query, ...params }),
  ),
  callRoute(
    "queue_send",
    {
      ...queue,
      path: "/queues/{name}/messages",
      method: "post",
      operationId: "sendMessages",
      summary: "Sends all of these messages in order, or none.",
      body: { json: z.strictObject({ messages }) },
      status: 200,
    },
    ({ params, query, body }) => ({ ...query, ...params, ...body }),
  ),
  callRoute(
    "queue_receive",
    {
      ...queue,
      path: "/queues/{name}/receive",
      method: "post",
      operationId: "receiveMessages",
      summary: "Acknowledges deliveries, and takes messages, waiting for the first as long as it is told.",
      body: { json: z.strictObject({ max, waitMs, acknowledge }) },
      status: 200,
    },
    ({ params, query, body }) => ({ ...query, ...params, ...body }),
  ),
  callRoute(
    "queue_dead",
    {
      ...queue,
      path: "/queues/{name}/dead",
      method: "get",
      operationId: "listDeadLetters",
      summary: "The last messages that were given up, newest first.",
      status: 200,
    },
    ({ params, query }) => ({ ...query, ...params }),
  ),
];

const topicRoutes: readonly Route[] = [
  callRoute(
    "event_publish",
    {
      method: "post",
      path: "/topics/{topic}/events",
      operationId: "publishEvent",
      summary: "Tells whoever listens to a topic.",
      params: topicParams,
      query: ofProject,
      body: { json: z.strictObject({ data: messageBodySchema }) },
      status: 200,
    },
    ({ params, query, body }) => ({ ...query, ...params, ...body }),
  ),
  streamOutRoute(
    "event_subscribe",
    {
      method: "get",
      path: "/events",
      operationId: "subscribeEvents",
      summary: "What happens on topics, one JSON event a line, for as long as the session may hear it.",
      query: ofProject.extend({ topics: nameList }),
      status: 200,
      reply: { stream: "application/x-ndjson" },
    },
    { ask: ({ query }) => query },
  ),
];

const segmentRoutes: readonly Route[] = [
  callRoute(
    "segment_list",
    {
      method: "get",
      path: "/segments",
      operationId: "listSegments",
      summary: "The segments of shared memory that the session may map.",
      query: ofProject,
      status: 200,
    },
    ({ query }) => query,
  ),
  callRoute(
    "segment_create",
    {
      method: "post",
      path: "/segments",
      operationId: "createSegment",
      summary: "Makes a segment of shared memory, charged to the MEM of the project's root.",
      query: ofProject,
      body: { json: z.strictObject({ name: channelNameSchema, bytes }) },
      status: 201,
    },
    ({ query, body }) => ({ ...query, ...body }),
  ),
  callRoute(
    "segment_remove",
    {
      method: "delete",
      path: "/segments/{name}",
      operationId: "removeSegment",
      summary: "Frees a segment.",
      params: channelParams,
      query: ofProject,
      status: 204,
    },
    ({ params, query }) => ({ ...query, ...params }),
  ),
];

export const channelRoutes: readonly Route[] = [...queueRoutes, ...topicRoutes, ...segmentRoutes];
