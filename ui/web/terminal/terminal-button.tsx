import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconTerminal } from "@tabler/icons-react";

/** Opens a terminal in the project: a shell with the rights that the run panel says. */
export interface TerminalButtonProps {
  /** Why none can be opened, if so. */
  refusal: string | undefined;
  busy: boolean;
  onOpen: () => void;
}

const label = "New terminal";
const what = "a shell (bash) with the rights of the run panel";

export function TerminalButton({ refusal, busy, onOpen }: TerminalButtonProps) {
  return (
    <Tooltip label={refusal ?? `Opens ${what}`}>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconTerminal size={14} aria-hidden />}
        disabled={refusal !== undefined}
        loading={busy}
        onClick={onOpen}
        data-testid="new-terminal"
      >
        {label}
      </Button>
    </Tooltip>
  );
}

/** The same where there is little room. */
export function TerminalIcon({ refusal, busy, onOpen }: TerminalButtonProps) {
  return (
    <Tooltip label={refusal ?? `${label}: ${what}`}>
      <ActionIcon
        size="sm"
        flex="none"
        aria-label={label}
        disabled={refusal !== undefined}
        loading={busy}
        onClick={onOpen}
        data-testid="new-terminal"
      >
        <IconTerminal size={16} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}
