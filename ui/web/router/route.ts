import { pidSchema, projectIdSchema } from "../../../kernel/abi/index.ts";
import type { Pid, ProjectId } from "../../../kernel/abi/index.ts";

/**
 * The pages that exist and their addresses. Pure: an address is parsed once here, and what is no page is `missing`.
 */
export type Route =
  | { page: "signin" }
  | { page: "projects" }
  | { page: "project"; id: ProjectId }
  | { page: "members"; id: ProjectId }
  | { page: "channels"; id: ProjectId }
  | { page: "processes"; pid: Pid | null }
  | { page: "audit" }
  | { page: "runtimes" }
  | { page: "status" }
  | { page: "tokens" }
  | { page: "users" }
  | { page: "missing" };

export function parseRoute(pathname: string): Route {
  const [page = "", argument, part, ...more] = pathname.split("/").filter((piece) => piece !== "");
  if (more.length > 0) return { page: "missing" };
  if (
    page === "projects" &&
    argument !== undefined &&
    (part === undefined || part === "members" || part === "channels")
  ) {
    const id = projectIdSchema.safeParse(argument);
    return id.success ? { page: part === undefined ? "project" : part, id: id.data } : { page: "missing" };
  }
  if (part !== undefined) return { page: "missing" };
  if (page === "processes") {
    if (argument === undefined) return { page, pid: null };
    const pid = pidSchema.safeParse(/^\d+$/.test(argument) ? Number(argument) : undefined);
    return pid.success ? { page, pid: pid.data } : { page: "missing" };
  }
  if (argument !== undefined) return { page: "missing" };
  switch (page) {
    case "":
      return { page: "projects" };
    case "signin":
    case "projects":
    case "audit":
    case "runtimes":
    case "status":
    case "tokens":
    case "users":
      return { page };
    default:
      return { page: "missing" };
  }
}

export function pathOf(route: Route): string {
  switch (route.page) {
    case "project":
      return `/projects/${route.id}`;
    case "members":
      return `/projects/${route.id}/members`;
    case "channels":
      return `/projects/${route.id}/channels`;
    case "processes":
      return route.pid === null ? "/processes" : `/processes/${route.pid}`;
    case "missing":
      return "/";
    case "signin":
    case "projects":
    case "audit":
    case "runtimes":
    case "status":
    case "tokens":
    case "users":
      return `/${route.page}`;
    default:
      return route satisfies never;
  }
}
