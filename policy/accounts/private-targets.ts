import { z } from "zod";
import { Fault, formatCapability, isAddress, parseCapability } from "../../kernel/abi/index.ts";

/**
 * The setting SUPEROS_NET_PRIVATE: addresses that no wildcard stands for, and that projects may connect to all the same.
 *
 * Each is an IPv4 literal with its port. A name is refused: who answers for it could move it to any private address.
 * Pure.
 */

/** So that a table stays well within what a table may hold. */
const limit = 32;

const targetSchema = z.string().transform((text, context): string => {
  const canonical = canonicalTarget(text);
  if (canonical !== undefined) return canonical;
  const message = `${JSON.stringify(text)} is not an IPv4 address with a port, as in 10.0.0.5:5432`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

function canonicalTarget(text: string): string | undefined {
  try {
    const capability = parseCapability(`NET_CONNECT:${text}`);
    if (capability.kind !== "NET_CONNECT" || "endpoint" in capability.target) return undefined;
    const { host, port } = capability.target;
    return isAddress(host) && port !== undefined
      ? formatCapability(capability).slice("NET_CONNECT:".length)
      : undefined;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** `10.0.0.5:5432,10.0.0.6:443`; empty for none. */
export const privateTargetsSchema = z
  .string()
  .transform((text) => (text === "" ? [] : text.split(",")))
  .pipe(
    z
      .array(targetSchema)
      .max(limit, `at most ${limit} addresses`)
      .refine((targets) => new Set(targets).size === targets.length, "names an address twice"),
  );
