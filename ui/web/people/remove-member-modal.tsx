import { Text } from "@mantine/core";
import type { MemberView, ProjectView } from "../../../kernel/abi/index.ts";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { usePerson } from "../session/session-context.tsx";
import { useMemberChange } from "./use-member-change.ts";

/** Asks before a person loses a project. */
interface RemoveMemberModalProps {
  project: ProjectView;
  member: MemberView;
  onClose: () => void;
  onRemoved: () => void;
}

export function RemoveMemberModal({ project, member, onClose, onRemoved }: RemoveMemberModalProps) {
  const person = usePerson();
  const change = useMemberChange(project.id);
  const self = person.user === member.user;
  return (
    <ConfirmModal
      title={self ? `Leave ${project.name}?` : `Remove ${member.user} from ${project.name}?`}
      action={self ? "Leave the project" : "Remove the member"}
      busy={change.isPending}
      error={change.error}
      onConfirm={() =>
        change.mutate(
          { user: member.user, role: null },
          {
            onSuccess: () => {
              onRemoved();
              onClose();
            },
          },
        )
      }
      onClose={onClose}
    >
      <Text size="sm">
        {self ? "You" : member.user} can no longer see the project or do anything in it, at once, in open sessions too.
        What {self ? "you" : "they"} started there keeps running.
        {self && !person.admin && " Only another owner or an admin can bring you back."}
      </Text>
    </ConfirmModal>
  );
}
