import { Anchor, Badge, Button, DataList, EmptyState, Stack, Text, Title } from "@mantine/core";
import { IconFolderOff } from "@tabler/icons-react";
import { useState } from "react";
import { roles } from "../../../kernel/abi/index.ts";
import type { MemberView, ProjectId, ProjectView } from "../../../kernel/abi/index.ts";
import { useMembers, useProjects } from "../api/queries.ts";
import { Page } from "../parts/page.tsx";
import { QueryView } from "../parts/query-view.tsx";
import { useLink } from "../router/router.tsx";
import { useRights } from "../session/session-context.tsx";
import { AddMember } from "./add-member.tsx";
import { MemberTable } from "./member-table.tsx";
import { RemoveMemberModal } from "./remove-member-modal.tsx";
import { roleTexts } from "./role-texts.ts";

/** Who may do what in a project. Owners and admins change it; everybody else sees it, and why they cannot. */
export function MembersPage({ project: id }: { project: ProjectId }) {
  const projects = useProjects();
  return (
    <QueryView query={projects}>
      {(all) => {
        const project = all.find((one) => one.id === id);
        return project === undefined ? <NoProject /> : <Members project={project} />;
      }}
    </QueryView>
  );
}

function Members({ project }: { project: ProjectView }) {
  const query = useMembers(project.id);
  const rights = useRights(project.id);
  const back = useLink({ page: "project", id: project.id });
  const [removing, setRemoving] = useState<MemberView | null>(null);
  const [said, setSaid] = useState("");
  return (
    <Page
      title={`Members of ${project.name}`}
      description="Who may do what in this project. Admins are owners everywhere and are not listed for it."
      actions={
        <Button component="a" variant="default" {...back}>
          Open the project
        </Button>
      }
    >
      <title>{`Members of ${project.name} - SuperOS`}</title>
      <Stack gap="lg">
        {!rights.manages && (
          <Text size="sm" c="dimmed" data-testid="members-readonly">
            You see the members and cannot change them: your role here is <Badge color="gray">{rights.role}</Badge>, and
            only owners and admins manage members.
          </Text>
        )}
        {rights.manages && query.data !== undefined && (
          <AddMember project={project.id} members={query.data} onSaid={setSaid} />
        )}
        <div>
          <Text
            size="sm"
            c="dimmed"
            mb={said === "" ? 0 : "xs"}
            role="status"
            aria-live="polite"
            data-testid="members-said"
          >
            {said}
          </Text>
          <QueryView query={query}>
            {(members) =>
              members.length === 0 ? (
                <EmptyState title="No members" description="Only admins see this project." />
              ) : (
                <MemberTable
                  project={project.id}
                  members={members}
                  manages={rights.manages}
                  onRemove={setRemoving}
                  onSaid={setSaid}
                />
              )
            }
          </QueryView>
        </div>
        <section aria-label="Roles">
          <Title order={2} mb="xs">
            Roles
          </Title>
          <DataList gap={6} labelWidth="90px">
            {roles.map((role) => (
              <DataList.Item key={role}>
                <DataList.ItemLabel>{role}</DataList.ItemLabel>
                <DataList.ItemValue>{roleTexts[role]}</DataList.ItemValue>
              </DataList.Item>
            ))}
          </DataList>
        </section>
      </Stack>
      {removing !== null && (
        <RemoveMemberModal
          project={project}
          member={removing}
          onClose={() => setRemoving(null)}
          onRemoved={() => setSaid(`${removing.user} is no longer a member.`)}
        />
      )}
    </Page>
  );
}

function NoProject() {
  const back = useLink({ page: "projects" });
  return (
    <EmptyState
      py={96}
      icon={<IconFolderOff size={40} stroke={1.4} />}
      title="No such project"
      description="It was removed, or you have no access to it."
    >
      <EmptyState.Actions>
        <Anchor {...back}>Go to the projects</Anchor>
      </EmptyState.Actions>
    </EmptyState>
  );
}
