import { Button, Text, Tooltip } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";

/** What the lists of channels share: making one, removing one, and saying that it was done. */

/** Told to who cannot see that a row has come or gone. */
export function Said({ text }: { text: string }) {
  return (
    <Text size="sm" c="dimmed" mb={text === "" ? 0 : "xs"} role="status" aria-live="polite" data-testid="channels-said">
      {text}
    </Text>
  );
}

interface NewButtonProps {
  name: string;
  /** Why it cannot be done, if so. */
  lack: string | undefined;
  onClick: () => void;
  testId: string;
}

export function NewButton({ name, lack, onClick, testId }: NewButtonProps) {
  return (
    <Tooltip label={lack} disabled={lack === undefined} multiline maw={260}>
      <Button
        leftSection={<IconPlus size={16} aria-hidden />}
        data-disabled={lack !== undefined}
        aria-disabled={lack !== undefined}
        onClick={() => lack === undefined && onClick()}
        data-testid={testId}
      >
        {name}
      </Button>
    </Tooltip>
  );
}

interface RemoveButtonProps {
  name: string;
  lack: string | undefined;
  onClick: () => void;
}

export function RemoveButton({ name, lack, onClick }: RemoveButtonProps) {
  return (
    <Tooltip label={lack} disabled={lack === undefined} multiline maw={260}>
      <Button
        size="compact-xs"
        variant="subtle"
        color="red"
        aria-label={`Remove ${name}`}
        data-disabled={lack !== undefined}
        aria-disabled={lack !== undefined}
        onClick={() => lack === undefined && onClick()}
        data-testid="channel-remove"
      >
        Remove
      </Button>
    </Tooltip>
  );
}
