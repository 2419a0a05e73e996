import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault, parseAtDoor } from "../../kernel/abi/index.ts";
import { z } from "zod";

/**
 * Where SuperOS is and with which token to ask it: the environment first, else the file that the kernel writes.
 *
 * The kernel writes that file anew at each start, so a caller that reconnects resolves again. The token is never
 * part of a message.
 */

export interface Connection {
  url: URL;
  token: string;
  /** Whether it was read from the kernel's file, and may therefore change when the kernel starts again. */
  fromFile: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The checkout: two folders above, both from ui/cli and from dist/cli. */
export const checkout = (): string => fileURLToPath(new URL("../../", import.meta.url));

const fileSchema = z.strictObject({ url: z.string(), token: z.string() });

const setBoth = { hint: "Set SUPEROS_URL and SUPEROS_TOKEN together, or neither." };

function toUrl(text: string, where: string): URL {
  const url = URL.parse(text);
  const sound = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  if (!sound) {
    throw new Fault("invalid", `${where} is not an http or https address`, {
      hint: "It is written like http://127.0.0.1:7070.",
    });
  }
  return url;
}

function toToken(text: string, where: string): string {
  if (/^[\x21-\x7e]{1,512}$/.test(text)) return text;
  throw new Fault("invalid", `${where} is not a token`, { hint: "Make one with: superos token create --name NAME" });
}

function readConnectionFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EACCES" || code === "EPERM") {
      throw new Fault("denied", `cannot read ${path}`, {
        hint: "It belongs to the user who started SuperOS. Ask for an API token; set SUPEROS_URL and SUPEROS_TOKEN.",
      });
    }
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    throw new Fault("unavailable", `SuperOS is not running here (no ${path})`, {
      hint: "Start it with: npm start, or set SUPEROS_URL and SUPEROS_TOKEN.",
    });
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault("invalid", `${what} is not JSON`, { hint: "Start SuperOS again; it writes this file." });
  }
}

/** Finds the gateway. Faults: `unavailable` when SuperOS does not run here, `invalid` for settings that do not fit. */
export function resolveConnection(env: Environment, home = checkout()): Connection {
  const url = env["SUPEROS_URL"] ?? "";
  const token = env["SUPEROS_TOKEN"] ?? "";
  if (url !== "" && token !== "") {
    return { url: toUrl(url, "SUPEROS_URL"), token: toToken(token, "SUPEROS_TOKEN"), fromFile: false };
  }
  if (url !== "") throw new Fault("invalid", "SUPEROS_URL is set and SUPEROS_TOKEN is not", setBoth);
  if (token !== "") throw new Fault("invalid", "SUPEROS_TOKEN is set and SUPEROS_URL is not", setBoth);

  const folder = env["SUPEROS_HOME"] ?? "";
  const path = join(folder === "" ? join(home, ".superos") : folder, "cli.json");
  const file = parseAtDoor(fileSchema, parseJson(readConnectionFile(path), path), path);
  return { url: toUrl(file.url, `url in ${path}`), token: toToken(file.token, `token in ${path}`), fromFile: true };
}
