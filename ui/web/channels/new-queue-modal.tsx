import { Button, Group, Modal, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ProjectId } from "../../../kernel/abi/index.ts";
import { queueAnswer } from "../api/answers.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { useFocusBack } from "../parts/use-focus-back.ts";
import { emptyDraft, examineQueue } from "./queue-draft.ts";
import type { QueueDraft } from "./queue-draft.ts";

/** Makes a queue. Its limits are those that most queues need until somebody says otherwise. */
interface NewQueueModalProps {
  project: ProjectId;
  onClose: () => void;
  onMade: (name: string) => void;
}

export function NewQueueModal({ project, onClose, onMade }: NewQueueModalProps) {
  useFocusBack();
  const api = useApi();
  const queries = useQueryClient();
  const [draft, setDraft] = useState<QueueDraft>(emptyDraft);
  const { problems, request } = examineQueue(draft);
  const create = useMutation({
    mutationFn: (json: unknown) => api.json(queueAnswer, paths.queues(project), { method: "POST", json }),
    onSuccess: async ({ name }) => {
      await queries.invalidateQueries({ queryKey: keys.queues(project) });
      onClose();
      onMade(name);
    },
  });
  const field = (name: keyof QueueDraft, label: string) => ({
    label,
    value: draft[name],
    error: problems[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setDraft({ ...draft, [name]: event.currentTarget.value }),
    spellCheck: false,
    "data-testid": `queue-${name}`,
  });
  return (
    <Modal opened onClose={onClose} title="New queue" size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (request !== null) create.mutate(request);
        }}
      >
        <Stack gap="md">
          <TextInput
            {...field("name", "Name")}
            description="Processes use it with IPC_SEND and IPC_RECV of this name."
            maxLength={63}
            data-autofocus
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput {...field("maxMessages", "Messages at most")} inputMode="numeric" />
            <TextInput {...field("maxBytes", "Bytes at most")} />
            <TextInput {...field("acknowledge", "Time to acknowledge")} />
            <TextInput {...field("maxDeliveries", "Deliveries before it is dead")} inputMode="numeric" />
          </SimpleGrid>
          <Textarea
            {...field("schema", "JSON Schema")}
            description="Messages that do not satisfy it are refused. Empty for any JSON."
            autosize
            minRows={2}
            maxRows={10}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          />
          {create.error !== null && <FaultAlert error={create.error} title="No queue was made" />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={request === null} data-testid="queue-submit">
              Make the queue
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
