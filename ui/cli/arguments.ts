import { InvalidArgumentError } from "commander";
import type { z } from "zod";
import {
  type Pid,
  type ProcessClass,
  type SignalName,
  type SlotId,
  Fault,
  channelNameSchema,
  endpointNameSchema,
  engineRuntimeSchema,
  imageReferenceSchema,
  parseBytes,
  parseCapability,
  parseDuration,
  pidSchema,
  portSchema,
  processClasses,
  signalSchema,
  slotIdSchema,
  userNameSchema,
} from "../../kernel/abi/index.ts";
import type { Environment } from "./config.ts";
import { parseDetachKeys } from "./terminal/detach-keys.ts";

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

/** `fg`, `bg`, or the class in full. */
export function parseProcessClass(text: string): ProcessClass {
  const named = { fg: "foreground", bg: "background" }[text] ?? text;
  const found = processClasses.find((each) => each === named);
  if (found !== undefined) return found;
  throw new InvalidArgumentError("A class is fg (foreground) or bg (background).");
}

/** A whole number from `least` to `most`. */
export const parseAmount =
  (least: number, most: number) =>
  (text: string): number => {
    const value = wholeNumber(text);
    if (value !== undefined && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };

/** `4Mi`, `512k`, `4096` to bytes. */
export function parseSize(text: string): number {
  const bytes = parseBytes(text);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError("A size is a number of bytes, or an amount like 64Ki, 4Mi or 1Gi.");
}

/** The name of a schema of strings that says itself what fits. */
function parseName(schema: z.ZodType<string>, text: string): string {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  const reason = result.error.issues[0]?.message ?? "not a name";
  throw new InvalidArgumentError(`${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`);
}

export const parseUserName = (text: string): string => parseName(userNameSchema, text);
export const parseEndpointName = (text: string): string => parseName(endpointNameSchema, text);
export const parseChannelName = (text: string): string => parseName(channelNameSchema, text);
export const parseImage = (text: string): string => parseName(imageReferenceSchema, text);
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

/** The keys that leave a terminal. */
export function parseKeys(text: string): readonly number[] {
  const keys = parseDetachKeys(text);
  if (keys !== undefined) return keys;
  throw new InvalidArgumentError("Keys are written ctrl-p,ctrl-q or a,b; none for none.");
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
