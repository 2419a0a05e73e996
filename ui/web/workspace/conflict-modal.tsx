import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifyFault } from "../parts/notify-fault.ts";
import type { Workspace } from "./workspace.ts";

/** The file changed on the server since it was read: a person decides which of the two texts stays. */
export function ConflictModal({ workspace, path }: { workspace: Workspace; path: string }) {
  const close = (): void => workspace.dismissConflict();
  return (
    <Modal opened onClose={close} title={`${path} has changed on the server`} size="lg" data-testid="conflict">
      <Stack gap="md">
        <Text size="sm">
          A program or another person wrote it after you opened it, so it was not saved. Which text should stay?
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close} data-autofocus>
            Keep editing
          </Button>
          <Button variant="default" onClick={() => void workspace.reload(path)} data-testid="conflict-reload">
            Load theirs, lose mine
          </Button>
          <Button
            color="red.9"
            onClick={() => void workspace.save(path, { overwrite: true }).catch(notifyFault)}
            data-testid="conflict-overwrite"
          >
            Overwrite with mine
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
