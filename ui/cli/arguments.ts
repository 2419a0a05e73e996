import { InvalidArgumentError } from "commander";
import {
  type Pid,
  type SignalName,
  type SlotId,
  Fault,
  endpointNameSchema,
  engineRuntimeSchema,
  parseCapability,
  parseDuration,
  pidSchema,
  portSchema,
  signalSchema,
  slotIdSchema,
  userNameSchema,
} from "../../kernel/abi/index.ts";
import type { Environment } from "./config.ts";

/** Parsers of option and argument texts; what does not fit is a wrong use of the command, before anything is sent. */

const wholeNumber = (text: string): number | undefined => (/^\d{1,16}$/.test(text) ? Number(text) : undefined);

export function parsePid(text: string): Pid {
  const result = pidSchema.safeParse(wholeNumber(text));
  if (result.success) return result.data;
  throw new InvalidArgumentError("A pid is a positive whole number; list them with: superos ps --all");
}

export function parseSignal(text: string): SignalName {
  const result = signalSchema.safeParse(text);
  if (result.success) return result.data;
  throw new InvalidArgumentError("Signals are written SIGTERM, TERM or 15.");
}

export function parseSlot(text: string): SlotId {
  const result = slotIdSchema.safeParse(wholeNumber(text));
  if (result.success) return result.data;
  throw new InvalidArgumentError("A slot is a positive whole number; list them with: superos caps PID");
}

export function parsePort(text: string): number {
  const result = portSchema.safeParse(wholeNumber(text));
  if (result.success) return result.data;
  throw new InvalidArgumentError("A port is a whole number from 1 to 65535.");
}

/** The name of a schema of strings that says itself what fits. */
function parseName(schema: typeof userNameSchema, text: string): string {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  const reason = result.error.issues[0]?.message ?? "not a name";
  throw new InvalidArgumentError(`${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`);
}

export const parseUserName = (text: string): string => parseName(userNameSchema, text);
export const parseEndpointName = (text: string): string => parseName(endpointNameSchema, text);
export const parseEngineRuntime = (text: string): string => parseName(engineRuntimeSchema, text);

/** Checks one capability and keeps it as it was written. */
export function checkCapability(text: string): string {
  try {
    parseCapability(text);
  } catch (error) {
    if (error instanceof Fault) throw new InvalidArgumentError(error.hint);
    throw error;
  }
  return text;
}

/** One more `--cap` or `--seal`. */
export const collectCapability = (text: string, before: readonly string[]): string[] => [
  ...before,
  checkCapability(text),
];

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
