import { Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ProjectId, QueueView } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { counted } from "../parts/format-amount.ts";

/** Asks before a queue is removed, saying how much is in it. */
interface RemoveQueueModalProps {
  project: ProjectId;
  queue: QueueView;
  onClose: () => void;
  onRemoved: () => void;
}

export function RemoveQueueModal({ project, queue, onClose, onRemoved }: RemoveQueueModalProps) {
  const api = useApi();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.empty(paths.queue(project, queue.name), { method: "DELETE" }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.queues(project) });
      onClose();
      onRemoved();
    },
  });
  return (
    <ConfirmModal
      title={`Remove the queue ${queue.name}?`}
      action="Remove the queue"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {queue.depth + queue.delivered === 0
          ? "It is empty."
          : `${counted(queue.depth + queue.delivered, "message")} in it will be lost.`}{" "}
        Whoever waits for a message there is told that it is gone.
      </Text>
    </ConfirmModal>
  );
}
