import { Badge, Button, EmptyState, Group, Progress, Stack, Table, Text } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import { useState } from "react";
import type { ProjectId, QueueView } from "../../../kernel/abi/index.ts";
import { useQueues } from "../api/queries.ts";
import { readableBytes, readableCount } from "../parts/format-amount.ts";
import { Panel } from "../parts/panel.tsx";
import { QueryView } from "../parts/query-view.tsx";
import { useRights } from "../session/session-context.tsx";
import { NewButton, RemoveButton, Said } from "./channel-buttons.tsx";
import styles from "./channels.module.css";
import { DeadLettersModal } from "./dead-letters-modal.tsx";
import { NewQueueModal } from "./new-queue-modal.tsx";
import { ProcessLinks } from "./process-links.tsx";
import { RemoveQueueModal } from "./remove-queue-modal.tsx";

/** The queues of a project: what is in them, what became of what was sent, and who may use them. */
type Asked = { about: "new" } | { about: "dead" | "remove"; queue: QueueView } | null;

export function QueuesPane({ project }: { project: ProjectId }) {
  const query = useQueues(project);
  const rights = useRights(project);
  const lack = rights.lack("IPC_SEND") ?? rights.lack("IPC_RECV");
  const [asked, setAsked] = useState<Asked>(null);
  const [said, setSaid] = useState("");
  const close = (): void => setAsked(null);
  return (
    <section aria-label="Queues">
      <Group justify="space-between" mb="sm">
        <Text size="sm" c="dimmed">
          Messages in their order; each goes to one receiver, which acknowledges it.
        </Text>
        <NewButton name="New queue" lack={lack} onClick={() => setAsked({ about: "new" })} testId="queue-new" />
      </Group>
      <Said text={said} />
      <QueryView query={query}>
        {(queues) =>
          queues.length === 0 ? (
            <EmptyState
              py="xl"
              icon={<IconInbox size={40} stroke={1.4} />}
              title="No queues"
              description={lack ?? "Make one here, or let a process of the project make it."}
            />
          ) : (
            <QueueTable queues={queues} lack={lack} onAsk={setAsked} />
          )
        }
      </QueryView>
      {asked?.about === "new" && (
        <NewQueueModal project={project} onClose={close} onMade={(name) => setSaid(`The queue ${name} is there.`)} />
      )}
      {asked?.about === "dead" && <DeadLettersModal project={project} queue={asked.queue.name} onClose={close} />}
      {asked?.about === "remove" && (
        <RemoveQueueModal
          project={project}
          queue={asked.queue}
          onClose={close}
          onRemoved={() => setSaid(`The queue ${asked.queue.name} is gone.`)}
        />
      )}
    </section>
  );
}

interface QueueTableProps {
  queues: readonly QueueView[];
  lack: string | undefined;
  onAsk: (asked: Asked) => void;
}

function QueueTable({ queues, lack, onAsk }: QueueTableProps) {
  return (
    <Panel>
      <Table data-testid="queue-table" miw={1080}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Queue</Table.Th>
            <Table.Th w={220}>Depth</Table.Th>
            <Table.Th className="number" title="Delivered, and not acknowledged yet">
              Delivered
            </Table.Th>
            <Table.Th className="number" title="Given up after too many deliveries">
              Dead
            </Table.Th>
            <Table.Th className="number">Sent</Table.Th>
            <Table.Th className="number">Received</Table.Th>
            <Table.Th className="number" title="Calls that wait for a message now">
              Calls waiting
            </Table.Th>
            <Table.Th>May send</Table.Th>
            <Table.Th>May receive</Table.Th>
            <Table.Th aria-label="Actions" w={90} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {queues
            .toSorted((a, b) => a.name.localeCompare(b.name))
            .map((queue) => (
              <QueueRow key={queue.name} queue={queue} lack={lack} onAsk={onAsk} />
            ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function QueueRow({ queue, lack, onAsk }: Omit<QueueTableProps, "queues"> & { queue: QueueView }) {
  const { name, delivered, dead, sent, received, waiting, senders, receivers, schema } = queue;
  return (
    <Table.Tr data-testid="queue-row" data-queue={name}>
      <Table.Td className={styles.name}>
        <span className="mono">{name}</span>
        {schema !== null && (
          <Badge color="gray" ml="xs" title={JSON.stringify(schema, undefined, 2)}>
            schema
          </Badge>
        )}
      </Table.Td>
      <Table.Td>
        <Depth queue={queue} />
      </Table.Td>
      <Table.Td className="number">{readableCount(delivered)}</Table.Td>
      <Table.Td className="number">
        {dead === 0 ? (
          "0"
        ) : (
          <Button
            size="compact-xs"
            variant="light"
            color="red"
            aria-label={`Show the dead letters of ${name}, ${dead} so far`}
            onClick={() => onAsk({ about: "dead", queue })}
            data-testid="queue-dead"
          >
            {readableCount(dead)}
          </Button>
        )}
      </Table.Td>
      <Table.Td className="number">{readableCount(sent)}</Table.Td>
      <Table.Td className="number">{readableCount(received)}</Table.Td>
      <Table.Td className="number">{readableCount(waiting)}</Table.Td>
      <Table.Td>
        <ProcessLinks pids={senders} />
      </Table.Td>
      <Table.Td>
        <ProcessLinks pids={receivers} />
      </Table.Td>
      <Table.Td>
        <RemoveButton name={name} lack={lack} onClick={() => onAsk({ about: "remove", queue })} />
      </Table.Td>
    </Table.Tr>
  );
}

/** What waits in it, and how full it is with what was delivered too, by whichever of its two limits is nearer. */
function Depth({ queue }: { queue: QueueView }) {
  const { name, depth, maxMessages, bytes, maxBytes, delivered } = queue;
  const share = Math.max((depth + delivered) / maxMessages, bytes / maxBytes) * 100;
  return (
    <Stack gap={4}>
      <Text size="sm" className={styles.depth}>
        {readableCount(depth)} {depth === 1 ? "waits" : "wait"}
        <Text span size="xs" c="dimmed" ml={6}>
          of at most {readableCount(maxMessages)}, {readableBytes(bytes)}
        </Text>
      </Text>
      <Progress
        size="xs"
        value={Math.min(100, share)}
        color={share >= 100 ? "red" : share >= 80 ? "yellow" : "iris"}
        aria-label={`${name} is ${Math.round(share)} % full`}
      />
    </Stack>
  );
}
