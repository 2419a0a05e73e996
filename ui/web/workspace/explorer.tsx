import { ActionIcon, Button, Group, Modal, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { IconFilePlus, IconRefresh } from "@tabler/icons-react";
import { memo, useCallback, useState } from "react";
import { projectPathSchema } from "../../../kernel/abi/index.ts";
import type { FileEntry, ProjectId } from "../../../kernel/abi/index.ts";
import { writtenAnswer } from "../api/answers.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { FileTree } from "./file-tree.tsx";
import styles from "./workspace.module.css";
import type { Workspace } from "./workspace.ts";

/** The project's files, with making and deleting them. It is drawn again when they change, not when a process does. */
interface ExplorerProps {
  workspace: Workspace;
  active: string | null;
  /** Why files cannot be made or deleted here, if so. */
  refusal: string | undefined;
}

export const Explorer = memo(function Explorer({ workspace, active, refusal }: ExplorerProps) {
  const { project } = workspace;
  const queries = useQueryClient();
  const [creating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<{ path: string; entry: FileEntry } | null>(null);
  const open = useCallback((path: string, entry: FileEntry) => workspace.open(path, entry.bytes), [workspace]);
  const remove = useCallback((path: string, entry: FileEntry) => setRemoving({ path, entry }), []);
  return (
    <section className={styles.explorer} aria-label="Explorer">
      <div className={styles.paneHead}>
        <Text size="xs" fw={600} c="dimmed">
          Files
        </Text>
        <Group gap={2}>
          <Tooltip label={refusal ?? "New file"} multiline maw={260}>
            <ActionIcon
              size="sm"
              aria-label="New file"
              data-disabled={refusal !== undefined}
              aria-disabled={refusal !== undefined}
              onClick={() => refusal === undefined && setCreating(true)}
              data-testid="file-new"
            >
              <IconFilePlus size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Read again">
            <ActionIcon
              size="sm"
              aria-label="Read the files again"
              onClick={() => void queries.invalidateQueries({ queryKey: keys.files(project) })}
              data-testid="file-refresh"
            >
              <IconRefresh size={16} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </div>
      <div className={styles.explorerBody}>
        <FileTree project={project} active={active} onOpen={open} onRemove={refusal === undefined ? remove : null} />
      </div>
      {creating && <NewFileModal workspace={workspace} near={active} onClose={() => setCreating(false)} />}
      {removing !== null && <RemoveFileModal workspace={workspace} {...removing} onClose={() => setRemoving(null)} />}
    </section>
  );
});

function NewFileModal({
  workspace,
  near,
  onClose,
}: {
  workspace: Workspace;
  near: string | null;
  onClose: () => void;
}) {
  const api = useApi();
  const queries = useQueryClient();
  const folder = near?.includes("/") === true ? near.slice(0, near.lastIndexOf("/") + 1) : "";
  const [path, setPath] = useState(folder);
  const problem =
    path === folder
      ? undefined
      : (projectPathSchema.safeParse(path).error?.issues[0]?.message ?? (path === "" ? "type a name" : undefined));
  const create = useMutation({
    mutationFn: () =>
      api.json(writtenAnswer, paths.content(workspace.project, path), {
        method: "PUT",
        body: new Uint8Array(),
        headers: { "content-type": "application/octet-stream", "if-none-match": "*" },
      }),
    onSuccess: async () => {
      await refreshFiles(queries, workspace.project);
      workspace.open(path, 0);
      onClose();
    },
  });
  const ready = path !== folder && problem === undefined;
  return (
    <Modal opened onClose={onClose} title="New file">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) create.mutate();
        }}
      >
        <Stack gap="md">
          <TextInput
            label="Path in the project"
            placeholder="main.py"
            value={path}
            error={problem}
            onChange={(event) => setPath(event.currentTarget.value)}
            data-testid="file-name"
            data-autofocus
          />
          {create.error !== null && <FaultAlert error={create.error} title="The file was not made" />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!ready} loading={create.isPending} data-testid="file-create">
              Make the file
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface RemoveFileModalProps {
  workspace: Workspace;
  path: string;
  entry: FileEntry;
  onClose: () => void;
}

function RemoveFileModal({ workspace, path, entry, onClose }: RemoveFileModalProps) {
  const api = useApi();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.empty(paths.content(workspace.project, path), { method: "DELETE" }),
    onSuccess: async () => {
      workspace.close(path);
      await refreshFiles(queries, workspace.project);
      onClose();
    },
  });
  return (
    <ConfirmModal
      title={`Delete ${path}?`}
      action="Delete"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {entry.kind === "directory"
          ? "A folder must be empty to be deleted."
          : "It is deleted from this server. This cannot be undone."}
      </Text>
    </ConfirmModal>
  );
}

async function refreshFiles(queries: ReturnType<typeof useQueryClient>, project: ProjectId): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: keys.files(project) }),
    queries.invalidateQueries({ queryKey: keys.projects }),
  ]);
}
