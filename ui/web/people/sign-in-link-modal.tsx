import { Alert, Button, CopyButton, Group, Modal, Stack, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useFocusBack } from "../parts/use-focus-back.ts";

/** Shows a person's sign-in link this one time. Whoever opens it first is signed in as them. */
export function SignInLinkModal({ name, url, onClose }: { name: string; url: string; onClose: () => void }) {
  useFocusBack();
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Sign-in link for ${name}`}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
      size="lg"
    >
      <Stack gap="md">
        <Alert color="yellow" variant="light">
          Give this link to {name} alone, and soon: whoever opens it is signed in as {name}. It works once and for a
          limited time, and is not shown again.
        </Alert>
        <TextInput
          label="Link"
          value={url}
          readOnly
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          onFocus={(event) => event.currentTarget.select()}
          data-testid="user-link-url"
        />
        <Group justify="flex-end" gap="xs">
          <CopyButton value={url}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
                onClick={copy}
                data-autofocus
                data-testid="user-link-copy"
              >
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose} data-testid="user-link-done">
            I have copied it
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
