import { Text } from "@mantine/core";
import { ConfirmModal } from "../parts/confirm-modal.tsx";

/** Asks before changes that were never saved are lost. */
interface DiscardModalProps {
  path: string;
  onDiscard: () => void;
  onClose: () => void;
}

export function DiscardModal({ path, onDiscard, onClose }: DiscardModalProps) {
  return (
    <ConfirmModal
      title={`Close ${path}?`}
      action="Discard the changes"
      busy={false}
      error={null}
      onConfirm={onDiscard}
      onClose={onClose}
    >
      <Text size="sm">It has changes that are not saved. Closing it loses them.</Text>
    </ConfirmModal>
  );
}
