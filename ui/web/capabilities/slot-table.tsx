import { Anchor, Badge, Button, Table, Text, Tooltip } from "@mantine/core";
import { Fragment } from "react";
import type { Pid, SlotView } from "../../../kernel/abi/index.ts";
import { useLive } from "../live/live-context.tsx";
import { readableCount } from "../parts/format-amount.ts";
import { Panel } from "../parts/panel.tsx";
import { useLink } from "../router/router.tsx";
import styles from "./capabilities.module.css";
import { inReadingOrder, leftOf, nameOf } from "./slot-facts.ts";

/** A process's slots: what it may do, whence it has it, and how many others have it from here. */
interface SlotTableProps {
  slots: readonly SlotView[];
  /** Why nothing can be revoked, if so. */
  refusal: string | undefined;
  onRevoke: (slot: SlotView) => void;
}

export function SlotTable({ slots, refusal, onRevoke }: SlotTableProps) {
  return (
    <Panel>
      <Table data-testid="slot-table" miw={560} horizontalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Capability</Table.Th>
            <Table.Th>From</Table.Th>
            <Table.Th title="Whether the process may give it to others">Hands on</Table.Th>
            <Table.Th className="number">Left</Table.Th>
            <Table.Th className="number" title="How many others derive from it">
              Derived
            </Table.Th>
            <Table.Th aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {inReadingOrder(slots).map((slot) => (
            <Table.Tr key={slot.slot} data-testid="slot-row" data-slot={slot.slot}>
              <Table.Td className={`mono ${styles.capability}`} title={`slot ${slot.slot}`}>
                <Breaking text={slot.capability} />
              </Table.Td>
              <Table.Td maw={180} className="clip">
                {slot.from === null ? (
                  <Text size="sm" c="dimmed" title="It belongs to the project itself">
                    its own
                  </Text>
                ) : (
                  <Origin pid={slot.from.holder} slot={slot.from.slot} />
                )}
              </Table.Td>
              <Table.Td>
                <Badge color={slot.delegable ? "iris" : "gray"}>{slot.delegable ? "yes" : "no"}</Badge>
              </Table.Td>
              <Table.Td className="number">{leftOf(slot)}</Table.Td>
              <Table.Td className="number">{slot.derived === 0 ? "" : readableCount(slot.derived)}</Table.Td>
              <Table.Td>
                <Tooltip label={refusal} disabled={refusal === undefined} multiline maw={260}>
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    color="red"
                    aria-label={`Revoke ${slot.capability}`}
                    data-disabled={refusal !== undefined}
                    aria-disabled={refusal !== undefined}
                    onClick={() => refusal === undefined && onRevoke(slot)}
                    data-testid="slot-revoke"
                  >
                    Revoke
                  </Button>
                </Tooltip>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

/** Text that goes on in the next line after its punctuation, and not in the middle of a word. */
function Breaking({ text }: { text: string }) {
  return text.split(/(?<=[:/.])/).map((piece, at) => (
    <Fragment key={at}>
      {piece}
      <wbr />
    </Fragment>
  ));
}

function Origin({ pid, slot }: { pid: Pid; slot: number }) {
  const { processes } = useLive();
  const link = useLink({ page: "processes", pid });
  const name = nameOf(pid, processes);
  return (
    <Anchor size="sm" {...link} title={`${name}, slot ${slot}`} data-testid="slot-origin">
      {name}
    </Anchor>
  );
}
