import { Button, Menu, Tooltip } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { IconBolt, IconHandStop, IconKeyboard, IconPlayerStop } from "@tabler/icons-react";
import type { ProcessView, SignalName } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { notifyFault } from "../parts/notify-fault.ts";
import { usePerson, useRights } from "../session/session-context.tsx";

/** Ends a process: asks it to, interrupts it, or kills it with everything that it started. */
export function KillButton({ process }: { process: ProcessView }) {
  const { pid } = process;
  const api = useApi();
  const { user } = usePerson();
  const lack = useRights(process.project?.id ?? null).lack("PROC_SIGNAL");
  const signal = useMutation({
    mutationFn: (name: SignalName) => api.empty(paths.signal(pid), { method: "POST", json: { signal: name } }),
    onError: notifyFault,
  });
  if (lack !== undefined && process.user !== user) return <Refused reason={lack} />;
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <Button
          size="compact-xs"
          color="red"
          variant="light"
          loading={signal.isPending}
          leftSection={<IconPlayerStop size={14} aria-hidden />}
          data-testid="kill"
        >
          Stop
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconHandStop size={16} aria-hidden />}
          onClick={() => signal.mutate("SIGTERM")}
          data-testid="kill-SIGTERM"
        >
          Ask it to end (SIGTERM)
        </Menu.Item>
        <Menu.Item
          leftSection={<IconKeyboard size={16} aria-hidden />}
          onClick={() => signal.mutate("SIGINT")}
          data-testid="kill-SIGINT"
        >
          Interrupt (SIGINT)
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          color="red"
          leftSection={<IconBolt size={16} aria-hidden />}
          onClick={() => signal.mutate("SIGKILL")}
          data-testid="kill-SIGKILL"
        >
          Kill it and its children (SIGKILL)
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Refused({ reason }: { reason: string }) {
  return (
    <Tooltip label={reason} multiline maw={260}>
      <Button
        size="compact-xs"
        color="red"
        variant="light"
        leftSection={<IconPlayerStop size={14} aria-hidden />}
        data-disabled
        aria-disabled
        data-testid="kill"
      >
        Stop
      </Button>
    </Tooltip>
  );
}
