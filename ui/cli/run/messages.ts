import { messageLimitBytes } from "../../../kernel/abi/index.ts";
import { UsageError } from "../failure.ts";

/** Messages as a person types or pipes them, to what is sent. Pure. */

/** One message: JSON, or with `text` the text itself. `what` names it in a refusal. */
export function parseMessage(typed: string, how: { text: boolean; what: string }): unknown {
  if (Buffer.byteLength(typed) > messageLimitBytes) {
    throw new UsageError(`${how.what} is longer than ${messageLimitBytes} bytes`, "Send less, or name a file in it.");
  }
  if (how.text) return typed;
  try {
    return JSON.parse(typed);
  } catch {
    throw new UsageError(`${how.what} is not JSON`, `Write it like '{"page": 1}' or '"text"', or say --text.`);
  }
}

const [mostAtOnce, mostBytesAtOnce] = [1000, 1 << 20];

/** Lines in batches as large as one request takes. An empty line is no message. */
export async function* batchesOf(
  chunks: AsyncIterable<string | Uint8Array>,
  how: { text: boolean },
): AsyncGenerator<unknown[]> {
  let number = 0;
  for await (const lines of linesOf(chunks)) {
    let batch: unknown[] = [];
    let bytes = 0;
    for (const line of lines) {
      number += 1;
      if (line === "") continue;
      const message = parseMessage(line, { text: how.text, what: `line ${number}` });
      const size = Buffer.byteLength(line);
      if (batch.length === mostAtOnce || (bytes > 0 && bytes + size > mostBytesAtOnce)) {
        yield batch;
        [batch, bytes] = [[], 0];
      }
      batch.push(message);
      bytes += size;
    }
    if (batch.length > 0) yield batch;
  }
}

/** The lines that each chunk completes, so that nothing waits for what comes later. */
async function* linesOf(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    rest += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > 2 * messageLimitBytes) throw new UsageError("a line is longer than a message can be");
    yield lines.map(withoutReturn);
  }
  rest += decoder.decode();
  if (rest !== "") yield [withoutReturn(rest)];
}

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line);
