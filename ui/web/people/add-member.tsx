import { Button, Group, Select, Text } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useState } from "react";
import { roles } from "../../../kernel/abi/index.ts";
import type { MemberView, ProjectId, Role } from "../../../kernel/abi/index.ts";
import { useUsers } from "../api/queries.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { useLink } from "../router/router.tsx";
import { usePerson } from "../session/session-context.tsx";
import { useMemberChange } from "./use-member-change.ts";

/** Makes somebody who has an account a member. */
interface AddMemberProps {
  project: ProjectId;
  members: readonly MemberView[];
  onSaid: (said: string) => void;
}

export function AddMember({ project, members, onSaid }: AddMemberProps) {
  const users = useUsers();
  const { admin } = usePerson();
  const toUsers = useLink({ page: "users" });
  const change = useMemberChange(project);
  const [user, setUser] = useState<string | null>(null);
  const [role, setRole] = useState<Role>("runner");
  const others = (users.data ?? []).filter(({ name }) => !members.some((member) => member.user === name));
  return (
    <section aria-label="Add a member">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (user === null) return;
          change.mutate(
            { user, role },
            {
              onSuccess: () => {
                onSaid(`${user} is a member now, as ${role}.`);
                setUser(null);
              },
            },
          );
        }}
      >
        <Group gap="sm" align="flex-end">
          <Select
            label="User"
            placeholder={users.data !== undefined && others.length === 0 ? "Everybody is a member" : "Choose somebody"}
            data={others.map(({ name }) => name)}
            value={user}
            onChange={setUser}
            searchable
            nothingFoundMessage="Nobody of that name"
            disabled={others.length === 0}
            w={240}
            data-testid="member-user"
          />
          <Select
            label="Role"
            data={[...roles]}
            value={role}
            allowDeselect={false}
            onChange={(value) => setRole(roles.find((one) => one === value) ?? role)}
            w={140}
            data-testid="member-new-role"
          />
          <Button
            type="submit"
            leftSection={<IconUserPlus size={16} aria-hidden />}
            disabled={user === null}
            loading={change.isPending}
            data-testid="member-add"
          >
            Add
          </Button>
        </Group>
      </form>
      {admin && users.data !== undefined && others.length === 0 && (
        <Text size="sm" c="dimmed" mt="xs">
          Add people under <a {...toUsers}>Users</a> first.
        </Text>
      )}
      {users.isError && <FaultAlert error={users.error} title="The users could not be loaded" />}
      {change.isError && <FaultAlert error={change.error} title="Nobody was added" />}
    </section>
  );
}
