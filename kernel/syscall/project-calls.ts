import { type Capability, type ProjectId } from "../abi/index.ts";
import { exportArchive } from "../fs/archive-export.ts";
import type { Owner } from "../fs/directory.ts";
import type { Handlers } from "./handler.ts";
import type { Projects } from "./projects.ts";
import { requireCovered } from "./sessions.ts";

/** The syscalls about projects and their files. Reading needs FS_READ:/project, changing FS_WRITE:/project. */

type ProjectCalls =
  | "project_import"
  | "project_list"
  | "project_export"
  | "project_remove"
  | "file_list"
  | "file_read"
  | "file_write"
  | "file_remove";

const fileLimitBytes = 256 << 20;

const reading: readonly Capability[] = [{ kind: "FS_READ", path: [] }];
const writing: readonly Capability[] = [{ kind: "FS_WRITE", path: [] }];

export interface ProjectCallOptions {
  projects: Projects;
  /** Who owns a project's files; `null` where the kernel may not give files away. */
  owner: (uid: number) => Owner;
}

export function projectCalls({ projects, owner }: ProjectCallOptions): Handlers<ProjectCalls> {
  return {
    project_import: async ({ request, session, body }) => {
      requireCovered(session, writing);
      return projects.import(request.name, body);
    },

    project_list: async ({ session }) => ({
      projects: await Promise.all(projects.list(session).map(({ id }: { id: ProjectId }) => projects.view(id))),
    }),

    project_export: async ({ request, session }) => {
      projects.visible(session, request.project);
      requireCovered(session, reading);
      return { stream: exportArchive(projects.filesDir(request.project)) };
    },

    project_remove: async ({ request, session }) => {
      projects.visible(session, request.project);
      requireCovered(session, [...writing, { kind: "PROC_SIGNAL" }]);
      await projects.remove(request.project, session.pid);
      return {};
    },

    file_list: async ({ request, session }) => {
      projects.visible(session, request.project);
      requireCovered(session, reading);
      using files = projects.beneath(request.project);
      return await files.list(request.path);
    },

    file_read: async ({ request, session }) => {
      projects.visible(session, request.project);
      requireCovered(session, reading);
      using files = projects.beneath(request.project);
      const file = files.openFile(request.path);
      return {
        stream: file.content(),
        headers: { "superos-version": file.version, "content-length": String(file.bytes) },
      };
    },

    file_write: async ({ request, session, body }) => {
      const { uid } = projects.visible(session, request.project);
      requireCovered(session, writing);
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

    file_remove: async ({ request, session }) => {
      projects.visible(session, request.project);
      requireCovered(session, writing);
      using files = projects.beneath(request.project);
      files.remove(request.path);
      projects.touched(request.project);
      return {};
    },
  };
}
