import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { channelNameSchema, parseBytes } from "../../../kernel/abi/index.ts";
import type { ProjectId } from "../../../kernel/abi/index.ts";
import { segmentAnswer } from "../api/answers.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { useFocusBack } from "../parts/use-focus-back.ts";

/** Makes a segment of shared memory. */
const leastBytes = 4096;

interface NewSegmentModalProps {
  project: ProjectId;
  onClose: () => void;
  onMade: (name: string) => void;
}

export function NewSegmentModal({ project, onClose, onMade }: NewSegmentModalProps) {
  useFocusBack();
  const api = useApi();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [size, setSize] = useState("16Mi");
  const create = useMutation({
    mutationFn: (json: unknown) => api.json(segmentAnswer, paths.segments(project), { method: "POST", json }),
    onSuccess: async (segment) => {
      await queries.invalidateQueries({ queryKey: keys.segments(project) });
      onClose();
      onMade(segment.name);
    },
  });
  const nameProblem = name === "" ? undefined : channelNameSchema.safeParse(name).error?.issues[0]?.message;
  const bytes = parseBytes(size.trim());
  const sizeProblem = bytes === undefined || bytes < leastBytes ? "At least 4Ki, written like 16Mi." : undefined;
  const sound = name !== "" && nameProblem === undefined && sizeProblem === undefined;
  return (
    <Modal opened onClose={onClose} title="New segment">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (sound) create.mutate({ name, bytes });
        }}
      >
        <Stack gap="md">
          <TextInput
            label="Name"
            description="Processes map it with SHM_MAP of this name, to read or to write."
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={nameProblem}
            maxLength={63}
            spellCheck={false}
            data-testid="segment-name"
            data-autofocus
          />
          <TextInput
            label="Size"
            description="It counts against the memory of the project."
            value={size}
            onChange={(event) => setSize(event.currentTarget.value)}
            error={sizeProblem}
            data-testid="segment-size"
          />
          {create.error !== null && <FaultAlert error={create.error} title="No segment was made" />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={!sound} data-testid="segment-submit">
              Make the segment
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
