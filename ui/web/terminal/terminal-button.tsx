import { Button, Tooltip } from "@mantine/core";
import { IconTerminal } from "@tabler/icons-react";

/** Opens a terminal in the project: a shell with the rights that the run panel says. */
export interface TerminalButtonProps {
  /** Why none can be opened, if so. */
  refusal: string | undefined;
  busy: boolean;
  onOpen: () => void;
}

export function TerminalButton({ refusal, busy, onOpen }: TerminalButtonProps) {
  return (
    <Tooltip label={refusal ?? "A shell (bash) with the rights of the run panel"}>
      <Button
        size="compact-xs"
        variant="default"
        flex="none"
        leftSection={<IconTerminal size={14} aria-hidden />}
        disabled={refusal !== undefined}
        loading={busy}
        onClick={onOpen}
        data-testid="new-terminal"
      >
        New terminal
      </Button>
    </Tooltip>
  );
}
