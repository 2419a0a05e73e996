import { EmptyState, Modal, Table } from "@mantine/core";
import { IconMoodCheck } from "@tabler/icons-react";
import type { ProjectId } from "../../../kernel/abi/index.ts";
import { useDeadLetters } from "../api/queries.ts";
import { readableAge } from "../parts/format-amount.ts";
import { Panel } from "../parts/panel.tsx";
import { QueryView } from "../parts/query-view.tsx";
import { useFocusBack } from "../parts/use-focus-back.ts";
import { useNow } from "../parts/use-now.ts";
import { briefJson } from "./brief-json.ts";
import styles from "./channels.module.css";
import { ProcessLink } from "./process-links.tsx";

/** The last messages of a queue that were given up, newest first, and why. */
interface DeadLettersModalProps {
  project: ProjectId;
  queue: string;
  onClose: () => void;
}

export function DeadLettersModal({ project, queue, onClose }: DeadLettersModalProps) {
  useFocusBack();
  const query = useDeadLetters(project, queue);
  const now = useNow();
  return (
    <Modal opened onClose={onClose} title={`Dead letters of ${queue}`} size="min(960px, 94vw)">
      <QueryView query={query}>
        {(letters) =>
          letters.length === 0 ? (
            <EmptyState
              py="lg"
              icon={<IconMoodCheck size={32} stroke={1.4} />}
              title="None are kept"
              description="Of those that were given up the last ones are kept for a while."
            />
          ) : (
            <Panel>
              <Table data-testid="dead-table" miw={680} horizontalSpacing="xs">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th className="number">Ago</Table.Th>
                    <Table.Th className="number">From</Table.Th>
                    <Table.Th className="number">Deliveries</Table.Th>
                    <Table.Th>Why</Table.Th>
                    <Table.Th>Message</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {letters.map((letter, at) => (
                    <Table.Tr key={`${letter.at} ${at}`} data-testid="dead-row">
                      <Table.Td className="number" title={new Date(letter.at).toLocaleString()}>
                        {readableAge(now - letter.at)}
                      </Table.Td>
                      <Table.Td className="number">
                        <ProcessLink pid={letter.from} />
                      </Table.Td>
                      <Table.Td className="number">{letter.deliveries}</Table.Td>
                      <Table.Td>{letter.reason}</Table.Td>
                      <Table.Td className={`mono ${styles.message}`}>{briefJson(letter.message)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Panel>
          )
        }
      </QueryView>
    </Modal>
  );
}
