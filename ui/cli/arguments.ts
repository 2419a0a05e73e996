import { InvalidArgumentError } from "commander";
import {
  type Pid,
  type SignalName,
  Fault,
  parseCapability,
  parseDuration,
  pidSchema,
  signalSchema,
} from "../../kernel/abi/index.ts";
import type { Environment } from "./config.ts";

/** Parsers of option and argument texts; what does not fit is a wrong use of the command, before anything is sent. */

export function parsePid(text: string): Pid {
  const result = pidSchema.safeParse(/^\d{1,16}$/.test(text) ? Number(text) : undefined);
  if (result.success) return result.data;
  throw new InvalidArgumentError("A pid is a positive whole number; list them with: superos ps --all");
}

export function parseSignal(text: string): SignalName {
  const result = signalSchema.safeParse(text);
  if (result.success) return result.data;
  throw new InvalidArgumentError("Signals are written SIGTERM, TERM or 15.");
}

/** Checks one `--cap` and keeps it as it was written. */
export function collectCapability(text: string, before: readonly string[]): string[] {
  try {
    parseCapability(text);
  } catch (error) {
    if (error instanceof Fault) throw new InvalidArgumentError(error.hint);
    throw error;
  }
  return [...before, text];
}

/** `90`, `90s`, `15m` to milliseconds. */
export function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError("It is a number of seconds, or an amount like 15m or 2h.");
}

/** One `--env`: `NAME=VALUE`, or `NAME` alone to hand on the caller's own value. */
export function collectVariable(
  text: string,
  before: Readonly<Record<string, string>>,
  own: Environment,
): Record<string, string> {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new InvalidArgumentError("A variable's name is letters, digits and underscores.");
  }
  const value = equals === -1 ? own[name] : text.slice(equals + 1);
  if (value === undefined) throw new InvalidArgumentError(`${name} is not set here; write ${name}=VALUE.`);
  return { ...before, [name]: value };
}
