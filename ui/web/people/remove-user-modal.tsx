import { Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { UserView } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { usePerson } from "../session/session-context.tsx";

/** Asks before a person is removed, naming what goes with them and what stays. */
export function RemoveUserModal({ user, onClose }: { user: UserView; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const person = usePerson();
  const remove = useMutation({
    mutationFn: () => api.empty(paths.user(user.name), { method: "DELETE" }),
    onSuccess: async () => {
      await Promise.all([
        queries.invalidateQueries({ queryKey: keys.users }),
        queries.invalidateQueries({ queryKey: keys.allMembers }),
      ]);
      onClose();
    },
  });
  return (
    <ConfirmModal
      title={`Remove ${user.name}?`}
      action="Remove the user"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {user.name === person.user ? (
          <strong>This is you: you are signed out at once. </strong>
        ) : (
          "Their sessions end at once. "
        )}
        API tokens, unused sign-in links and memberships go with the account. What {user.name} started keeps running.
      </Text>
    </ConfirmModal>
  );
}
