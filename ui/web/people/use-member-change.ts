import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ProjectId, Role } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { usePerson, useSessionStore } from "../session/session-context.tsx";

/** Sets a person's role in a project, or with `null` takes it away. What one did to oneself shows at once. */
export function useMemberChange(project: ProjectId) {
  const api = useApi();
  const queries = useQueryClient();
  const session = useSessionStore();
  const person = usePerson();
  return useMutation({
    mutationFn: ({ user, role }: { user: string; role: Role | null }) =>
      role === null
        ? api.empty(paths.member(project, user), { method: "DELETE" })
        : api.empty(paths.member(project, user), { method: "PUT", json: { role } }),
    onSuccess: async (_nothing, { user }) => {
      await queries.invalidateQueries({ queryKey: keys.members(project) });
      if (user === person.user) await session.refreshRights();
    },
  });
}
