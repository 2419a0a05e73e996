import { ColorSwatch, DataList, Progress, Stack, Text, Title } from "@mantine/core";
import type { ProcessView, Usage } from "../../../kernel/abi/index.ts";
import { useCaps } from "../api/queries.ts";
import { readableBytes, readableMs } from "../parts/format-amount.ts";
import { hasEnded } from "../parts/process-facts.ts";
import { faultsText, memoryLimitOf, oomText, throttledText } from "./memory-facts.ts";

/** What a process uses of the machine, as its cgroup tells it; after the end what it had used. */
export function UsageSection({ process, usage }: { process: ProcessView; usage: Usage }) {
  const caps = useCaps(process.pid, { enabled: !hasEnded(process) });
  const limit = memoryLimitOf(process, caps.data);
  const facts: [label: string, value: string | null, color?: string][] = [
    ["CPU time", readableMs(usage.cpuMs)],
    ["Held back", throttledText(usage)],
    ["Memory limit", limit === null ? null : readableBytes(limit)],
    ["Memory now", hasEnded(process) ? null : readableBytes(usage.memoryBytes), colors.held],
    ["Peak", readableBytes(usage.memoryPeakBytes), colors.peak],
    ["Working set", readableBytes(usage.workingSetBytes), colors.working],
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
            ([label, value, color]) =>
              value !== null && (
                <DataList.Item key={label}>
                  <DataList.ItemLabel>{label}</DataList.ItemLabel>
                  <DataList.ItemValue>
                    {value}
                    {color !== undefined && limit !== null && (
                      <ColorSwatch
                        size={10}
                        color={`var(--mantine-color-${color})`}
                        ml="xs"
                        aria-hidden
                        component="span"
                        display="inline-block"
                      />
                    )}
                  </DataList.ItemValue>
                </DataList.Item>
              ),
          )}
        </DataList>
      </Stack>
    </section>
  );
}

/** The bar's parts, and beside each figure the part that shows it. */
const colors = { working: "iris-filled", held: "iris-3", peak: "gray-5" } as const;

const percent = (bytes: number, limit: number): number => Math.min(100, (bytes / limit) * 100);

/** Three amounts of one limit, one over the other: what it works with, what it holds, and the most that it held. */
function MemoryBar({ usage, limit }: { usage: Usage; limit: number }) {
  const working = percent(usage.workingSetBytes, limit);
  const held = Math.max(working, percent(usage.memoryBytes, limit));
  const peak = Math.max(held, percent(usage.memoryPeakBytes, limit));
  const parts = [
    { name: "Working set", value: working, color: colors.working },
    { name: "Other memory held", value: held - working, color: colors.held },
    { name: "Held before", value: peak - held, color: colors.peak },
  ];
  return (
    <div>
      <Progress.Root size="md" aria-label="Memory of its limit">
        {parts.map(({ name, value, color }) => (
          <Progress.Section key={name} value={value} color={`var(--mantine-color-${color})`} aria-label={name} />
        ))}
      </Progress.Root>
      <Text size="xs" c="dimmed" mt={4}>
        {Math.round(held)} % of the limit, {Math.round(peak)} % at the peak
      </Text>
    </div>
  );
}
