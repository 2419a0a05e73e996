import { Switch } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ProcessClass, ProcessView } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { notifyFault } from "../parts/notify-fault.ts";
import { usePerson, useRights } from "../session/session-context.tsx";

/** Says whether somebody waits for a process. The switch shows what the kernel says, and what was asked until then. */
export function ClassSwitch({ process }: { process: ProcessView }) {
  const { pid } = process;
  const api = useApi();
  const { user } = usePerson();
  const lack = useRights(process.project?.id ?? null).lack("PROC_SIGNAL");
  const refusal = process.user === user ? undefined : lack;
  const set = useMutation({
    mutationFn: (wanted: ProcessClass) => api.empty(paths.class(pid), { method: "PUT", json: { class: wanted } }),
    onError: notifyFault,
  });
  const shown = set.isPending ? set.variables : process.class;
  return (
    <Switch
      size="xs"
      label="In the background"
      description={refusal ?? "It makes way for what somebody waits for."}
      checked={shown === "background"}
      disabled={refusal !== undefined}
      onChange={(event) => set.mutate(event.currentTarget.checked ? "background" : "foreground")}
      data-testid="class-switch"
    />
  );
}
