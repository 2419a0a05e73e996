import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { ReactNode } from "react";
import type { ProjectId } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import type { ApiClient } from "../api/api-client.ts";
import { Workspace } from "./workspace.ts";
import type { WorkspaceState } from "./workspace.ts";

/** Keeps the workspace of every project that was opened, and warns before the page is left with unsaved changes. */
class Workspaces {
  readonly #byProject = new Map<ProjectId, Workspace>();
  readonly #api: ApiClient;

  constructor(api: ApiClient) {
    this.#api = api;
  }

  of(project: ProjectId): Workspace {
    const known = this.#byProject.get(project);
    if (known !== undefined) return known;
    const workspace = new Workspace(project, this.#api);
    this.#byProject.set(project, workspace);
    return workspace;
  }

  get dirty(): boolean {
    return [...this.#byProject.values()].some(({ dirtyPaths }) => dirtyPaths.length > 0);
  }
}

const WorkspacesContext = createContext<Workspaces | null>(null);

export function WorkspacesProvider({ children }: { children: ReactNode }) {
  const api = useApi();
  const [workspaces] = useState(() => new Workspaces(api));
  useEffect(() => {
    const guard = (event: BeforeUnloadEvent): void => {
      if (workspaces.dirty) event.preventDefault();
    };
    window.addEventListener("beforeunload", guard);
    return () => window.removeEventListener("beforeunload", guard);
  }, [workspaces]);
  return <WorkspacesContext value={workspaces}>{children}</WorkspacesContext>;
}

export function useWorkspace(project: ProjectId): { workspace: Workspace; state: WorkspaceState } {
  const workspaces = useContext(WorkspacesContext);
  if (workspaces === null) throw new Error("no WorkspacesProvider above this component");
  const workspace = workspaces.of(project);
  return { workspace, state: useSyncExternalStore(workspace.subscribe, workspace.state) };
}
