import { Button, Group, Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { FaultAlert } from "./fault-alert.tsx";
import { useFocusBack } from "./use-focus-back.ts";

/** Asks before something is lost. The safe answer has the focus; a failure is shown here and can be tried again. */
interface ConfirmModalProps {
  title: string;
  action: string;
  children: ReactNode;
  busy: boolean;
  /** Whether everything that the answer depends on is on the screen. */
  ready?: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

export function ConfirmModal(props: ConfirmModalProps) {
  const { title, action, children, busy, ready = true, error, onConfirm, onClose } = props;
  useFocusBack();
  return (
    <Modal opened onClose={onClose} title={title}>
      <Stack gap="md">
        {children}
        {error !== null && <FaultAlert error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color="red.9" loading={busy} disabled={!ready} onClick={onConfirm} data-testid="confirm">
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
