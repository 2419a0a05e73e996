import { request, type IncomingHttpHeaders, type RequestOptions } from "node:http";
import { buffer } from "node:stream/consumers";
import { z } from "zod";
import {
  auditRowSchema,
  type AuditRow,
  type FaultBody,
  faultSchema,
  FrameDecoder,
  type Outcome,
  outcomeSchema,
  processViewSchema,
  type ProcessView,
  projectRightsSchema,
  projectViewSchema,
  type ProjectView,
  type SpawnRequest,
  type Status,
  statusSchema,
} from "../../kernel/abi/index.ts";
import type { Instance } from "../setup/instance.ts";

/** What a program does with the HTTP API: each answer is parsed with the schema that the API promises. */

/** Who asks: an instance's own token, or a person's. */
export type Api = Pick<Instance, "api" | "post">;

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Sent extends Pick<RequestOptions, "method"> {
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer;
}

/** A request as it is written here, with no header added but `Host` and `Content-Length`. */
export function send(
  instance: Instance,
  path: string,
  { method = "GET", headers = {}, body }: Sent = {},
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const asked = request(
    { host: "127.0.0.1", port: instance.port, agent: false, method, path, headers: { ...length, ...headers } },
    (reply) => {
      buffer(reply).then(
        (bytes) => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: bytes }),
        reject,
      );
    },
  );
  asked.once("error", reject);
  asked.end(body);
  return promise;
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
export const asJson = { "content-type": "application/json" } as const;

const faultReply = z.strictObject({ fault: faultSchema });

/** The fault of a refusal. Fails where the answer is anything but a fault. */
export async function faultOf(
  answer: Response | Reply | Promise<Response | Reply>,
): Promise<FaultBody & { status: number }> {
  const reply = await answer;
  const text = reply instanceof Response ? await reply.text() : reply.body.toString("utf8");
  const parsed = faultReply.safeParse(jsonOf(text));
  if (!parsed.success) throw new Error(`status ${reply.status} without a fault: ${text.slice(0, 500)}`);
  return { status: reply.status, ...parsed.data.fault };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The body of a success. */
export async function accepted<S extends z.ZodType>(schema: S, answer: Promise<Response>): Promise<z.output<S>> {
  const response = await answer;
  const text = await response.text();
  if (!response.ok) throw new Error(`refused with ${response.status}: ${text.slice(0, 500)}`);
  return schema.parse(jsonOf(text));
}

const json = (body: unknown): RequestInit => ({
  method: "POST",
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});

export const statusOf = (instance: Api): Promise<Status> => accepted(statusSchema, instance.api("/api/v1/status"));

/** How often each service was started again. */
export async function restartsOf(instance: Api): Promise<Record<string, number>> {
  const { services } = await statusOf(instance);
  return Object.fromEntries(services.map(({ name, restarts }) => [name, restarts]));
}

export type Program = Partial<Omit<SpawnRequest, "argv" | "table" | "sealed">> & {
  argv: readonly string[];
  table?: readonly string[];
  sealed?: readonly string[];
};

export const spawnBody = (program: Program): Record<string, unknown> => ({
  project: null,
  runtime: "python",
  table: [],
  ...program,
});

export const spawn = (instance: Api, program: Program): Promise<ProcessView> =>
  accepted(processViewSchema, instance.api("/api/v1/processes", json(spawnBody(program))));

export const python = (script: string): string[] => ["python3", "-u", "-c", script];

/** Runs until somebody ends it. It takes SIGTERM as a death, for its second process does. */
export const sleeper: Program = { argv: ["sleep", "3600"], table: ["MEM:64Mi"] };

export async function outcomeOf(instance: Api, pid: number): Promise<Outcome> {
  const path = `/api/v1/processes/${pid}/wait?timeoutMs=100000`;
  const { outcome } = await accepted(z.strictObject({ outcome: outcomeSchema.nullable() }), instance.api(path));
  if (outcome === null) throw new Error(`process ${pid} has not ended`);
  return outcome;
}

export const inspect = (instance: Api, pid: number): Promise<ProcessView> =>
  accepted(processViewSchema, instance.api(`/api/v1/processes/${pid}`));

export async function processes(instance: Api, all = false): Promise<ProcessView[]> {
  const schema = z.strictObject({ processes: z.array(processViewSchema) });
  return (await accepted(schema, instance.api(`/api/v1/processes?all=${all}`))).processes;
}

export const kill = (instance: Api, pid: number, signal = "SIGKILL"): Promise<Response> =>
  instance.post(`/api/v1/processes/${pid}/signal`, { signal });

/** What a process has written so far, or, with `follow`, until its end. */
export async function outputOf(instance: Api, pid: number, follow = true): Promise<{ stdout: Buffer; stderr: Buffer }> {
  const response = await instance.api(`/api/v1/processes/${pid}/output?follow=${follow}`);
  if (!response.ok) throw new Error(`refused with ${response.status}: ${await response.text()}`);
  const parts: { stdout: Uint8Array[]; stderr: Uint8Array[] } = { stdout: [], stderr: [] };
  for (const frame of new FrameDecoder().push(new Uint8Array(await response.arrayBuffer()))) {
    if (frame.type === "stdout" || frame.type === "stderr") parts[frame.type].push(frame.data);
  }
  return { stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr) };
}

/** Runs a program to its end. */
export async function run(
  instance: Api,
  program: Program,
): Promise<{ pid: number; outcome: Outcome; stdout: string; stderr: string }> {
  const { pid } = await spawn(instance, program);
  const { stdout, stderr } = await outputOf(instance, pid);
  return { pid, outcome: await outcomeOf(instance, pid), stdout: stdout.toString(), stderr: stderr.toString() };
}

export const importRequest = (instance: Api, name: string, archive: Buffer): Promise<Response> =>
  instance.api(`/api/v1/projects?name=${encodeURIComponent(name)}`, {
    method: "POST",
    body: new Uint8Array(archive),
    headers: { "content-type": "application/x-tar" },
  });

export const importProject = (instance: Api, name: string, archive: Buffer): Promise<ProjectView> =>
  accepted(projectViewSchema, importRequest(instance, name, archive));

export async function projects(instance: Api): Promise<ProjectView[]> {
  const schema = z.strictObject({ projects: z.array(projectViewSchema) });
  return (await accepted(schema, instance.api("/api/v1/projects"))).projects;
}

export async function audit(instance: Api): Promise<AuditRow[]> {
  const schema = z.strictObject({ rows: z.array(auditRowSchema) });
  return (await accepted(schema, instance.api("/api/v1/audit?limit=10000"))).rows;
}

export const sessionView = z.strictObject({
  user: z.string(),
  admin: z.boolean(),
  table: z.array(z.string()),
  projects: z.array(projectRightsSchema),
});

export interface Browser {
  cookie: string;
  csrf: string;
}

/** Signs in as a browser does, with an API token. */
export async function signIn(instance: Instance, secret = instance.token): Promise<Browser> {
  const response = await fetch(`${instance.url}/api/v1/session`, json({ token: secret }));
  const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  const schema = sessionView.extend({ csrf: z.string() });
  return { cookie, csrf: (await accepted(schema, Promise.resolve(response))).csrf };
}

const madeToken = z.strictObject({
  token: z.object({ id: z.string(), name: z.string() }),
  secret: z.string(),
});

export const createToken = (instance: Api, name: string): Promise<z.output<typeof madeToken>> =>
  accepted(madeToken, instance.post("/api/v1/tokens", { name }));
