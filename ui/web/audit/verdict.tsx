import { Alert, Code, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconShieldCheck } from "@tabler/icons-react";
import type { AuditVerdict } from "../../../kernel/abi/index.ts";
import { counted, readableCount } from "../parts/format-amount.ts";

/** Whether the audit log is as it was written, and the hash to keep elsewhere. */
export function Verdict({ verdict, onClose }: { verdict: AuditVerdict; onClose: () => void }) {
  const { ok, rows, head, firstBad } = verdict;
  const Symbol = ok ? IconShieldCheck : IconAlertTriangle;
  return (
    <Alert
      mb="md"
      color={ok ? "teal" : "red"}
      icon={<Symbol size={18} aria-hidden />}
      title={ok ? "The log is whole" : "The log was changed"}
      withCloseButton
      closeButtonLabel="Close the verdict"
      onClose={onClose}
      data-testid="audit-verdict"
      data-ok={ok}
    >
      <Stack gap={6}>
        <Text size="sm">
          {ok
            ? `Each of its ${counted(rows, "row")} fits the one before it.`
            : `Of its ${counted(rows, "row")}, row ${firstBad === null ? "unknown" : readableCount(firstBad)} is the first that does not fit the one before it. What follows cannot be relied on.`}
        </Text>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          Last hash: <Code>{head}</Code>
        </Text>
        <Text size="xs" c="dimmed">
          Keep it elsewhere: a later log that does not lead through it was cut off at the end.
        </Text>
      </Stack>
    </Alert>
  );
}
