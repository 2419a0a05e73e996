import { ActionIcon, Button, Code, EmptyState, Table, Text, Tooltip } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { IconKey, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { TokenView } from "../../../kernel/abi/index.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys, useTokens } from "../api/queries.ts";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { readableAge } from "../parts/format-amount.ts";
import { Page } from "../parts/page.tsx";
import { Panel } from "../parts/panel.tsx";
import { QueryView } from "../parts/query-view.tsx";
import { useNow } from "../parts/use-now.ts";
import { CreateTokenModal } from "./create-token-modal.tsx";

/** The API tokens of whoever is signed in. A secret is shown when it is made and never again. */
export function TokensPage() {
  const query = useTokens();
  const [creating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<TokenView | null>(null);
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)} data-testid="token-new">
      New token
    </Button>
  );
  return (
    <Page
      title="Tokens"
      description="API tokens sign in the superos command, CI jobs and this dashboard."
      actions={create}
    >
      <title>Tokens - SuperOS</title>
      <QueryView query={query}>
        {(tokens) =>
          tokens.length === 0 ? (
            <EmptyState
              py="xl"
              icon={<IconKey size={40} stroke={1.4} />}
              title="No tokens"
              description="Make one for each machine or job that works with SuperOS, so that each can be removed alone."
            />
          ) : (
            <TokenTable tokens={tokens} onRemove={setRemoving} />
          )
        }
      </QueryView>
      {creating && <CreateTokenModal onClose={() => setCreating(false)} />}
      {removing !== null && <RemoveTokenModal token={removing} onClose={() => setRemoving(null)} />}
    </Page>
  );
}

function TokenTable({ tokens, onRemove }: { tokens: readonly TokenView[]; onRemove: (token: TokenView) => void }) {
  const now = useNow(30_000);
  return (
    <Panel>
      <Table data-testid="token-table">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Id</Table.Th>
            <Table.Th>Made</Table.Th>
            <Table.Th>Last used</Table.Th>
            <Table.Th aria-label="Actions" w={60} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map((token) => (
            <Table.Tr key={token.id} data-testid="token-row">
              <Table.Td fw={500}>{token.name}</Table.Td>
              <Table.Td className="mono">{token.id}</Table.Td>
              <Table.Td>{new Date(token.createdAt).toLocaleString()}</Table.Td>
              <Table.Td c="dimmed">
                {token.lastUsedAt === null ? "never" : `${readableAge(now - token.lastUsedAt)} ago`}
              </Table.Td>
              <Table.Td>
                <Tooltip label="Remove">
                  <ActionIcon
                    aria-label={`Remove the token ${token.name}`}
                    onClick={() => onRemove(token)}
                    data-testid="token-remove"
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Tooltip>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function RemoveTokenModal({ token, onClose }: { token: TokenView; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.empty(paths.token(token.id), { method: "DELETE" }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.tokens });
      onClose();
    },
  });
  return (
    <ConfirmModal
      title={`Remove the token ${token.name}?`}
      action="Remove the token"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        Whatever signs in with <Code>{token.name}</Code> can no longer do so, and its session ends. What it started
        keeps running.
      </Text>
    </ConfirmModal>
  );
}
