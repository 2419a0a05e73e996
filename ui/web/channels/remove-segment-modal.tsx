import { Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ProjectId, SegmentView } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { readableBytes } from "../parts/format-amount.ts";

/** Asks before a segment is removed. */
interface RemoveSegmentModalProps {
  project: ProjectId;
  segment: SegmentView;
  onClose: () => void;
  onRemoved: () => void;
}

export function RemoveSegmentModal({ project, segment, onClose, onRemoved }: RemoveSegmentModalProps) {
  const api = useApi();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.empty(paths.segment(project, segment.name), { method: "DELETE" }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.segments(project) });
      onClose();
      onRemoved();
    },
  });
  return (
    <ConfirmModal
      title={`Remove the segment ${segment.name}?`}
      action="Remove the segment"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">What is in it will be lost, and {readableBytes(segment.bytes)} of memory are free again.</Text>
    </ConfirmModal>
  );
}
