import { Badge, Button, EmptyState, Group, Stack, Table, TagsInput, Text } from "@mantine/core";
import { IconBroadcast, IconEar, IconPlayerStop } from "@tabler/icons-react";
import { useState } from "react";
import { channelNameSchema, kernelTopics } from "../../../kernel/abi/index.ts";
import type { ProjectId } from "../../../kernel/abi/index.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { counted } from "../parts/format-amount.ts";
import { Panel } from "../parts/panel.tsx";
import { useRights } from "../session/session-context.tsx";
import { briefJson } from "./brief-json.ts";
import styles from "./channels.module.css";
import { ProcessLink } from "./process-links.tsx";
import { useEvents } from "./use-events.ts";
import type { Heard } from "./use-events.ts";

/** Listens to topics: those of the kernel, which tell of processes and channels, and those of the programs. */
export function EventsPane({ project }: { project: ProjectId }) {
  const lack = useRights(project).lack("IPC_RECV");
  const [topics, setTopics] = useState<string[]>([...kernelTopics]);
  const [listening, setListening] = useState(false);
  const wrong = topics.find((topic) => !channelNameSchema.safeParse(topic).success);
  const heard = useEvents(project, listening ? topics : null);
  const ready = lack === undefined && topics.length > 0 && wrong === undefined;
  return (
    <section aria-label="Events">
      <Stack gap="md">
        <Group align="flex-end" gap="sm">
          <TagsInput
            label="Topics"
            description="An event is told to whoever listens then, and kept for nobody."
            placeholder={topics.length === 0 ? "Name a topic and press Enter" : ""}
            data={[...kernelTopics]}
            value={topics}
            onChange={(all) => setTopics(all.map((topic) => topic.trim()))}
            error={wrong === undefined ? undefined : `${wrong} cannot be a topic's name`}
            disabled={listening}
            maxTags={64}
            clearable
            clearButtonProps={{ "aria-label": "Clear the topics" }}
            flex={1}
            miw={260}
            data-testid="event-topics"
          />
          {listening ? (
            <Button
              variant="default"
              leftSection={<IconPlayerStop size={16} aria-hidden />}
              onClick={() => setListening(false)}
              data-testid="event-stop"
            >
              Stop
            </Button>
          ) : (
            <Button
              leftSection={<IconEar size={16} aria-hidden />}
              disabled={!ready}
              onClick={() => setListening(true)}
              data-testid="event-listen"
            >
              Listen
            </Button>
          )}
        </Group>
        {lack !== undefined && (
          <Text size="sm" c="dimmed">
            You cannot listen. {lack}
          </Text>
        )}
        {heard.fault !== null && heard.state === "refused" && (
          <FaultAlert error={heard.fault} title="Listening was refused" />
        )}
        <State heard={heard} onClear={heard.clear} />
        {heard.events.length === 0 ? (
          <EmptyState
            py="xl"
            icon={<IconBroadcast size={40} stroke={1.4} />}
            title={listening ? "Nothing has happened yet" : "Nobody listens"}
            description={listening ? "What happens on these topics appears here." : "Choose topics and press Listen."}
          />
        ) : (
          <Events heard={heard} />
        )}
      </Stack>
    </section>
  );
}

const stateTexts = {
  idle: "Not listening",
  connecting: "Connecting",
  listening: "Listening",
  refused: "Refused",
} as const;
const stateColors = { idle: "gray", connecting: "yellow", listening: "teal", refused: "red" } as const;

function State({ heard, onClear }: { heard: Heard; onClear: () => void }) {
  const { state, count, missed, breaks } = heard;
  return (
    <Group gap="xs">
      <span role="status" aria-live="polite">
        <Badge color={stateColors[state]} data-testid="event-state">
          {stateTexts[state]}
        </Badge>
      </span>
      <Text size="sm" c="dimmed" data-testid="event-count">
        {counted(count, "event")}
        {missed > 0 && `, ${counted(missed, "event")} missed because this page was too slow`}
        {breaks > 0 && `, the connection broke ${counted(breaks, "time")}, and what happened then is not told`}
      </Text>
      {count > 0 && (
        <Button size="compact-xs" variant="default" onClick={onClear}>
          Clear
        </Button>
      )}
    </Group>
  );
}

function Events({ heard }: { heard: Heard }) {
  return (
    <Panel>
      <div className={styles.log}>
        <Table data-testid="event-table" miw={680} horizontalSpacing="xs" stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={110}>At</Table.Th>
              <Table.Th w={170}>Topic</Table.Th>
              <Table.Th w={70} className="number">
                From
              </Table.Th>
              <Table.Th>Data</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {heard.events.map(({ number, topic, at, from, data }) => (
              <Table.Tr key={number} data-testid="event-row">
                <Table.Td title={new Date(at).toLocaleString()}>{new Date(at).toLocaleTimeString()}</Table.Td>
                <Table.Td className="mono">{topic}</Table.Td>
                <Table.Td className="number">
                  <ProcessLink pid={from} />
                </Table.Td>
                <Table.Td className={`mono ${styles.message}`}>{briefJson(data)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Panel>
  );
}
