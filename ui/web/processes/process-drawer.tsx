import {
  Badge,
  Button,
  Code,
  CopyButton,
  DataList,
  Drawer,
  EmptyState,
  Group,
  Stack,
  Tabs,
  Text,
  Title,
} from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { IconGhost } from "@tabler/icons-react";
import { describeOutcome } from "../../../kernel/abi/index.ts";
import type { Pid, ProcessView } from "../../../kernel/abi/index.ts";
import { reapedAnswer } from "../api/answers.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { useTable } from "../capabilities/use-table.ts";
import { CapabilitiesPane } from "../capabilities/capabilities-pane.tsx";
import { useLive, useProcess } from "../live/live-context.tsx";
import { ProcessOutput } from "../output/process-output.tsx";
import { readableBytes, readableMs } from "../parts/format-amount.ts";
import { notifyFault } from "../parts/notify-fault.ts";
import { ProcessBadge } from "../parts/process-badge.tsx";
import { hasEnded, outcomeOf, runtimeMs, titleOf } from "../parts/process-facts.ts";
import { RowsSkeleton } from "../parts/query-view.tsx";
import { useEscape } from "../parts/use-escape.ts";
import { useNow } from "../parts/use-now.ts";
import { PreviewButton } from "../preview/preview-button.tsx";
import { joinCommand } from "../run/split-command.ts";
import { ClassSwitch } from "./class-switch.tsx";
import { KillButton } from "./kill-button.tsx";
import styles from "./process-drawer.module.css";
import { ThreadsPane } from "./threads-pane.tsx";
import { UsageSection } from "./usage-section.tsx";

/** One process in full: what it is, what it may do, what it used, what it wrote. */
export function ProcessDrawer({ pid, onClose }: { pid: Pid | null; onClose: () => void }) {
  const { complete } = useLive();
  const process = useProcess(pid);
  useEscape(pid !== null, onClose);
  return (
    <Drawer
      opened={pid !== null}
      onClose={onClose}
      closeOnEscape={false}
      position="right"
      size="min(720px, 92vw)"
      title={<Text fw={600}>Process {pid}</Text>}
      closeButtonProps={{ "aria-label": "Close" }}
      data-testid="process-drawer"
    >
      {process !== undefined ? (
        <Detail key={process.pid} process={process} onReaped={onClose} />
      ) : complete ? (
        <EmptyState
          py="xl"
          icon={<IconGhost size={40} stroke={1.4} />}
          title="No such process"
          description="It was forgotten after its end, or belongs to somebody else."
        />
      ) : (
        <RowsSkeleton />
      )}
    </Drawer>
  );
}

function Detail({ process, onReaped }: { process: ProcessView; onReaped: () => void }) {
  const outcome = outcomeOf(process);
  const isContainer = process.kind === "container";
  return (
    <Stack gap="lg">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={6} style={{ minWidth: 0 }}>
          <Text className="mono" style={{ overflowWrap: "anywhere" }}>
            {process.argv.length > 0 ? joinCommand(process.argv) : titleOf(process)}
          </Text>
          <Group gap="xs">
            <ProcessBadge state={process.state} />
            <Badge color="gray">{process.kind}</Badge>
          </Group>
        </Stack>
        {isContainer && (
          <Group gap="xs" wrap="nowrap" flex="none">
            <PreviewButton process={process} />
            {outcome === null ? <KillButton process={process} /> : <ReapButton pid={process.pid} onReaped={onReaped} />}
          </Group>
        )}
      </Group>
      <div role="status" aria-live="polite" className={styles.hidden}>
        {outcome !== null && describeOutcome(outcome)}
      </div>
      {hasTable(process) ? (
        <Tabs defaultValue="overview" keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="overview" data-testid="tab-overview">
              Overview
            </Tabs.Tab>
            <Tabs.Tab value="capabilities" data-testid="tab-capabilities">
              Capabilities
            </Tabs.Tab>
            {process.tty !== null && (
              <Tabs.Tab value="terminal" data-testid="tab-terminal">
                Terminal
              </Tabs.Tab>
            )}
            {isContainer && (
              <Tabs.Tab value="threads" data-testid="tab-threads">
                Threads
              </Tabs.Tab>
            )}
          </Tabs.List>
          <Tabs.Panel value="overview">
            <Overview process={process} />
          </Tabs.Panel>
          <Tabs.Panel value="capabilities">
            <CapabilitiesPane process={process} />
          </Tabs.Panel>
          {process.tty !== null && (
            <Tabs.Panel value="terminal">
              <div className={styles.terminal}>
                <ProcessOutput process={process} autoFocus />
              </div>
            </Tabs.Panel>
          )}
          {isContainer && (
            <Tabs.Panel value="threads">
              <ThreadsPane process={process} />
            </Tabs.Panel>
          )}
        </Tabs>
      ) : (
        <Facts process={process} />
      )}
    </Stack>
  );
}

