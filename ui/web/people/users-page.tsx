import { ActionIcon, Badge, Button, Group, Table, Text, Tooltip } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { IconLink, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { UserView } from "../../../kernel/abi/index.ts";
import { signInLinkAnswer } from "../api/answers.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { useUsers } from "../api/queries.ts";
import { notifyFault } from "../parts/notify-fault.ts";
import { Page } from "../parts/page.tsx";
import { Panel } from "../parts/panel.tsx";
import { QueryView } from "../parts/query-view.tsx";
import { usePerson } from "../session/session-context.tsx";
import { AddUserModal } from "./add-user-modal.tsx";
import { AdminsOnly } from "./admins-only.tsx";
import { RemoveUserModal } from "./remove-user-modal.tsx";
import { SignInLinkModal } from "./sign-in-link-modal.tsx";

/** The people of this instance. Each gets in with a link that works once; admins make it and hand it over. */
export function UsersPage() {
  const { admin } = usePerson();
  return admin ? <Users /> : <AdminsOnly title="Users" what="Admins add and remove people. Ask one of them." />;
}

function Users() {
  const query = useUsers();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<UserView | null>(null);
  return (
    <Page
      title="Users"
      description="The people who sign in here. What each may do in a project is said under the project's members."
      actions={
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)} data-testid="user-new">
          Add a user
        </Button>
      }
    >
      <title>Users - SuperOS</title>
      <QueryView query={query}>{(users) => <UserTable users={users} onRemove={setRemoving} />}</QueryView>
      {adding && <AddUserModal onClose={() => setAdding(false)} />}
      {removing !== null && <RemoveUserModal user={removing} onClose={() => setRemoving(null)} />}
    </Page>
  );
}

function UserTable({ users, onRemove }: { users: readonly UserView[]; onRemove: (user: UserView) => void }) {
  const api = useApi();
  const person = usePerson();
  const admins = users.filter((user) => user.admin).length;
  const link = useMutation({
    mutationFn: (name: string) => api.json(signInLinkAnswer, paths.userLink(name), { method: "POST" }),
    onError: notifyFault,
  });
  return (
    <Panel>
      <Table data-testid="user-table">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Kind</Table.Th>
            <Table.Th>Added</Table.Th>
            <Table.Th aria-label="Actions" w={170} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {users.map((user) => {
            const last = user.admin && admins === 1;
            return (
              <Table.Tr key={user.name} data-testid="user-row" data-user={user.name}>
                <Table.Td fw={500}>
                  {user.name}
                  {user.name === person.user && (
                    <Text span size="xs" c="dimmed" ml={6}>
                      you
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>{user.admin ? <Badge color="iris">admin</Badge> : <Badge color="gray">user</Badge>}</Table.Td>
                <Table.Td>{new Date(user.createdAt).toLocaleString()}</Table.Td>
                <Table.Td>
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <Button
                      size="compact-xs"
                      variant="default"
                      leftSection={<IconLink size={14} aria-hidden />}
                      loading={link.isPending && link.variables === user.name}
                      onClick={() => link.mutate(user.name)}
                      aria-label={`New sign-in link for ${user.name}`}
                      data-testid="user-link"
                    >
                      New link
                    </Button>
                    <Tooltip label={last ? "The last admin stays" : "Remove"}>
                      <ActionIcon
                        aria-label={last ? `${user.name} is the last admin and stays` : `Remove the user ${user.name}`}
                        data-disabled={last}
                        aria-disabled={last}
                        onClick={() => !last && onRemove(user)}
                        data-testid="user-remove"
                      >
                        <IconTrash size={16} />
                      </ActionIcon>
                    </Tooltip>
                  </Group>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
      {link.data !== undefined && (
        <SignInLinkModal name={link.variables ?? ""} url={link.data.signInUrl} onClose={() => link.reset()} />
      )}
    </Panel>
  );
}
