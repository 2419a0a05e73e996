import { Button, Menu } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { IconBolt, IconHandStop, IconKeyboard, IconPlayerStop } from "@tabler/icons-react";
import type { Pid, SignalName } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { notifyFault } from "../parts/notify-fault.ts";

/** Ends a process: asks it to, interrupts it, or kills it with everything that it started. */
export function KillButton({ pid }: { pid: Pid }) {
  const api = useApi();
  const signal = useMutation({
    mutationFn: (name: SignalName) => api.empty(paths.signal(pid), { method: "POST", json: { signal: name } }),
    onError: notifyFault,
  });
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
