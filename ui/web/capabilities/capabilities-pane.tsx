import { EmptyState, Stack, Text, Title } from "@mantine/core";
import { IconShieldOff } from "@tabler/icons-react";
import { useRef, useState } from "react";
import type { ProcessView, SlotView } from "../../../kernel/abi/index.ts";
import { useCaps } from "../api/queries.ts";
import { counted } from "../parts/format-amount.ts";
import { hasEnded } from "../parts/process-facts.ts";
import { QueryView } from "../parts/query-view.tsx";
import { usePerson, useRights } from "../session/session-context.tsx";
import styles from "./capabilities.module.css";
import { GrantForm } from "./grant-form.tsx";
import { RevokeModal } from "./revoke-modal.tsx";
import { SlotTable } from "./slot-table.tsx";

/** The capability table of one process, slot by slot, with taking away and adding. */
export function CapabilitiesPane({ process }: { process: ProcessView }) {
  const query = useCaps(process.pid, { enabled: !hasEnded(process), watched: true });
  const rights = useRights(process.project?.id ?? null);
  const { user } = usePerson();
  const heading = useRef<HTMLHeadingElement>(null);
  const [revoking, setRevoking] = useState<SlotView | null>(null);
  const [said, setSaid] = useState("");
  const refusal = whyFixed(process, user) ?? (process.user === user ? undefined : rights.lack("PROC_SIGNAL"));

  if (hasEnded(process)) return <Ended process={process} />;
  return (
    <Stack gap="lg">
      <section aria-label="Capabilities">
        <Title order={3} mb="xs" tabIndex={-1} ref={heading} className={styles.heading}>
          It may use
        </Title>
        <Text role="status" aria-live="polite" size="sm" mb="xs" className={styles.said} data-testid="caps-said">
          {said}
        </Text>
        <QueryView query={query}>
          {(slots) =>
            slots.length === 0 ? (
              <EmptyState
                icon={<IconShieldOff size={32} stroke={1.4} />}
                title="Nothing"
                description="Its table is empty: it sees no file, no network and no other process."
              />
            ) : (
              <SlotTable slots={slots} refusal={refusal} onRevoke={setRevoking} />
            )
          }
        </QueryView>
      </section>
      {process.kind === "container" &&
        (refusal === undefined ? (
          <GrantForm
            pid={process.pid}
            rights={rights}
            onGranted={({ capability, slot }) => setSaid(`Granted ${capability} as slot ${slot}.`)}
          />
        ) : (
          <Text size="sm" c="dimmed">
            You cannot change what it may use. {refusal}
          </Text>
        ))}
      {revoking !== null && (
        <RevokeModal
          slot={revoking}
          onClose={() => setRevoking(null)}
          onRevoked={({ slots, ends }) => {
            const ended = ends.length === 0 ? "" : ` and ended ${counted(ends.length, "process", "processes")}`;
            setSaid(`Revoked ${counted(slots.length, "capability", "capabilities")}${ended}.`);
            // The button that opened the dialog goes with its row.
            requestAnimationFrame(() => heading.current?.focus());
          }}
        />
      )}
    </Stack>
  );
}

/** Only what runs can lose something by hand, and one's own session; others hold what their origin says. */
function whyFixed({ kind, user }: ProcessView, me: string): string | undefined {
  if (kind === "root") return "What a project holds goes with the project.";
  if (kind === "session" && user !== me) return "What a session holds follows its user's roles.";
  return undefined;
}

function Ended({ process }: { process: ProcessView }) {
  return (
    <EmptyState
      py="lg"
      icon={<IconShieldOff size={32} stroke={1.4} />}
      title="It has ended and holds nothing any more"
      description={process.table.length === 0 ? "It held nothing." : `It was started with ${process.table.join(", ")}.`}
    />
  );
}
