import { z } from "zod";
import { faultSchema, faultTable, syscalls, type SyscallName } from "../../kernel/abi/index.ts";

/**
 * Whether an answer is one that is documented: a response of its schema, or a fault of the table with the table's
 * status. `internal` is never one: it is the name of a defect.
 */

export interface Answer {
  status: number;
  body: string;
}

const faultReply = z.strictObject({ fault: faultSchema });

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is wrong with a refusal; `also` are statuses that HTTP itself has for a place. */
function wrongWithFault({ status, body }: Answer, also: readonly number[]): string | undefined {
  const parsed = faultReply.safeParse(jsonOf(body));
  if (!parsed.success) return `status ${status} without a fault: ${body.slice(0, 300)}`;
  const { code } = parsed.data.fault;
  if (code === "internal") return `an internal fault: ${body.slice(0, 300)}`;
  if (faultTable[code].http !== status && !also.includes(status)) return `${code} with status ${status}`;
  return undefined;
}

/** What is wrong with an answer to a syscall. */
export function wrongWithSyscall(name: string, answer: Answer): string | undefined {
  if (answer.status !== 200) return wrongWithFault(answer, []);
  if (!Object.hasOwn(syscalls, name)) return "an answer to what is no syscall";
  const shape = syscalls[name as SyscallName];
  if (shape.reply === "stream") return undefined;
  return wrongWithResponse(shape.response, answer);
}

export function wrongWithResponse(schema: z.ZodType, { body }: Answer): string | undefined {
  const parsed = schema.safeParse(jsonOf(body));
  return parsed.success ? undefined : `not the response that was promised: ${parsed.error.message.slice(0, 300)}`;
}

/** What is wrong with an answer of the gateway's. */
export function wrongWithRoute(
  route: { status: number; reply: { json: z.ZodType } | { stream: string } | undefined },
  answer: Answer,
): string | undefined {
  if (answer.status !== route.status) return wrongWithFault(answer, [401, 413]);
  if (route.reply === undefined) return answer.body === "" ? undefined : "a body where none is promised";
  return "json" in route.reply ? wrongWithResponse(route.reply.json, answer) : undefined;
}

/** What a connection ended with that gave no answer. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);
