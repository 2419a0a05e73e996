import { Badge, DataList, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { IconCheck, IconMinus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Control, Status } from "../../../kernel/abi/index.ts";
import { useStatus } from "../api/queries.ts";
import { counted, readableAge, readableBytes, readableCount } from "../parts/format-amount.ts";
import { Page } from "../parts/page.tsx";
import { Panel } from "../parts/panel.tsx";
import { QueryView } from "../parts/query-view.tsx";
import { useNow } from "../parts/use-now.ts";
import styles from "./status.module.css";

/** What this instance is made of and how it is: services, engine, machine, and which controls the host gives. */
export function StatusPage() {
  const query = useStatus();
  return (
    <Page title="Status" description="The parts of this instance, and the isolation that this host can give.">
      <title>Status - SuperOS</title>
      <QueryView query={query}>
        {(status) => (
          <Stack gap="lg">
            <SimpleGrid cols={{ base: 1, md: 3 }} spacing="md">
              <Parts status={status} />
              <Engine status={status} />
              <Machine status={status} />
            </SimpleGrid>
            <Controls controls={status.controls} />
          </Stack>
        )}
      </QueryView>
    </Page>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.card} aria-label={title}>
      <Title order={2} mb="sm">
        {title}
      </Title>
      {children}
    </section>
  );
}

const stateColor = { up: "teal", starting: "yellow", down: "red" } as const;

function Parts({ status }: { status: Status }) {
  return (
    <Card title="Services">
      <DataList labelWidth="96px" gap="xs">
        <DataList.Item>
          <DataList.ItemLabel>kernel</DataList.ItemLabel>
          <DataList.ItemValue>
            <Badge color="teal">up</Badge>
          </DataList.ItemValue>
        </DataList.Item>
        {status.services.map((service) => (
          <DataList.Item key={service.name}>
            <DataList.ItemLabel>{service.name}</DataList.ItemLabel>
            <DataList.ItemValue>
              <Badge color={stateColor[service.state]}>{service.state}</Badge>
              <Text span size="xs" c="dimmed" ml="xs">
                pid {service.pid}
                {service.restarts > 0 && `, restarted ${service.restarts} times`}
              </Text>
            </DataList.ItemValue>
          </DataList.Item>
        ))}
      </DataList>
    </Card>
  );
}

function Engine({ status }: { status: Status }) {
  return (
    <Card title="Container engine">
      <DataList labelWidth="96px" gap="xs">
        <DataList.Item>
          <DataList.ItemLabel>State</DataList.ItemLabel>
          <DataList.ItemValue>
            <Badge color={stateColor[status.engine.state]}>{status.engine.state}</Badge>
          </DataList.ItemValue>
        </DataList.Item>
        <Fact label="Version">{status.engine.version || "unknown"}</Fact>
        <Fact label="API">{status.engine.apiVersion || "unknown"}</Fact>
      </DataList>
    </Card>
  );
}

/** Containers that stand ready for a program, and how often one was there when it was needed. */
function poolText({ ready, shapes, hits, misses }: Status["pool"]): string {
  const standing = `${counted(ready, "embryo")} of ${counted(shapes, "shape")}`;
  const spawns = hits + misses;
  return spawns === 0 ? standing : `${standing}; ${readableCount(hits)} of ${counted(spawns, "spawn")} found one`;
}

function Machine({ status }: { status: Status }) {
  const now = useNow(1_000);
  return (
    <Card title="Instance">
      <DataList labelWidth="96px" gap="xs">
        <Fact label="SuperOS">
          {status.version}, up {readableAge(now - status.startedAt)}
        </Fact>
        <Fact label="Processes">
          {status.processes.running} running, {status.processes.total} in the table
        </Fact>
        <Fact label="Pool">{poolText(status.pool)}</Fact>
        <Fact label="Machine">
          {status.machine.cores} cores, {readableBytes(status.machine.memoryBytes)} memory
        </Fact>
        <Fact label="Instance">
          <span className="mono">{status.instance}</span>, generation {status.generation}
        </Fact>
      </DataList>
    </Card>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <DataList.Item>
      <DataList.ItemLabel>{label}</DataList.ItemLabel>
      <DataList.ItemValue>{children}</DataList.ItemValue>
    </DataList.Item>
  );
}

function Controls({ controls }: { controls: readonly Control[] }) {
  const missing = controls.filter((control) => !control.available).length;
  return (
    <section aria-label="Isolation controls">
      <Title order={2} mb={4}>
        Isolation controls
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        Looked for when SuperOS started.{" "}
        {missing === 0
          ? "This host gives all of them."
          : `This host lacks ${missing} of ${controls.length}; a process whose table needs one that is missing is refused.`}
      </Text>
      <Panel>
        <Table data-testid="controls">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={220}>Control</Table.Th>
              <Table.Th w={130}>Here</Table.Th>
              <Table.Th>Detail</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {controls.map((control) => (
              <Table.Tr key={control.name}>
                <Table.Td fw={500}>{control.name}</Table.Td>
                <Table.Td>
                  <Badge
                    color={control.available ? "teal" : "yellow"}
                    leftSection={
                      control.available ? <IconCheck size={12} aria-hidden /> : <IconMinus size={12} aria-hidden />
                    }
                  >
                    {control.available ? "available" : "missing"}
                  </Badge>
                </Table.Td>
                <Table.Td c="dimmed">{control.detail}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Panel>
    </section>
  );
}
