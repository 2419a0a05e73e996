import { ActionIcon, Badge, Loader, Select, Table, Text, Tooltip } from "@mantine/core";
import { IconUserMinus } from "@tabler/icons-react";
import { roles } from "../../../kernel/abi/index.ts";
import type { MemberView, ProjectId } from "../../../kernel/abi/index.ts";
import { notifyFault } from "../parts/notify-fault.ts";
import { Panel } from "../parts/panel.tsx";
import { usePerson } from "../session/session-context.tsx";
import { roleTexts } from "./role-texts.ts";
import { useMemberChange } from "./use-member-change.ts";

/** The members of a project with their roles. A role that is chosen holds at once, in open sessions too. */
interface MemberTableProps {
  project: ProjectId;
  members: readonly MemberView[];
  manages: boolean;
  onRemove: (member: MemberView) => void;
  onSaid: (said: string) => void;
}

export function MemberTable(props: MemberTableProps) {
  return (
    <Panel>
      <Table data-testid="member-table">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>User</Table.Th>
            <Table.Th w={220}>Role</Table.Th>
            <Table.Th>May</Table.Th>
            {props.manages && <Table.Th aria-label="Actions" w={60} />}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {props.members
            .toSorted((a, b) => a.user.localeCompare(b.user))
            .map((member) => (
              <Row key={member.user} {...props} member={member} />
            ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function Row({ project, member, manages, onRemove, onSaid }: MemberTableProps & { member: MemberView }) {
  const person = usePerson();
  const change = useMemberChange(project);
  const { user, role } = member;
  const shown = change.isPending ? (change.variables.role ?? role) : role;
  return (
    <Table.Tr data-testid="member-row" data-user={user}>
      <Table.Td fw={500}>
        {user}
        {user === person.user && (
          <Text span size="xs" c="dimmed" ml={6}>
            you
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {manages ? (
          <Select
            size="xs"
            aria-label={`Role of ${user}`}
            data={[...roles]}
            value={shown}
            allowDeselect={false}
            disabled={change.isPending}
            rightSection={change.isPending ? <Loader size={14} /> : undefined}
            onChange={(value) => {
              const chosen = roles.find((one) => one === value);
              if (chosen === undefined || chosen === role) return;
              change.mutate(
                { user, role: chosen },
                { onSuccess: () => onSaid(`${user} is now ${chosen}.`), onError: notifyFault },
              );
            }}
            data-testid="member-role"
          />
        ) : (
          <Badge color="gray">{role}</Badge>
        )}
      </Table.Td>
      <Table.Td c="dimmed">{roleTexts[shown]}</Table.Td>
      {manages && (
        <Table.Td>
          <Tooltip label="Remove">
            <ActionIcon
              aria-label={`Remove the member ${user}`}
              onClick={() => onRemove(member)}
              data-testid="member-remove"
            >
              <IconUserMinus size={16} />
            </ActionIcon>
          </Tooltip>
        </Table.Td>
      )}
    </Table.Tr>
  );
}
