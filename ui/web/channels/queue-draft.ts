import {
  channelNameSchema,
  parseBytes,
  parseCount,
  parseDuration,
  queueLimitsSchema,
} from "../../../kernel/abi/index.ts";
import type { SyscallInput } from "../../../kernel/abi/index.ts";

/** A queue as a person describes it, to what is sent; what does not fit is said of its field. Pure. */
export interface QueueDraft {
  name: string;
  maxMessages: string;
  maxBytes: string;
  acknowledge: string;
  maxDeliveries: string;
  schema: string;
}

export const emptyDraft: QueueDraft = {
  name: "",
  maxMessages: "10000",
  maxBytes: "16Mi",
  acknowledge: "30s",
  maxDeliveries: "5",
  schema: "",
};

export type QueueProblems = Partial<Record<keyof QueueDraft, string>>;
type QueueRequest = Pick<SyscallInput<"queue_create">, "name" | "limits">;

const fieldOf: Readonly<Record<string, keyof QueueDraft>> = { acknowledgeMs: "acknowledge" };

/** What each field takes, as it is said where it takes something else. */
const bounds: QueueProblems = {
  maxMessages: "From 1 to 100000.",
  maxBytes: "From 1Ki to 64Mi.",
  acknowledge: "From 100ms to 1h, written like 30s.",
  maxDeliveries: "From 1 to 100.",
  schema: "A JSON Schema is an object.",
};

function parseSchema(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is wrong, or what to send. An empty name is nothing wrong yet. */
export function examineQueue(draft: QueueDraft): { problems: QueueProblems; request: QueueRequest | null } {
  const problems: QueueProblems = {};
  const name = channelNameSchema.safeParse(draft.name);
  if (!name.success && draft.name !== "") problems.name = name.error.issues[0]?.message ?? "is no name";
  const schema = parseSchema(draft.schema);
  if (schema === undefined) problems.schema = "This is not JSON.";
  const limits = {
    maxMessages: parseCount(draft.maxMessages.trim()) ?? Number.NaN,
    maxBytes: parseBytes(draft.maxBytes.trim()) ?? Number.NaN,
    acknowledgeMs: parseDuration(draft.acknowledge.trim()) ?? Number.NaN,
    maxDeliveries: parseCount(draft.maxDeliveries.trim()) ?? Number.NaN,
    schema: schema ?? null,
  };
  const result = queueLimitsSchema.safeParse(limits);
  for (const issue of result.error?.issues ?? []) {
    const key = String(issue.path[0]);
    const field = fieldOf[key] ?? (key as keyof QueueDraft);
    problems[field] ??= bounds[field] ?? issue.message;
  }
  const sound = name.success && result.success && Object.keys(problems).length === 0;
  return { problems, request: sound ? { name: name.data, limits: result.data } : null };
}
