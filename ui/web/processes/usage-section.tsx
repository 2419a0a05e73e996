import { DataList, Progress, Stack, Text, Title } from "@mantine/core";
import type { ProcessView, Usage } from "../../../kernel/abi/index.ts";
import { useCaps } from "../api/queries.ts";
import { readableBytes, readableMs } from "../parts/format-amount.ts";
import { hasEnded } from "../parts/process-facts.ts";
import { faultsText, memoryLimitOf, oomText, throttledText } from "./memory-facts.ts";

/** What a process uses of the machine, as its cgroup tells it; after the end what it had used. */
export function UsageSection({ process, usage }: { process: ProcessView; usage: Usage }) {
  const caps = useCaps(process.pid, { enabled: !hasEnded(process) });
  const limit = memoryLimitOf(process, caps.data);
  const facts: [label: string, value: string | null][] = [
    ["CPU time", readableMs(usage.cpuMs)],
    ["Held back", throttledText(usage)],
    ["Memory limit", limit === null ? null : readableBytes(limit)],
    ["Memory now", hasEnded(process) ? null : readableBytes(usage.memoryBytes)],
    ["Peak", readableBytes(usage.memoryPeakBytes)],
    ["Working set", readableBytes(usage.workingSetBytes)],
    ["Faults", faultsText(usage)],
    ["Out of memory", oomText(usage)],
  ];
  return (
    <section aria-label="Uses" data-testid="usage">
      <Title order={3} mb="xs">
        {hasEnded(process) ? "Used" : "Uses"}
      </Title>
      <Stack gap="sm">
        {limit !== null && <MemoryBar usage={usage} limit={limit} />}
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
        </DataList>
      </Stack>
    </section>
  );
}

const percent = (bytes: number, limit: number): number => Math.min(100, (bytes / limit) * 100);

/** Three amounts of one limit, one over the other: what it works with, what it holds, and the most that it held. */
function MemoryBar({ usage, limit }: { usage: Usage; limit: number }) {
  const working = percent(usage.workingSetBytes, limit);
  const held = Math.max(working, percent(usage.memoryBytes, limit));
  const peak = Math.max(held, percent(usage.memoryPeakBytes, limit));
  const parts = [
    { name: "Working set", value: working, color: "iris" },
    { name: "Other memory held", value: held - working, color: "iris.3" },
    { name: "Held before", value: peak - held, color: "gray.5" },
  ];
  return (
    <div>
      <Progress.Root size="md" aria-label="Memory of its limit">
        {parts.map(({ name, value, color }) => (
          <Progress.Section key={name} value={value} color={color} aria-label={name} />
        ))}
      </Progress.Root>
      <Text size="xs" c="dimmed" mt={4}>
        {Math.round(held)} % of the limit, {Math.round(peak)} % at the peak
      </Text>
    </div>
  );
}
