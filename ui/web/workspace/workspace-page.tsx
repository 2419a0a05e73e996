import { ActionIcon, Badge, Button, EmptyState, Group, Menu, Splitter, Text, Title, Tooltip } from "@mantine/core";
import {
  IconArrowsExchange,
  IconDotsVertical,
  IconDownload,
  IconFolderOff,
  IconLayoutSidebar,
  IconLayoutSidebarRight,
  IconTrash,
  IconUsers,
} from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import type { ProjectId, ProjectView, RuntimeView } from "../../../kernel/abi/index.ts";
import type { Place } from "../../diagnostics/diagnostic.ts";
import { downloadHref, paths } from "../api/paths.ts";
import { useFolder, useProjects, useRuntimes } from "../api/queries.ts";
import { ErrorsPane } from "../errors/errors-pane.tsx";
import { relatedRuns } from "../errors/related-runs.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { RowsSkeleton } from "../parts/query-view.tsx";
import { roleTexts } from "../people/role-texts.ts";
import { RemoveProjectModal } from "../project-list/remove-project-modal.tsx";
import { useLink, useRouter } from "../router/router.tsx";
import { RunOutput } from "../run/run-output.tsx";
import { RunPanel } from "../run/run-panel.tsx";
import { useRunForm } from "../run/use-run-form.ts";
import { useRights } from "../session/session-context.tsx";
import { ConflictModal } from "./conflict-modal.tsx";
import { EditorPane } from "./editor-pane.tsx";
import { Explorer } from "./explorer.tsx";
import { usePanes } from "./use-panes.ts";
import { useRuns } from "./use-runs.ts";
import { useSave } from "./use-save.ts";
import { useShortcuts } from "./use-shortcuts.ts";
import styles from "./workspace.module.css";
import { useWorkspace } from "./workspaces-context.tsx";

/** One project: its files, the editor, what runs in it, and the panel that starts things. */
export function WorkspacePage({ project: id }: { project: ProjectId }) {
  const projects = useProjects();
  const runtimes = useRuntimes();
  const back = useLink({ page: "projects" });
  const project = projects.data?.find((one) => one.id === id);
  const failed = [projects, runtimes].find((query) => query.isError && query.data === undefined);
  if (failed !== undefined) {
    return (
      <div className={styles.padded}>
        <FaultAlert
          error={failed.error}
          title="The project could not be loaded"
          onRetry={() => void failed.refetch()}
        />
      </div>
    );
  }
  if (projects.data === undefined || runtimes.data === undefined) {
    return (
      <div className={styles.padded}>
        <RowsSkeleton rows={8} />
      </div>
    );
  }
  if (project === undefined) {
    return (
      <EmptyState
        py={96}
        icon={<IconFolderOff size={40} stroke={1.4} />}
        title="No such project"
        description="It was removed, or you have no access to it."
      >
        <EmptyState.Actions>
          <Button component="a" {...back}>
            Go to the projects
          </Button>
        </EmptyState.Actions>
      </EmptyState>
    );
  }
  return <Workbench project={project} runtimes={runtimes.data} />;
}

