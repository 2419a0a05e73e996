import { Alert, Button, Code, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconRefresh } from "@tabler/icons-react";
import { toFault } from "../../../kernel/abi/index.ts";

/** A fault in the server's own words: what was refused, what was missing, what to do. */
export function FaultAlert({ error, onRetry, title }: { error: unknown; onRetry?: () => void; title?: string }) {
  const fault = toFault(error);
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={title ?? "That did not work"}
      role="alert"
      data-testid="fault"
    >
      <Stack gap={6} align="flex-start">
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {fault.message}
        </Text>
        {fault.missing !== undefined && (
          <Text size="sm">
            Missing: <Code>{fault.missing}</Code>
          </Text>
        )}
        <Text size="sm" c="dimmed">
          {fault.hint}
        </Text>
        {onRetry !== undefined && (
          <Button size="xs" variant="default" leftSection={<IconRefresh size={14} aria-hidden />} onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
