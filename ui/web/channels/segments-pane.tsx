import { Code, EmptyState, Group, Table, Text } from "@mantine/core";
import { IconStack2 } from "@tabler/icons-react";
import { useState } from "react";
import type { ProjectId, SegmentView } from "../../../kernel/abi/index.ts";
import { useSegments } from "../api/queries.ts";
import { readableAge, readableBytes } from "../parts/format-amount.ts";
import { Panel } from "../parts/panel.tsx";
import { QueryView } from "../parts/query-view.tsx";
import { useNow } from "../parts/use-now.ts";
import { useRights } from "../session/session-context.tsx";
import { NewButton, RemoveButton, Said } from "./channel-buttons.tsx";
import { NewSegmentModal } from "./new-segment-modal.tsx";
import { ProcessLink, ProcessLinks } from "./process-links.tsx";
import { RemoveSegmentModal } from "./remove-segment-modal.tsx";

/** The segments of shared memory of a project: how large, whose, and who has them mapped. */
export function SegmentsPane({ project }: { project: ProjectId }) {
  const query = useSegments(project);
  const lack = useRights(project).lack("SHM_MAP");
  const [asked, setAsked] = useState<"new" | SegmentView | null>(null);
  const [said, setSaid] = useState("");
  const close = (): void => setAsked(null);
  return (
    <section aria-label="Shared memory">
      <Group justify="space-between" mb="sm">
        <Text size="sm" c="dimmed">
          Processes that are started with <Code>SHM_MAP</Code> find a segment below <Code>/run/superos/shm</Code>.
        </Text>
        <NewButton name="New segment" lack={lack} onClick={() => setAsked("new")} testId="segment-new" />
      </Group>
      <Said text={said} />
      <QueryView query={query}>
        {(segments) =>
          segments.length === 0 ? (
            <EmptyState
              py="xl"
              icon={<IconStack2 size={40} stroke={1.4} />}
              title="No shared memory"
              description={lack ?? "Make a segment here, or let a process of the project make it."}
            />
          ) : (
            <SegmentTable segments={segments} lack={lack} onRemove={setAsked} />
          )
        }
      </QueryView>
      {asked === "new" && (
        <NewSegmentModal
          project={project}
          onClose={close}
          onMade={(name) => setSaid(`The segment ${name} is there.`)}
        />
      )}
      {asked !== null && asked !== "new" && (
        <RemoveSegmentModal
          project={project}
          segment={asked}
          onClose={close}
          onRemoved={() => setSaid(`The segment ${asked.name} is gone.`)}
        />
      )}
    </section>
  );
}

interface SegmentTableProps {
  segments: readonly SegmentView[];
  lack: string | undefined;
  onRemove: (segment: SegmentView) => void;
}

function SegmentTable({ segments, lack, onRemove }: SegmentTableProps) {
  const now = useNow();
  return (
    <Panel>
      <Table data-testid="segment-table" miw={720}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Segment</Table.Th>
            <Table.Th className="number">Size</Table.Th>
            <Table.Th className="number" title="Its size counts against the memory of its owner">
              Owner
            </Table.Th>
            <Table.Th className="number">Age</Table.Th>
            <Table.Th>Read by</Table.Th>
            <Table.Th>Written by</Table.Th>
            <Table.Th aria-label="Actions" w={90} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {segments
            .toSorted((a, b) => a.name.localeCompare(b.name))
            .map((segment) => (
              <Table.Tr key={segment.name} data-testid="segment-row" data-segment={segment.name}>
                <Table.Td className="mono">{segment.name}</Table.Td>
                <Table.Td className="number">{readableBytes(segment.bytes)}</Table.Td>
                <Table.Td className="number">
                  <ProcessLink pid={segment.owner} />
                </Table.Td>
                <Table.Td className="number">{readableAge(now - segment.createdAt)}</Table.Td>
                <Table.Td>
                  <ProcessLinks pids={segment.readers} />
                </Table.Td>
                <Table.Td>
                  <ProcessLinks pids={segment.writers} />
                </Table.Td>
                <Table.Td>
                  <RemoveButton name={segment.name} lack={lack} onClick={() => onRemove(segment)} />
                </Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
