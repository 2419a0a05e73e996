import type { Pid, ProjectId, SlotId } from "../../../kernel/abi/index.ts";

/** Addresses of the HTTP interface below its prefix. Every value from outside is percent-encoded. */
const query = (values: Record<string, string | number | boolean>): string =>
  `?${new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)])).toString()}`;

export const paths = {
  session: "/session",
  status: "/status",
  runtimes: "/runtimes",
  image: (runtime: string) => `/runtimes/${encodeURIComponent(runtime)}/image`,
  projects: "/projects",
  importProject: (name: string) => `/projects${query({ name })}`,
  project: (id: ProjectId) => `/projects/${id}`,
  archive: (id: ProjectId) => `/projects/${id}/archive`,
  plan: (id: ProjectId) => `/projects/${id}/plan`,
  files: (id: ProjectId, path: string) => `/projects/${id}/files${query({ path })}`,
  content: (id: ProjectId, path: string) => `/projects/${id}/content${query({ path })}`,
  processes: "/processes",
  process: (pid: Pid) => `/processes/${pid}`,
  signal: (pid: Pid) => `/processes/${pid}/signal`,
  stdin: (pid: Pid, end: boolean) => `/processes/${pid}/stdin${query({ end })}`,
  caps: (pid: Pid) => `/processes/${pid}/caps`,
  slot: (pid: Pid, slot: SlotId, preview: boolean) => `/processes/${pid}/caps/${slot}${query({ preview })}`,
  preview: (pid: Pid) => `/processes/${pid}/preview`,
  class: (pid: Pid) => `/processes/${pid}/class`,
  wait: (pid: Pid) => `/processes/${pid}/wait`,
  /** From the beginning to the end frame, without which it is not known to be all. */
  output: (pid: Pid) => `/processes/${pid}/output${query({ stdout: 0, stderr: 0, follow: true })}`,
  threads: (pid: Pid) => `/processes/${pid}/threads`,
  diagnostics: (pid: Pid) => `/processes/${pid}/diagnostics`,
  queues: (project: ProjectId) => `/queues${query({ project })}`,
  queue: (project: ProjectId, name: string) => `/queues/${encodeURIComponent(name)}${query({ project })}`,
  deadLetters: (project: ProjectId, name: string) => `/queues/${encodeURIComponent(name)}/dead${query({ project })}`,
  events: (project: ProjectId, topics: readonly string[]) => `/events${query({ project, topics: topics.join(",") })}`,
  segments: (project: ProjectId) => `/segments${query({ project })}`,
  segment: (project: ProjectId, name: string) => `/segments/${encodeURIComponent(name)}${query({ project })}`,
  members: (id: ProjectId) => `/projects/${id}/members`,
  member: (id: ProjectId, user: string) => `/projects/${id}/members/${encodeURIComponent(user)}`,
  users: "/users",
  user: (name: string) => `/users/${encodeURIComponent(name)}`,
  userLink: (name: string) => `/users/${encodeURIComponent(name)}/link`,
  audit: (before: number, limit: number) => `/audit${query({ before, limit })}`,
  auditVerify: "/audit/verify",
  tokens: "/tokens",
  token: (id: string) => `/tokens/${encodeURIComponent(id)}`,
};

/** The address that a browser opens to download what `path` names. */
export const downloadHref = (path: string): string => `/api/v1${path}`;
