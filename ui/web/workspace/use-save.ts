import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { toFault } from "../../../kernel/abi/index.ts";
import { keys } from "../api/queries.ts";
import { notifyFault } from "../parts/notify-fault.ts";
import type { Workspace } from "./workspace.ts";

/** Saves a file and says so; a conflict has a dialog of its own. */
export function useSave(workspace: Workspace): (path: string) => void {
  const queries = useQueryClient();
  return (path) => {
    const failed = (error: unknown): void => {
      if (toFault(error).code !== "conflict") notifyFault(error);
    };
    const saved = async (): Promise<void> => {
      await workspace.save(path);
      notifications.show({
        id: "saved",
        message: `Saved ${path}`,
        color: "teal",
        autoClose: 1_500,
        withCloseButton: false,
      });
      await queries.invalidateQueries({ queryKey: keys.files(workspace.project) });
    };
    saved().catch(failed);
  };
}
