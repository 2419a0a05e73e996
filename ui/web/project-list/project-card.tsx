import { ActionIcon, Badge, Group, Menu } from "@mantine/core";
import { IconArrowsExchange, IconDotsVertical, IconDownload, IconTrash, IconUsers } from "@tabler/icons-react";
import type { ProjectView } from "../../../kernel/abi/index.ts";
import { downloadHref, paths } from "../api/paths.ts";
import { useProjectRuns } from "../live/live-context.tsx";
import { counted, readableAge, readableBytes } from "../parts/format-amount.ts";
import { hasEnded } from "../parts/process-facts.ts";
import { useNow } from "../parts/use-now.ts";
import { roleTexts } from "../people/role-texts.ts";
import { useLink } from "../router/router.tsx";
import { useRights } from "../session/session-context.tsx";
import styles from "./projects.module.css";

/** One project: what it holds, whether something runs in it, and what can be done with it as a whole. */
export function ProjectCard({ project, onRemove }: { project: ProjectView; onRemove: () => void }) {
  const link = useLink({ page: "project", id: project.id });
  const members = useLink({ page: "members", id: project.id });
  const channels = useLink({ page: "channels", id: project.id });
  const { role, manages } = useRights(project.id);
  const running = useProjectRuns(project.id).filter((run) => !hasEnded(run)).length;
  const now = useNow(30_000);
  return (
    <article className={styles.card} data-testid="project-card" data-project={project.id}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <a className={`${styles.name} clip`} {...link} title={project.name}>
          {project.name}
        </a>
        <Menu position="bottom-end" width={180}>
          <Menu.Target>
            <ActionIcon className={styles.above} aria-label={`Actions for ${project.name}`} data-testid="project-menu">
              <IconDotsVertical size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              component="a"
              href={downloadHref(paths.archive(project.id))}
              download={`${project.name}.tar`}
              leftSection={<IconDownload size={16} aria-hidden />}
              data-testid="project-export"
            >
              Export as tar
            </Menu.Item>
            <Menu.Item
              component="a"
              {...channels}
              leftSection={<IconArrowsExchange size={16} aria-hidden />}
              data-testid="project-channels"
            >
              Channels
            </Menu.Item>
            <Menu.Item
              component="a"
              {...members}
              leftSection={<IconUsers size={16} aria-hidden />}
              data-testid="project-members"
            >
              Members
            </Menu.Item>
            <Menu.Item
              color="red"
              leftSection={<IconTrash size={16} aria-hidden />}
              disabled={!manages}
              title={manages ? undefined : "Only owners and admins remove a project"}
              onClick={onRemove}
              data-testid="project-remove"
            >
              Remove
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <Group>
        {running > 0 ? (
          <Badge variant="dot" color="teal">
            {running} running
          </Badge>
        ) : (
          <Badge color="gray">idle</Badge>
        )}
        {role !== null && role !== "owner" && (
          <Badge color="gray" title={roleTexts[role]}>
            {role}
          </Badge>
        )}
      </Group>
      <div className={styles.facts}>
        <span>{counted(project.files, "file")}</span>
        <span>{readableBytes(project.bytes)}</span>
        <span title={new Date(project.createdAt).toLocaleString()}>
          imported {readableAge(now - project.createdAt)} ago
        </span>
      </div>
    </article>
  );
}
