import { Alert, Button, CopyButton, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { tokenNameSchema } from "../../../kernel/abi/index.ts";
import { createdTokenAnswer } from "../api/answers.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { useFocusBack } from "../parts/use-focus-back.ts";

/** Makes a token, then shows its secret this one time. */
export function CreateTokenModal({ onClose }: { onClose: () => void }) {
  useFocusBack();
  const api = useApi();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const create = useMutation({
    mutationFn: () => api.json(createdTokenAnswer, paths.tokens, { method: "POST", json: { name } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.tokens }),
  });
  const problem = name === "" ? undefined : tokenNameSchema.safeParse(name).error?.issues[0]?.message;
  if (create.data !== undefined)
    return <SecretModal name={create.data.token.name} secret={create.data.secret} onClose={onClose} />;
  return (
    <Modal opened onClose={onClose} title="New token">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name !== "" && problem === undefined) create.mutate();
        }}
      >
        <Stack gap="md">
          <TextInput
            label="Name"
            description="What will use it, such as laptop or ci."
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={problem}
            maxLength={63}
            data-testid="token-name"
            data-autofocus
          />
          {create.error !== null && <FaultAlert error={create.error} title="No token was made" />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              loading={create.isPending}
              disabled={name === "" || problem !== undefined}
              data-testid="token-submit"
            >
              Make the token
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function SecretModal({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Token ${name}`}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack gap="md">
        <Alert color="yellow" variant="light">
          Copy the token now. It is shown this one time; SuperOS keeps only a digest of it.
        </Alert>
        <TextInput
          label="Token"
          value={secret}
          readOnly
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          onFocus={(event) => event.currentTarget.select()}
          data-testid="token-secret"
        />
        <Text size="sm" c="dimmed">
          For the superos command: set SUPEROS_URL to this address and SUPEROS_TOKEN to the token.
        </Text>
        <Group justify="flex-end" gap="xs">
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
                onClick={copy}
                data-testid="token-copy"
              >
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose} data-testid="token-done">
            I have copied it
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
