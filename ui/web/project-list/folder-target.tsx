import { Button, Text } from "@mantine/core";
import { IconFolderOpen, IconFolderCheck } from "@tabler/icons-react";
import { useId, useRef, useState } from "react";
import { folderOfDrop, folderOfInput } from "../archive/collect-folder.ts";
import { bytesOf } from "../archive/folder-summary.ts";
import type { Folder } from "../archive/tar-archive.ts";
import { counted, readableBytes } from "../parts/format-amount.ts";
import { notifyFault } from "../parts/notify-fault.ts";
import styles from "./projects.module.css";

/** Where a folder is chosen with the browser's own dialog, or dropped. */
interface FolderTargetProps {
  folder: Folder | null;
  disabled: boolean;
  onFolder: (folder: Folder) => void;
}

export function FolderTarget({ folder, disabled, onFolder }: FolderTargetProps) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [empty, setEmpty] = useState(false);
  const hint = useId();
  const take = (chosen: Folder): void => {
    setEmpty(chosen.files.length === 0);
    if (chosen.files.length > 0) onFolder(chosen);
  };
  return (
    <div
      className={styles.target}
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        event.stopPropagation();
        setOver(false);
        if (!disabled) folderOfDrop(event.dataTransfer).then(take, notifyFault);
      }}
    >
      {folder === null ? (
        <IconFolderOpen size={32} stroke={1.3} aria-hidden />
      ) : (
        <IconFolderCheck size={32} stroke={1.3} aria-hidden />
      )}
      <Text size="sm" fw={500} id={hint}>
        {folder === null
          ? "Drop a folder here"
          : `${folder.name}: ${counted(folder.files.length, "file")}, ${readableBytes(bytesOf(folder))}`}
      </Text>
      {empty && (
        <Text size="sm" c="var(--text-bad)" role="alert">
          That folder holds no files.
        </Text>
      )}
      <Button
        variant="default"
        size="xs"
        disabled={disabled}
        aria-describedby={hint}
        onClick={() => input.current?.click()}
      >
        {folder === null ? "Choose a folder" : "Choose another"}
      </Button>
      <input
        ref={(element) => {
          input.current = element;
          if (element !== null) element.webkitdirectory = true;
        }}
        type="file"
        hidden
        aria-label="Folder to import"
        data-testid="import-input"
        onChange={(event) => {
          const { files } = event.currentTarget;
          if (files !== null) take(folderOfInput(files));
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}
