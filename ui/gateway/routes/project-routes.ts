import { z } from "zod";
import { engineRuntimeSchema, projectNameSchema } from "../../../kernel/abi/index.ts";
import { callRoute, streamInRoute, streamOutRoute } from "./kernel-route.ts";
import { expectedVersion, folderQuery, pathQuery, preconditions, projectParams } from "./parts.ts";
import type { Route } from "./route.ts";

/** Projects and their files. */

const tar = "application/x-tar";
const bytes = "application/octet-stream";
const content = { path: "/projects/{id}/content", params: projectParams, query: pathQuery } as const;

export const projectRoutes: readonly Route[] = [
  callRoute(
    "project_list",
    { method: "get", path: "/projects", operationId: "listProjects", summary: "All projects.", status: 200 },
    () => ({}),
  ),
  streamInRoute(
    "project_import",
    {
      method: "post",
      path: "/projects",
      operationId: "importProject",
      summary: "Imports a tar archive as a new project.",
      query: z.strictObject({ name: projectNameSchema }),
      body: { stream: tar },
      status: 201,
    },
    ({ query }) => query,
  ),
  streamOutRoute(
    "project_export",
    {
      method: "get",
      path: "/projects/{id}/archive",
      operationId: "exportProject",
      summary: "The project's files as a tar archive.",
      params: projectParams,
      status: 200,
      reply: { stream: tar },
    },
    {
      ask: ({ params }) => ({ project: params.id }),
      headers: () => ({ "Content-Disposition": "attachment" }),
    },
  ),
  callRoute(
    "project_change",
    {
      method: "put",
      path: "/projects/{id}",
      operationId: "changeProject",
      summary: "Sets the engine runtime that the project's containers need from now on; null for none in particular.",
      params: projectParams,
      body: { json: z.strictObject({ engineRuntime: engineRuntimeSchema.nullable() }) },
      status: 200,
    },
    ({ params, body }) => ({ project: params.id, engineRuntime: body.engineRuntime }),
  ),
  callRoute(
    "project_remove",
    {
      method: "delete",
      path: "/projects/{id}",
      operationId: "removeProject",
      summary: "Ends the project's processes and removes its files.",
      params: projectParams,
      status: 204,
    },
    ({ params }) => ({ project: params.id }),
  ),
  callRoute(
    "file_list",
    {
      method: "get",
      path: "/projects/{id}/files",
      operationId: "listFiles",
      summary: "What lies in one directory of the project.",
      params: projectParams,
      query: folderQuery,
      status: 200,
    },
    ({ params, query }) => ({ project: params.id, path: query.path }),
  ),
  streamOutRoute(
    "file_read",
    {
      ...content,
      method: "get",
      operationId: "readFile",
      summary: "A file's bytes; its version is the ETag.",
      status: 200,
      reply: { stream: bytes },
    },
    {
      ask: ({ params, query }) => ({ project: params.id, path: query.path }),
      headers: (reply) => {
        const version = reply.headers["superos-version"];
        const etag = typeof version === "string" ? { ETag: `"${version}"` } : {};
        return { ...etag, "Content-Disposition": "attachment" };
      },
    },
  ),
  streamInRoute(
    "file_write",
    {
      ...content,
      method: "put",
      operationId: "writeFile",
      summary: "Writes a file; with If-Match or If-None-Match only over the version named.",
      headers: preconditions,
      body: { stream: bytes },
      status: 200,
    },
    ({ params, query, headers }) => {
      const version = expectedVersion(headers);
      return { project: params.id, path: query.path, ...(version === undefined ? {} : { version }) };
    },
  ),
  callRoute(
    "file_remove",
    {
      ...content,
      method: "delete",
      operationId: "removeFile",
      summary: "Removes a file, a link or an empty directory.",
      status: 204,
    },
    ({ params, query }) => ({ project: params.id, path: query.path }),
  ),
];
