import { Badge, Button, Code, EmptyState, Group, Table, Text } from "@mantine/core";
import { IconLink, IconRefresh, IconShieldCheck } from "@tabler/icons-react";
import type { AuditRow } from "../../../kernel/abi/index.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { Page } from "../parts/page.tsx";
import { Panel } from "../parts/panel.tsx";
import { RowsSkeleton } from "../parts/query-view.tsx";
import { AdminsOnly } from "../people/admins-only.tsx";
import { usePerson } from "../session/session-context.tsx";
import { useAudit, useVerify } from "./use-audit.ts";
import { Verdict } from "./verdict.tsx";

/** Who asked for what, and what the kernel said: newest first. The log is about everybody, so only admins read it. */
export function AuditPage() {
  const { admin } = usePerson();
  return admin ? <AuditLog /> : <AdminsOnly title="Audit" what="The audit log names what everybody did." />;
}

function AuditLog() {
  const audit = useAudit();
  const verify = useVerify();
  const rows = audit.data?.pages.flatMap((page) => page.rows);
  return (
    <Page
      title="Audit"
      description="Every request that the kernel allowed or refused."
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconLink size={16} aria-hidden />}
            loading={verify.isPending}
            onClick={() => verify.mutate()}
            title="Recompute the chain of hashes over all rows"
            data-testid="audit-verify"
          >
            Verify
          </Button>
          <Button
            variant="default"
            leftSection={<IconRefresh size={16} aria-hidden />}
            loading={audit.isRefetching && !audit.isFetchingNextPage}
            onClick={() => void audit.refetch()}
            data-testid="audit-refresh"
          >
            Refresh
          </Button>
        </>
      }
    >
      <title>Audit - SuperOS</title>
      <div aria-live="polite">
        {verify.data !== undefined && <Verdict verdict={verify.data} onClose={() => verify.reset()} />}
        {verify.isError && <FaultAlert error={verify.error} title="The log could not be verified" />}
      </div>
      {rows !== undefined ? (
        <>
          {audit.isError && <FaultAlert error={audit.error} onRetry={() => void audit.refetch()} />}
          {rows.length === 0 ? <NoRows /> : <AuditTable rows={rows} />}
          {audit.hasNextPage && (
            <Group justify="center" mt="md">
              <Button variant="default" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
                Load more
              </Button>
            </Group>
          )}
        </>
      ) : audit.isError ? (
        <FaultAlert
          error={audit.error}
          title="The audit log could not be loaded"
          onRetry={() => void audit.refetch()}
        />
      ) : (
        <RowsSkeleton rows={8} />
      )}
    </Page>
  );
}

function NoRows() {
  return (
    <EmptyState
      py="xl"
      icon={<IconShieldCheck size={40} stroke={1.4} />}
      title="Nothing has been asked yet"
      description="Import a project or run something, and it is listed here."
    />
  );
}

function AuditTable({ rows }: { rows: readonly AuditRow[] }) {
  return (
    <Panel>
      <Table data-testid="audit-table" highlightOnHover miw={760}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Time</Table.Th>
            <Table.Th>Verdict</Table.Th>
            <Table.Th>Who</Table.Th>
            <Table.Th>What</Table.Th>
            <Table.Th>On</Table.Th>
            <Table.Th>Reason</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.seq} data-testid="audit-row" data-verdict={row.verdict}>
              <Table.Td style={{ whiteSpace: "nowrap" }}>
                <time dateTime={new Date(row.at).toISOString()} title={`row ${row.seq}`}>
                  {new Date(row.at).toLocaleString()}
                </time>
              </Table.Td>
              <Table.Td>
                <Badge color={row.verdict === "allowed" ? "teal" : "red"}>{row.verdict}</Badge>
              </Table.Td>
              <Table.Td>
                {row.who.name}
                {row.who.pid !== null && (
                  <Text span size="xs" c="dimmed">
                    {" "}
                    pid {row.who.pid}
                  </Text>
                )}
              </Table.Td>
              <Table.Td className="mono">{row.what}</Table.Td>
              <Table.Td className="mono" maw={320} style={{ overflowWrap: "anywhere" }}>
                {row.on}
              </Table.Td>
              <Table.Td>
                {row.code !== null && <Text size="sm">{row.code}</Text>}
                {row.missing !== null && <Code>{row.missing}</Code>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
