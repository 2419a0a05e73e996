import { Code, Group, List, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { revokedAnswer } from "../api/answers.ts";
import type { Revoked } from "../api/answers.ts";
import type { SlotView } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { useLive } from "../live/live-context.tsx";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { counted } from "../parts/format-amount.ts";
import { QueryView, RowsSkeleton } from "../parts/query-view.tsx";
import { lossesOf, nameOf } from "./slot-facts.ts";

/**
 * Asks before a slot is taken away. First the kernel is asked what that would take, from whom, and who would end; the
 * button works only once that is on the screen.
 */
interface RevokeModalProps {
  slot: SlotView;
  onClose: () => void;
  onRevoked: (revoked: Revoked) => void;
}

export function RevokeModal({ slot, onClose, onRevoked }: RevokeModalProps) {
  const api = useApi();
  const queries = useQueryClient();
  const ask = (preview: boolean, signal?: AbortSignal) =>
    api.json(revokedAnswer, paths.slot(slot.holder, slot.slot, preview), {
      method: "DELETE",
      ...(signal === undefined ? {} : { signal }),
    });
  const revoke = useMutation({
    mutationFn: () => ask(false),
    onSuccess: async (revoked) => {
      onRevoked(revoked);
      onClose();
      await queries.invalidateQueries({ queryKey: keys.allCaps });
    },
  });
  const preview = useQuery({
    queryKey: ["revocation", slot.slot],
    queryFn: ({ signal }) => ask(true, signal),
    // While somebody thinks about it, others may derive more from the slot.
    refetchInterval: 3_000,
    enabled: revoke.isIdle || revoke.isError,
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <ConfirmModal
      title={`Revoke ${slot.capability}?`}
      action="Revoke"
      busy={revoke.isPending}
      ready={preview.data !== undefined}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      <div aria-live="polite" data-testid="revoke-preview">
        <QueryView query={preview} loading={<RowsSkeleton rows={2} height={24} />}>
          {(taken) => <Losses taken={taken} slot={slot} />}
        </QueryView>
      </div>
    </ConfirmModal>
  );
}

function Losses({ taken, slot }: { taken: Revoked; slot: SlotView }) {
  const { processes } = useLive();
  const losses = lossesOf(taken, slot.holder);
  return (
    <Stack gap="sm">
      <Text size="sm">
        This takes away {counted(taken.slots.length, "capability", "capabilities")}
        {losses.length > 1 && `, from ${counted(losses.length, "process", "processes")}`}. It cannot be taken back; a
        process can be given it anew.
      </Text>
      <List listStyleType="none" spacing="xs" size="sm">
        {losses.map((loss) => (
          <List.Item key={loss.holder} data-testid="revoke-loss" data-pid={loss.holder}>
            <Stack gap={4}>
              <Text size="sm" fw={500} style={{ overflowWrap: "anywhere" }} lineClamp={3}>
                {nameOf(loss.holder, processes)}
              </Text>
              {loss.capabilities.length > 0 && (
                <Group gap={6}>
                  {loss.capabilities.map((capability, at) => (
                    // Of equal ones each is a slot of its own.
                    <Code key={`${capability} ${at}`}>{capability}</Code>
                  ))}
                </Group>
              )}
              {loss.ends && (
                <Text size="sm" c="var(--text-bad)" fw={500}>
                  It ends at once: it cannot go on without.
                </Text>
              )}
            </Stack>
          </List.Item>
        ))}
      </List>
      {taken.ends.length === 0 && (
        <Text size="sm" c="dimmed">
          No process ends by this.
        </Text>
      )}
    </Stack>
  );
}
