import { Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ProjectView } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { useProjectRuns } from "../live/live-context.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { counted, readableBytes } from "../parts/format-amount.ts";
import { hasEnded } from "../parts/process-facts.ts";

/** Asks before a project is removed, naming everything that goes with it. */
interface RemoveProjectModalProps {
  project: ProjectView;
  onClose: () => void;
  onRemoved?: () => void;
}

export function RemoveProjectModal({ project, onClose, onRemoved }: RemoveProjectModalProps) {
  const api = useApi();
  const queries = useQueryClient();
  const running = useProjectRuns(project.id).filter((run) => !hasEnded(run)).length;
  const remove = useMutation({
    mutationFn: () => api.empty(paths.project(project.id), { method: "DELETE" }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.projects });
      onClose();
      onRemoved?.();
    },
  });
  return (
    <ConfirmModal
      title={`Remove ${project.name}?`}
      action="Remove the project"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {counted(project.files, "file")} ({readableBytes(project.bytes)}) will be deleted from this server
        {running > 0 && (
          <>
            , and <strong>{counted(running, "running process", "running processes")}</strong> will end
          </>
        )}
        . This cannot be undone; export the project first if you need it.
      </Text>
    </ConfirmModal>
  );
}
