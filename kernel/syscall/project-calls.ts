import { type Capability, Fault, type ProjectId } from "../abi/index.ts";
import { exportArchive } from "../fs/archive-export.ts";
import { treeDigest } from "../fs/tree-digest.ts";
import type { Owner } from "../fs/directory.ts";
import type { Handlers } from "./handler.ts";
import type { Authority } from "./authority.ts";
import type { Members } from "./members.ts";
import type { SessionRecord } from "./principal.ts";
import type { Projects } from "./projects.ts";
import type { PolicyLink } from "../service/policy-link.ts";

/** The syscalls about projects and their files. Reading a path needs FS_READ that covers it, changing it FS_WRITE. */

type ProjectCalls =
  | "project_import"
  | "project_list"
  | "project_export"
  | "project_change"
  | "project_remove"
  | "file_list"
  | "file_read"
  | "file_write"
  | "file_digest"
  | "file_remove";

const fileLimitBytes = 256 << 20;

export interface ProjectCallOptions {
  projects: Projects;
  authority: Authority;
  members: Members;
  policy: PolicyLink;
  /** The OCI runtimes that are registered with the engine. */
  engineRuntimes: readonly string[];
  /** Who owns a project's files; `null` where the kernel may not give files away. */
  owner: (uid: number) => Owner;
}

/** Faults: `unsupported`, naming the runtimes that there are. */
export function requireEngineRuntime(name: string | null, known: readonly string[]): void {
  if (name === null || known.includes(name)) return;
  throw new Fault("unsupported", `the container engine has no runtime ${JSON.stringify(name)}`, {
    hint: `It has ${known.join(", ")}. Others are registered in its daemon.json.`,
  });
}

export function projectCalls(options: ProjectCallOptions): Handlers<ProjectCalls> {
  const { projects, authority, members, policy, owner } = options;
  const require = (session: SessionRecord, project: ProjectId, wanted: Capability): void => {
    projects.visible(session, project);
    authority.require(session, wanted, projects.rootOf(project));
  };
  return {
    project_import: async ({ request, caller, body }) => {
      await members.authorize(caller, "project_import", null);
      const id = await projects.import(request.name, body);
      await policy.ask("project_created", { user: caller.user, project: id });
      await members.refresh();
      projects.touched(id);
      return projects.view(id);
    },

    project_list: async ({ caller }) => ({
      projects: await Promise.all(projects.list(caller).map(({ id }) => projects.view(id))),
    }),

    project_export: async ({ request, caller }) => {
      require(caller, request.project, { kind: "FS_READ", path: [] });
      return { stream: exportArchive(projects.filesDir(request.project)) };
    },

    project_change: async ({ request, caller }) => {
      projects.visible(caller, request.project);
      await members.authorize(caller, "project_change", request.project);
      requireEngineRuntime(request.engineRuntime, options.engineRuntimes);
      projects.change(request.project, { engineRuntime: request.engineRuntime });
      return projects.view(request.project);
    },

    project_remove: async ({ request, caller }) => {
      require(caller, request.project, { kind: "FS_WRITE", path: [] });
      authority.require(caller, { kind: "PROC_SIGNAL" }, projects.rootOf(request.project));
      await members.authorize(caller, "project_remove", request.project);
      await projects.remove(request.project, caller.pid);
      await policy.ask("project_removed", { project: request.project });
      await members.refresh();
      return {};
    },

    file_list: async ({ request, caller }) => {
      require(caller, request.project, { kind: "FS_READ", path: request.path });
      using files = projects.beneath(request.project);
      return await files.list(request.path);
    },

    file_read: async ({ request, caller }) => {
      require(caller, request.project, { kind: "FS_READ", path: request.path });
      using files = projects.beneath(request.project);
      const file = files.openFile(request.path);
      return {
        stream: file.content(),
        headers: { "superos-version": file.version, "content-length": String(file.bytes) },
      };
    },

    file_write: async ({ request, caller, body }) => {
      require(caller, request.project, { kind: "FS_WRITE", path: request.path });
      const { uid } = projects.record(request.project);
      using files = projects.beneath(request.project);
      const version = request.version === undefined ? {} : { version: request.version };
      const written = await files.writeFile(request.path, body, {
        ...version,
        owner: owner(uid),
        limitBytes: fileLimitBytes,
      });
      projects.touched(request.project);
      return written;
    },

    file_digest: async ({ request, caller }) => {
      require(caller, request.project, { kind: "FS_READ", path: [] });
      return treeDigest(projects.filesDir(request.project), request.names);
    },

    file_remove: async ({ request, caller }) => {
      require(caller, request.project, { kind: "FS_WRITE", path: request.path });
      using files = projects.beneath(request.project);
      files.remove(request.path);
      projects.touched(request.project);
      return {};
    },
  };
}
