import { Button, Checkbox, Group, Modal, Progress, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { FormEvent } from "react";
import { projectNameSchema, projectViewSchema } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys, useProjects } from "../api/queries.ts";
import { bytesOf, suggestedName, withoutBulk } from "../archive/folder-summary.ts";
import { tarArchive } from "../archive/tar-archive.ts";
import type { Folder } from "../archive/tar-archive.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { counted, readableBytes } from "../parts/format-amount.ts";
import { useFocusBack } from "../parts/use-focus-back.ts";
import { useRouter } from "../router/router.tsx";
import { FolderTarget } from "./folder-target.tsx";

/** Imports a folder as a new project: choose it, name it, watch it go up. Closing while it goes up cancels it. */
export function ImportModal({ dropped, onClose }: { dropped: Folder | null; onClose: () => void }) {
  useFocusBack();
  const { navigate } = useRouter();
  const [folder, setFolder] = useState(dropped);
  const [name, setName] = useState(dropped === null ? "" : suggestedName(dropped.name));
  const [leaveOut, setLeaveOut] = useState(false);
  const upload = useImport((id) => {
    onClose();
    navigate({ page: "project", id });
  });
  const choose = (chosen: Folder): void => {
    setFolder(chosen);
    setName((typed) => typed || suggestedName(chosen.name));
    upload.reset();
  };

  const lean = folder === null ? null : withoutBulk(folder);
  const sent = leaveOut ? lean : folder;
  const projects = useProjects();
  const taken = projects.data?.some((project) => project.name === name) === true;
  const nameProblem =
    name === ""
      ? undefined
      : taken && !upload.busy
        ? "there is a project of this name already"
        : projectNameSchema.safeParse(name).error?.issues[0]?.message;
  const ready = sent !== null && sent.files.length > 0 && name !== "" && nameProblem === undefined;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready) upload.start({ folder: sent, name });
  };

  return (
    <Modal opened onClose={onClose} title="Import a folder" size="md">
      <form onSubmit={submit}>
        <Stack gap="md">
          <FolderTarget folder={folder} disabled={upload.busy} onFolder={choose} />
          {folder !== null && lean !== null && (
            <>
              <TextInput
                label="Project name"
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                error={nameProblem}
                disabled={upload.busy}
                maxLength={63}
                data-testid="import-name"
                data-autofocus
              />
              {lean.files.length < folder.files.length && (
                <Checkbox
                  label="Leave out .git, node_modules, .venv and __pycache__"
                  description={`${counted(folder.files.length - lean.files.length, "file")}, ${readableBytes(bytesOf(folder) - bytesOf(lean))}`}
                  checked={leaveOut}
                  disabled={upload.busy}
                  onChange={(event) => setLeaveOut(event.currentTarget.checked)}
                />
              )}
            </>
          )}
          {upload.busy && (
            <Stack gap={6} aria-live="polite">
              <Progress value={upload.progress * 100} aria-label="Upload" animated={upload.progress === 1} />
              <Text size="xs" c="dimmed">
                {upload.progress < 1
                  ? `${Math.floor(upload.progress * 100)} % sent`
                  : "Sent. The files are being put in place."}
              </Text>
            </Stack>
          )}
          {upload.error !== null && <FaultAlert error={upload.error} title="The folder was not imported" />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!ready} loading={upload.busy} data-testid="import-submit">
              {sent === null
                ? "Import"
                : `Import ${counted(sent.files.length, "file")} (${readableBytes(bytesOf(sent))})`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function useImport(onDone: (id: ReturnType<typeof projectViewSchema.parse>["id"]) => void) {
  const api = useApi();
  const queries = useQueryClient();
  const [progress, setProgress] = useState(0);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const mutation = useMutation({
    mutationFn: async ({ folder, name }: { folder: Folder; name: string }) => {
      setProgress(0);
      abort.current = new AbortController();
      const archive = await tarArchive(folder);
      return api.upload(projectViewSchema, paths.importProject(name), {
        body: archive,
        onProgress: setProgress,
        signal: abort.current.signal,
      });
    },
    onSuccess: async (project) => {
      await queries.invalidateQueries({ queryKey: keys.projects });
      onDone(project.id);
    },
  });
  return {
    progress,
    busy: mutation.isPending,
    error: mutation.error,
    start: (what: { folder: Folder; name: string }) => mutation.mutate(what),
    reset: () => mutation.reset(),
  };
}