function Overview({ process }: { process: ProcessView }) {
  return (
    <Stack gap="lg">
      <Facts process={process} />
      {process.kind === "container" && !hasEnded(process) && <ClassSwitch process={process} />}
      {process.usage !== null && <UsageSection process={process} usage={process.usage} />}
      <MayUse process={process} />
      {process.kind === "container" && process.tty === null && (
        <section aria-label="Output">
          <Title order={3} mb="xs">
            Output
          </Title>
          <div className={styles.output}>
            <ProcessOutput process={process} />
          </div>
        </section>
      )}
    </Stack>
  );
}

/** The kernel and its services stand outside of the tables that they enforce. */
const hasTable = ({ kind }: ProcessView): boolean => kind !== "kernel" && kind !== "service";

function MayUse({ process }: { process: ProcessView }) {
  const table = useTable(process);
  return (
    <section aria-label="May use">
      <Title order={3} mb="xs">
        May use
      </Title>
      {table.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing.
        </Text>
      ) : (
        <Group gap={6} data-testid="process-capabilities">
          {[...new Set(table)].map((capability) => (
            <Code key={capability}>{capability}</Code>
          ))}
        </Group>
      )}
    </section>
  );
}

function ReapButton({ pid, onReaped }: { pid: Pid; onReaped: () => void }) {
  const api = useApi();
  const reap = useMutation({
    mutationFn: () => api.json(reapedAnswer, paths.process(pid), { method: "DELETE" }),
    onSuccess: onReaped,
    onError: notifyFault,
  });
  return (
    <Button
      size="compact-xs"
      variant="default"
      flex="none"
      loading={reap.isPending}
      onClick={() => reap.mutate()}
      data-testid="reap"
    >
      Forget it and its output
    </Button>
  );
}

function Facts({ process }: { process: ProcessView }) {
  const now = useNow();
  const ran = runtimeMs(process, now);
  const { state } = process;
  const facts: [label: string, value: string | null][] = [
    ["Project", process.project?.name ?? null],
    ["Runtime", process.runtime],
    ["Image", process.image],
    ["User", process.user],
    ["Reached as", process.endpoint],
    ["Parent", process.parent === null ? null : `process ${process.parent}`],
    ["Started by", process.startedBy === null ? null : `process ${process.startedBy}`],
    ["Folder", process.cwd],
    ["Class", process.kind === "container" && hasEnded(process) ? process.class : null],
    ["Not started", state.phase === "ready" ? (state.reason ?? "it is not its turn yet") : null],
    ["Created", new Date(process.createdAt).toLocaleString()],
    ["Ended", state.phase === "exited" || state.phase === "reaped" ? new Date(state.endedAt).toLocaleString() : null],
    ["Ran for", ran === null ? null : readableMs(ran)],
    [
      "Wrote",
      process.kind === "container"
        ? `${readableBytes(process.output.stdoutBytes)} to stdout, ${readableBytes(process.output.stderrBytes)} to stderr`
        : null,
    ],
  ];
  return (
    <DataList gap={6} labelWidth="110px">
      {facts.map(
        ([label, value]) =>
          value !== null && (
            <DataList.Item key={label}>
              <DataList.ItemLabel>{label}</DataList.ItemLabel>
              <DataList.ItemValue>{value}</DataList.ItemValue>
            </DataList.Item>
          ),
      )}
      {process.container !== null && (
        <DataList.Item>
          <DataList.ItemLabel>Container</DataList.ItemLabel>
          <DataList.ItemValue>
            <CopyButton value={process.container}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="default" onClick={copy} title="Copy the whole id">
                  {copied ? "copied" : process.container?.slice(0, 12)}
                </Button>
              )}
            </CopyButton>
          </DataList.ItemValue>
        </DataList.Item>
      )}
    </DataList>
  );
}
