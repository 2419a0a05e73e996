import { Button, EmptyState, SimpleGrid, Skeleton } from "@mantine/core";
import { IconFolderPlus, IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import type { DragEvent } from "react";
import type { ProjectView } from "../../../kernel/abi/index.ts";
import { useProjects } from "../api/queries.ts";
import { folderOfDrop } from "../archive/collect-folder.ts";
import type { Folder } from "../archive/tar-archive.ts";
import { notifyFault } from "../parts/notify-fault.ts";
import { Page } from "../parts/page.tsx";
import { QueryView } from "../parts/query-view.tsx";
import { ImportModal } from "./import-modal.tsx";
import { ProjectCard } from "./project-card.tsx";
import styles from "./projects.module.css";
import { RemoveProjectModal } from "./remove-project-modal.tsx";

/** The projects, and the way in for new ones: a folder chosen, or dropped anywhere on the page. */
type Importing = { folder: Folder | null } | null;

export function ProjectsPage() {
  const query = useProjects();
  const [importing, setImporting] = useState<Importing>(null);
  const [removing, setRemoving] = useState<ProjectView | null>(null);
  const drop = useFolderDrop((folder) => setImporting({ folder }));
  const openImport = (): void => setImporting({ folder: null });

  return (
    <div className={styles.dropArea} data-over={drop.over} {...drop.handlers}>
      <title>Projects - SuperOS</title>
      <Page
        title="Projects"
        description="Folders of code, each with its own process tree. Nothing runs in one unless you start it."
        actions={
          <Button leftSection={<IconUpload size={16} aria-hidden />} onClick={openImport} data-testid="import-open">
            Import a folder
          </Button>
        }
      >
        <QueryView query={query} loading={<CardsSkeleton />}>
          {(projects) =>
            projects.length === 0 ? (
              <div className={styles.empty}>
                <EmptyState
                  icon={<IconFolderPlus size={44} stroke={1.3} />}
                  title="Import your first project"
                  description="Drop a folder here, or choose one. Its files are copied to this server, and you can run them at once."
                >
                  <EmptyState.Actions>
                    <Button onClick={openImport} data-testid="import-open-empty">
                      Choose a folder
                    </Button>
                  </EmptyState.Actions>
                </EmptyState>
              </div>
            ) : (
              <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
                {projects
                  .toSorted((a, b) => b.createdAt - a.createdAt)
                  .map((project) => (
                    <ProjectCard key={project.id} project={project} onRemove={() => setRemoving(project)} />
                  ))}
              </SimpleGrid>
            )
          }
        </QueryView>
      </Page>
      {importing !== null && (
        <ImportModal key={importing.folder?.name} dropped={importing.folder} onClose={() => setImporting(null)} />
      )}
      {removing !== null && <RemoveProjectModal project={removing} onClose={() => setRemoving(null)} />}
    </div>
  );
}

function useFolderDrop(onFolder: (folder: Folder) => void) {
  const [over, setOver] = useState(false);
  return {
    over,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: (event: DragEvent) => {
        if (event.currentTarget === event.target) setOver(false);
      },
      onDrop: (event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        folderOfDrop(event.dataTransfer).then(onFolder, notifyFault);
      },
    },
  };
}

function CardsSkeleton() {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md" aria-busy aria-label="Loading" role="status">
      {[1, 2, 3].map((card) => (
        <Skeleton key={card} height={132} radius="md" />
      ))}
    </SimpleGrid>
  );
}
