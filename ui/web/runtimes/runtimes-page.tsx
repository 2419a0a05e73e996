import { Badge, Button, EmptyState, Loader, Table, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { IconCode, IconHammer } from "@tabler/icons-react";
import { useState } from "react";
import { runtimeViewSchema } from "../../../kernel/abi/index.ts";
import type { RuntimeView } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys, useRuntimes } from "../api/queries.ts";
import { readableBytes } from "../parts/format-amount.ts";
import { notifyFault } from "../parts/notify-fault.ts";
import { Page } from "../parts/page.tsx";
import { Panel } from "../parts/panel.tsx";
import { QueryView } from "../parts/query-view.tsx";
import { useRights } from "../session/session-context.tsx";
import { imageAction, runsText, stateText } from "./runtime-facts.ts";
import styles from "./runtimes.module.css";

/** What can be run here: each runtime's image, how large and which version it is, and what its build does or why it failed. */
export function RuntimesPage() {
  const query = useRuntimes({ watched: true });
  return (
    <Page
      title="Runtimes"
      description="What can be run here. An image is built when it is first needed, or before anybody waits for it."
    >
      <title>Runtimes - SuperOS</title>
      <QueryView query={query}>
        {(runtimes) =>
          runtimes.length === 0 ? (
            <EmptyState
              py="xl"
              icon={<IconCode size={40} stroke={1.4} />}
              title="No runtimes"
              description="Put a folder with a Dockerfile and a runtime.json into images, and start SuperOS again."
            />
          ) : (
            <RuntimeTable runtimes={runtimes} />
          )
        }
      </QueryView>
    </Page>
  );
}

function RuntimeTable({ runtimes }: { runtimes: readonly RuntimeView[] }) {
  return (
    <Panel>
      <Table data-testid="runtime-table" verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Runtime</Table.Th>
            <Table.Th>Image</Table.Th>
            <Table.Th className="number">Size</Table.Th>
            <Table.Th>Version</Table.Th>
            <Table.Th>Runs</Table.Th>
            <Table.Th aria-label="Actions" w={110} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runtimes.map((runtime) => (
            <Row key={runtime.name} runtime={runtime} />
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

const stateColor = { missing: "gray", building: "yellow", ready: "teal", failed: "red", unavailable: "gray" } as const;

function Row({ runtime }: { runtime: RuntimeView }) {
  const { name, title, state, progress, problem, version, imageBytes } = runtime;
  return (
    <Table.Tr data-testid="runtime-row" data-runtime={name}>
      <Table.Td className={styles.title}>
        <Text size="sm" fw={500}>
          {title}
        </Text>
        <Text size="xs" c="dimmed" className="mono">
          {name}
        </Text>
      </Table.Td>
      <Table.Td className={styles.state}>
        <Badge color={stateColor[state]} leftSection={state === "building" ? <Loader size={10} aria-hidden /> : null}>
          {stateText[state]}
        </Badge>
      </Table.Td>
      <Table.Td className="number">{imageBytes === null ? "" : readableBytes(imageBytes)}</Table.Td>
      <Table.Td className={styles.detail} data-bad={state === "failed"} data-testid="runtime-detail">
        {state === "building" ? progress : (version ?? problem)}
      </Table.Td>
      <Table.Td className={styles.runs}>{runsText(runtime)}</Table.Td>
      <Table.Td>
        <BuildButton runtime={runtime} />
      </Table.Td>
    </Table.Tr>
  );
}

function BuildButton({ runtime }: { runtime: RuntimeView }) {
  const { name, title, state } = runtime;
  const api = useApi();
  const queries = useQueryClient();
  const lack = useRights(null).lack("PROC_SPAWN");
  const [asked, setAsked] = useState(false);
  const again = (): Promise<void> => queries.invalidateQueries({ queryKey: keys.runtimes });
  const build = useMutation({
    mutationFn: () => api.json(runtimeViewSchema, paths.image(name), { method: "POST" }),
    onMutate: () => setAsked(true),
    onError: notifyFault,
    onSettled: async () => {
      await again();
      setAsked(false);
    },
  });
  const action = imageAction[state];
  if (action === null) return null;
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<IconHammer size={14} aria-hidden />}
      loading={asked}
      disabled={lack !== undefined}
      title={lack}
      aria-label={`${action} the image of ${title}`}
      onClick={() => build.mutate()}
      data-testid="runtime-build"
    >
      {action}
    </Button>
  );
}