function Workbench({ project, runtimes }: { project: ProjectView; runtimes: readonly RuntimeView[] }) {
  const { workspace, state } = useWorkspace(project.id);
  const top = useFolder(project.id, "").data?.entries ?? [];
  const form = useRunForm({
    project: project.id,
    runtimes,
    files: state.recent,
    top: top.filter(({ kind }) => kind === "file").map(({ name }) => name),
  });
  const runs = useRuns(workspace);
  const readOnly = form.rights.lack("FS_WRITE");
  const save = useSave(workspace);
  const panes = usePanes();
  const related = useMemo(() => relatedRuns(runs.all, runs.shown), [runs.all, runs.shown]);
  const openPlace = useCallback(
    ({ file, line, column }: Place) => workspace.reveal({ path: file, line, column }),
    [workspace],
  );

  const run = (): void => {
    const request = form.request();
    if (request !== null && !runs.busy) runs.start(request);
  };
  const openTerminal = (): void => {
    const request = form.terminal();
    if (request !== null && !runs.busy) runs.start(request);
  };
  useShortcuts({ Enter: run, s: () => readOnly === undefined && state.active !== null && save(state.active) });

  return (
    <div className={styles.workspace}>
      <title>{`${project.name} - SuperOS`}</title>
      <WorkspaceHead project={project} onToggle={(pane) => panes.toggle(pane)} />
      <Splitter
        className={styles.grid}
        splitterRef={panes.ref}
        onCollapseChange={panes.onCollapse}
        lineSize={1}
        withHandle={false}
        handleColor="var(--line)"
        attributes={{ handle: { "aria-label": "Resize the panes beside it", className: styles.handle } }}
      >
        <Splitter.Pane
          className={styles.pane}
          inert={panes.isHidden(0)}
          defaultSize="260px"
          min="150px"
          max="480px"
          collapsible
        >
          <Splitter
            className={styles.pane}
            orientation="vertical"
            lineSize={1}
            withHandle={false}
            handleColor="var(--line)"
            attributes={{ handle: { "aria-label": "Resize the files and the errors", className: styles.handle } }}
          >
            <Splitter.Pane className={styles.pane} defaultSize={62} min={15}>
              <Explorer workspace={workspace} active={state.active} refusal={readOnly} />
            </Splitter.Pane>
            <Splitter.Pane className={styles.pane} defaultSize={38} min={10}>
              <ErrorsPane processes={related} onOpen={openPlace} />
            </Splitter.Pane>
          </Splitter>
        </Splitter.Pane>
        <Splitter.Pane className={styles.pane} defaultSize={100} min="260px">
          <Splitter
            className={styles.pane}
            orientation="vertical"
            lineSize={1}
            withHandle={false}
            handleColor="var(--line)"
            attributes={{ handle: { "aria-label": "Resize the editor and the output", className: styles.handle } }}
          >
            <Splitter.Pane className={styles.pane} defaultSize={58} min={15}>
              <EditorPane workspace={workspace} state={state} readOnly={readOnly !== undefined} onSave={save} />
            </Splitter.Pane>
            <Splitter.Pane className={styles.pane} defaultSize={42} min={15}>
              <RunOutput
                runs={runs.all}
                shown={runs.shown}
                started={runs.started}
                onShow={runs.show}
                terminal={{ refusal: form.noTerminal, busy: runs.busy, onOpen: openTerminal }}
              />
            </Splitter.Pane>
          </Splitter>
        </Splitter.Pane>
        <Splitter.Pane
          className={styles.pane}
          inert={panes.isHidden(2)}
          defaultSize="292px"
          min="230px"
          max="480px"
          collapsible
        >
          <RunPanel
            form={form}
            runtimes={runtimes}
            savesFirst={workspace.dirtyPaths.length > 0}
            busy={runs.busy}
            error={runs.error}
            onRun={run}
          />
        </Splitter.Pane>
      </Splitter>
      {state.conflict !== null && <ConflictModal workspace={workspace} path={state.conflict} />}
    </div>
  );
}

function WorkspaceHead({ project, onToggle }: { project: ProjectView; onToggle: (pane: number) => void }) {
  const back = useLink({ page: "projects" });
  const { navigate } = useRouter();
  const rights = useRights(project.id);
  const members = useLink({ page: "members", id: project.id });
  const channels = useLink({ page: "channels", id: project.id });
  const [removing, setRemoving] = useState(false);
  return (
    <div className={styles.head}>
      <Group gap={8} wrap="nowrap" style={{ minWidth: 0 }}>
        <a className={styles.crumb} {...back}>
          Projects
        </a>
        <Text span c="dimmed" aria-hidden>
          /
        </Text>
        <Title order={1} fz="sm" className="clip">
          {project.name}
        </Title>
        {rights.role !== null && rights.role !== "owner" && (
          <Badge color="gray" flex="none" title={roleTexts[rights.role]} data-testid="my-role">
            {rights.role}
          </Badge>
        )}
      </Group>
      <Group gap={4} wrap="nowrap">
        <Tooltip label="Show or hide the explorer">
          <ActionIcon aria-label="Show or hide the explorer" onClick={() => onToggle(0)} data-testid="toggle-explorer">
            <IconLayoutSidebar size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Show or hide the run panel">
          <ActionIcon aria-label="Show or hide the run panel" onClick={() => onToggle(2)} data-testid="toggle-run">
            <IconLayoutSidebarRight size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        <Menu position="bottom-end" width={180}>
          <Menu.Target>
            <ActionIcon aria-label="Project actions" data-testid="workspace-menu">
              <IconDotsVertical size={18} stroke={1.6} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              component="a"
              href={downloadHref(paths.archive(project.id))}
              download={`${project.name}.tar`}
              leftSection={<IconDownload size={16} aria-hidden />}
            >
              Export as tar
            </Menu.Item>
            <Menu.Item
              component="a"
              {...channels}
              leftSection={<IconArrowsExchange size={16} aria-hidden />}
              data-testid="workspace-channels"
            >
              Channels
            </Menu.Item>
            <Menu.Item
              component="a"
              {...members}
              leftSection={<IconUsers size={16} aria-hidden />}
              data-testid="workspace-members"
            >
              Members
            </Menu.Item>
            <Menu.Item
              color="red"
              leftSection={<IconTrash size={16} aria-hidden />}
              disabled={!rights.manages}
              title={rights.manages ? undefined : "Only owners and admins remove a project"}
              onClick={() => setRemoving(true)}
            >
              Remove
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      {removing && (
        <RemoveProjectModal
          project={project}
          onClose={() => setRemoving(false)}
          onRemoved={() => navigate({ page: "projects" }, { replace: true })}
        />
      )}
    </div>
  );
}
