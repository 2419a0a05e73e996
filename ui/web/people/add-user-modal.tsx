import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { userNameSchema } from "../../../kernel/abi/index.ts";
import { createdUserAnswer } from "../api/answers.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { useFocusBack } from "../parts/use-focus-back.ts";
import { SignInLinkModal } from "./sign-in-link-modal.tsx";

/** Adds a person, then shows the link by which they sign in. */
export function AddUserModal({ onClose }: { onClose: () => void }) {
  useFocusBack();
  const api = useApi();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [admin, setAdmin] = useState(false);
  const create = useMutation({
    mutationFn: () => api.json(createdUserAnswer, paths.users, { method: "POST", json: { name, admin } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.users }),
  });
  const problem = name === "" ? undefined : userNameSchema.safeParse(name).error?.issues[0]?.message;
  const ready = name !== "" && problem === undefined;
  if (create.data !== undefined)
    return <SignInLinkModal name={create.data.user.name} url={create.data.signInUrl} onClose={onClose} />;
  return (
    <Modal opened onClose={onClose} title="Add a user">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) create.mutate();
        }}
      >
        <Stack gap="md">
          <TextInput
            label="Name"
            description="Small letters, such as mia or tom.k. It cannot be changed later."
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={problem}
            maxLength={32}
            autoComplete="off"
            spellCheck={false}
            data-testid="user-name"
            data-autofocus
          />
          <Checkbox
            label="Admin"
            description="Adds and removes people, reads the audit log, and is owner of every project."
            checked={admin}
            onChange={(event) => setAdmin(event.currentTarget.checked)}
            data-testid="user-admin"
          />
          {create.error !== null && <FaultAlert error={create.error} title="Nobody was added" />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!ready} loading={create.isPending} data-testid="user-submit">
              Add the user
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
