import { Anchor, Text } from "@mantine/core";
import { Fragment } from "react";
import type { Pid } from "../../../kernel/abi/index.ts";
import { nameOf } from "../capabilities/slot-facts.ts";
import { useLive } from "../live/live-context.tsx";
import { useLink } from "../router/router.tsx";

/** Processes as links by their pids; of many the first ones and how many more. */
const shown = 6;

export function ProcessLinks({ pids }: { pids: readonly Pid[] }) {
  if (pids.length === 0) {
    return (
      <Text span size="sm" c="dimmed">
        nobody
      </Text>
    );
  }
  return (
    <span>
      {pids.slice(0, shown).map((pid, at) => (
        <Fragment key={pid}>
          {at > 0 && ", "}
          <ProcessLink pid={pid} />
        </Fragment>
      ))}
      {pids.length > shown && ` and ${pids.length - shown} more`}
    </span>
  );
}

export function ProcessLink({ pid }: { pid: Pid }) {
  const { processes } = useLive();
  const link = useLink({ page: "processes", pid });
  const name = nameOf(pid, processes);
  return (
    <Anchor size="sm" {...link} title={name} aria-label={`Process ${pid}, ${name}`}>
      {pid}
    </Anchor>
  );
}
