import { Anchor, Button, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useState } from "react";
import { portSchema } from "../../../kernel/abi/index.ts";
import type { ProcessView } from "../../../kernel/abi/index.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { useTable } from "../capabilities/use-table.ts";
import { hasEnded } from "../parts/process-facts.ts";
import { boundPorts } from "./bound-ports.ts";
import type { BoundPorts } from "./bound-ports.ts";
import { usePreview } from "./use-preview.ts";

/** Opens what a process serves. Where its table names one port it does so at once, else it asks for the port. */
export function PreviewButton({ process }: { process: ProcessView }) {
  const ports = boundPorts(useTable(process));
  return ports === null || process.kind !== "container" || hasEnded(process) ? null : (
    <Preview process={process} ports={ports} />
  );
}

function Preview({ process, ports }: { process: ProcessView; ports: BoundPorts }) {
  const preview = usePreview(process.pid);
  const [asking, setAsking] = useState(false);
  const only = !ports.any && ports.named.length === 1 ? ports.named[0] : undefined;
  const shown = asking || preview.link !== null || preview.error !== null;
  const close = (): void => {
    setAsking(false);
    preview.forget();
  };
  // The form stays until the tab has its address, so that what went wrong is said where it was asked.
  const open = (port: number): void => preview.open(port, close);
  return (
    <Popover
      opened={shown}
      onChange={(opened) => !opened && close()}
      width={300}
      position="bottom-end"
      trapFocus
      withArrow
      returnFocus
    >
      <Popover.Target>
        <Button
          size="compact-xs"
          variant="light"
          flex="none"
          loading={preview.busy}
          leftSection={<IconExternalLink size={14} aria-hidden />}
          onClick={() => {
            if (shown) close();
            else if (only === undefined) setAsking(true);
            else open(only);
          }}
          title={
            only === undefined ? "Open what it serves in a new tab" : `Open what it serves at port ${only} in a new tab`
          }
          data-testid="preview-open"
        >
          Open preview
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Preview">
        {preview.link !== null ? (
          <Stack gap="xs" role="status">
            <Text size="sm">The browser let no new tab open. Open it by hand; the link works once.</Text>
            <Anchor href={preview.link} target="_blank" rel="noopener noreferrer" size="sm" onClick={close}>
              Open the preview
            </Anchor>
          </Stack>
        ) : preview.error !== null ? (
          <FaultAlert error={preview.error} title="There is no preview" />
        ) : (
          <PortForm ports={ports} onOpen={open} />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function PortForm({ ports, onOpen }: { ports: BoundPorts; onOpen: (port: number) => void }) {
  const [text, setText] = useState("");
  const port = portSchema.safeParse(/^\d{1,5}$/.test(text) ? Number(text) : undefined);
  return (
    <Stack gap="sm">
      {ports.named.length > 0 && (
        <Group gap="xs">
          {ports.named.map((named) => (
            <Button key={named} size="compact-sm" variant="default" onClick={() => onOpen(named)}>
              Port {named}
            </Button>
          ))}
        </Group>
      )}
      {ports.any && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (port.success) onOpen(port.data);
          }}
        >
          <Group gap="xs" align="flex-end" wrap="nowrap">
            <TextInput
              size="xs"
              flex={1}
              label="Port that it listens on"
              placeholder="8080"
              inputMode="numeric"
              value={text}
              onChange={(event) => setText(event.currentTarget.value.trim())}
              error={text !== "" && !port.success ? "1 to 65535" : undefined}
              data-autofocus
              data-testid="preview-port"
            />
            <Button size="xs" type="submit" disabled={!port.success} data-testid="preview-submit">
              Open
            </Button>
          </Group>
        </form>
      )}
    </Stack>
  );
}
