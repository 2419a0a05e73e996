import { Button, Tabs } from "@mantine/core";
import type { ProjectId, ProjectView } from "../../../kernel/abi/index.ts";
import { useProjects } from "../api/queries.ts";
import { Page } from "../parts/page.tsx";
import { QueryView } from "../parts/query-view.tsx";
import { useLink } from "../router/router.tsx";
import { MissingPage } from "../shell/missing-page.tsx";
import { EventsPane } from "./events-pane.tsx";
import { QueuesPane } from "./queues-pane.tsx";
import { SegmentsPane } from "./segments-pane.tsx";

/** What the processes of a project talk through: queues, events on topics, and shared memory. */
export function ChannelsPage({ project: id }: { project: ProjectId }) {
  const projects = useProjects();
  return (
    <QueryView query={projects}>
      {(all) => {
        const project = all.find((one) => one.id === id);
        return project === undefined ? <MissingPage /> : <Channels project={project} />;
      }}
    </QueryView>
  );
}

function Channels({ project }: { project: ProjectView }) {
  const back = useLink({ page: "project", id: project.id });
  return (
    <Page
      title={`Channels of ${project.name}`}
      description="What the project's processes send each other, and the memory that they share."
      actions={
        <Button component="a" variant="default" {...back}>
          Open the project
        </Button>
      }
    >
      <title>{`Channels of ${project.name} - SuperOS`}</title>
      <Tabs defaultValue="queues" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="queues" data-testid="tab-queues">
            Queues
          </Tabs.Tab>
          <Tabs.Tab value="events" data-testid="tab-events">
            Events
          </Tabs.Tab>
          <Tabs.Tab value="segments" data-testid="tab-segments">
            Shared memory
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="queues">
          <QueuesPane project={project.id} />
        </Tabs.Panel>
        <Tabs.Panel value="events">
          <EventsPane project={project.id} />
        </Tabs.Panel>
        <Tabs.Panel value="segments">
          <SegmentsPane project={project.id} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
