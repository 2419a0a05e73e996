import { z } from "zod";
import { Fault, faultSchema } from "../../../kernel/abi/index.ts";

/**
 * What went wrong with an answer, as a fault: the server's own words where it gave them, and otherwise (a proxy's
 * page, a truncated body) one that says only what is known.
 */
const bodySchema = z.strictObject({ fault: faultSchema });

export function readFault(status: number, text: string): Fault {
  const body = bodySchema.safeParse(parseJson(text));
  if (body.success) return Fault.fromBody(body.data.fault);
  if (status >= 500) return new Fault("unavailable", `the server answered with status ${status} and no reason`);
  return new Fault("invalid", `the request was refused with status ${status} and no reason`);
}

export function unreachable(cause?: unknown): Fault {
  return new Fault("unavailable", "SuperOS cannot be reached", {
    hint: "Check that it is running (superos status) and try again.",
    ...(cause === undefined ? {} : { cause }),
  });
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
