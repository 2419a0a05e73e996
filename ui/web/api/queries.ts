import { useQuery } from "@tanstack/react-query";
import { statusSchema } from "../../../kernel/abi/index.ts";
import type { Pid, ProjectId } from "../../../kernel/abi/index.ts";
import {
  capsAnswer,
  deadLettersAnswer,
  filesAnswer,
  membersAnswer,
  projectsAnswer,
  queuesAnswer,
  runtimesAnswer,
  segmentsAnswer,
  threadsAnswer,
  tokensAnswer,
  usersAnswer,
} from "./answers.ts";
import { useApi } from "./api-context.tsx";
import { paths } from "./paths.ts";

/** Every read of the HTTP interface, with the key under which its answer is kept. */
export const keys = {
  projects: ["projects"] as const,
  runtimes: ["runtimes"] as const,
  status: ["status"] as const,
  audit: ["audit"] as const,
  tokens: ["tokens"] as const,
  users: ["users"] as const,
  allCaps: ["caps"] as const,
  caps: (pid: Pid) => ["caps", pid] as const,
  allMembers: ["members"] as const,
  members: (project: ProjectId) => ["members", project] as const,
  threads: (pid: Pid) => ["threads", pid] as const,
  allDiagnostics: ["diagnostics"] as const,
  /** What is wrong in a process's output, before and after its end. */
  diagnostics: (pid: number, ended: boolean) => ["diagnostics", pid, ended] as const,
  /** The tables in an ended process's output. */
  results: (pid: Pid) => ["results", pid] as const,
  queues: (project: ProjectId) => ["queues", project] as const,
  deadLetters: (project: ProjectId, queue: string) => ["dead letters", project, queue] as const,
  segments: (project: ProjectId) => ["segments", project] as const,
  files: (project: ProjectId) => ["files", project] as const,
  folder: (project: ProjectId, path: string) => ["files", project, path] as const,
};

export function useProjects() {
  const api = useApi();
  return useQuery({
    queryKey: keys.projects,
    queryFn: async ({ signal }) => (await api.json(projectsAnswer, paths.projects, { signal })).projects,
  });
}

/** What can be run. While an image is waited for they are read again and again: no event tells of its build. */
export function useRuntimes({ watched = false } = {}) {
  const api = useApi();
  return useQuery({
    queryKey: keys.runtimes,
    staleTime: watched ? 0 : 60_000,
    refetchInterval: watched && 1_000,
    queryFn: async ({ signal }) => (await api.json(runtimesAnswer, paths.runtimes, { signal })).runtimes,
  });
}

export function useStatus() {
  const api = useApi();
  return useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => api.json(statusSchema, paths.status, { signal }),
  });
}

export function useTokens() {
  const api = useApi();
  return useQuery({
    queryKey: keys.tokens,
    queryFn: async ({ signal }) => (await api.json(tokensAnswer, paths.tokens, { signal })).tokens,
  });
}

export function useUsers() {
  const api = useApi();
  return useQuery({
    queryKey: keys.users,
    queryFn: async ({ signal }) => (await api.json(usersAnswer, paths.users, { signal })).users,
  });
}

export function useMembers(project: ProjectId) {
  const api = useApi();
  return useQuery({
    queryKey: keys.members(project),
    queryFn: async ({ signal }) => (await api.json(membersAnswer, paths.members(project), { signal })).members,
  });
}

/** The slots of a process. While somebody looks at them they are read again and again: others may change them. */
export function useCaps(pid: Pid, { enabled = true, watched = false } = {}) {
  const api = useApi();
  return useQuery({
    queryKey: keys.caps(pid),
    enabled,
    refetchInterval: watched && 5_000,
    queryFn: async ({ signal }) => (await api.json(capsAnswer, paths.caps(pid), { signal })).slots,
  });
}

/** How often is read again what changes by itself and of which no event tells. */
const watchMs = 2_000;

export function useThreads(pid: Pid) {
  const api = useApi();
  return useQuery({
    queryKey: keys.threads(pid),
    refetchInterval: watchMs,
    queryFn: async ({ signal }) => (await api.json(threadsAnswer, paths.threads(pid), { signal })).threads,
  });
}

export function useQueues(project: ProjectId) {
  const api = useApi();
  return useQuery({
    queryKey: keys.queues(project),
    refetchInterval: watchMs,
    queryFn: async ({ signal }) => (await api.json(queuesAnswer, paths.queues(project), { signal })).queues,
  });
}

export function useDeadLetters(project: ProjectId, queue: string) {
  const api = useApi();
  return useQuery({
    queryKey: keys.deadLetters(project, queue),
    refetchInterval: watchMs,
    queryFn: async ({ signal }) =>
      (await api.json(deadLettersAnswer, paths.deadLetters(project, queue), { signal })).letters,
  });
}

export function useSegments(project: ProjectId) {
  const api = useApi();
  return useQuery({
    queryKey: keys.segments(project),
    refetchInterval: watchMs,
    queryFn: async ({ signal }) => (await api.json(segmentsAnswer, paths.segments(project), { signal })).segments,
  });
}

export function useFolder(project: ProjectId, path: string, enabled = true) {
  const api = useApi();
  return useQuery({
    queryKey: keys.folder(project, path),
    enabled,
    queryFn: ({ signal }) => api.json(filesAnswer, paths.files(project, path), { signal }),
  });
}
