import { Fault } from "../abi/index.ts";

/** Faults: `invalid`, naming what is not JSON. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault("invalid", `${what} is not JSON`);
  }
}
