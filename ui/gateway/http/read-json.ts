import type { IncomingMessage } from "node:http";
import { Fault } from "../../../kernel/abi/index.ts";
import { Refusal } from "./refusal.ts";

/**
 * Reads a request's JSON body: bounded, UTF-8, and said to be JSON.
 *
 * The content type is asked for because no form of another site can send it without the browser asking us first.
 */

export const jsonLimitBytes = 2 << 20;

function tooLarge(): Refusal {
  const hint = "Send less in one request; files and output have routes that stream.";
  return new Refusal(413, new Fault("invalid", `the body is larger than ${jsonLimitBytes} bytes`, { hint }));
}

export async function readJson(request: IncomingMessage): Promise<unknown> {
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new Fault("invalid", "the body must be of type application/json");
  if (Number(request.headers["content-length"] ?? 0) > jsonLimitBytes) throw tooLarge();
  const bytes = await readBytes(request);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Fault("invalid", "the body is not JSON", { cause: error });
  }
}

/** By events, for leaving an async iteration early would destroy the connection before the refusal is read. */
function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes <= jsonLimitBytes) {
        chunks.push(chunk);
        return;
      }
      request.off("data", take);
      reject(tooLarge());
    };
    request.on("data", take);
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", (error) => reject(new Fault("invalid", "the body was cut off", { cause: error })));
  });
}
