import { once } from "node:events";
import { Fault } from "../../kernel/abi/index.ts";

/**
 * Hands a web address to this machine's browser.
 *
 * Only an http or https address, as one argument and never through a shell: what is opened was told by the server.
 */

const openers: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: "open", win32: "explorer.exe" };

/** Resolves once the opener runs. Faults: `unsupported` where there is none, `internal` for what is no web address. */
export async function openInBrowser(address: string): Promise<void> {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Fault("internal", "the server named something to open that is no web address");
  }
  const opener = openers[process.platform] ?? "xdg-open";
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(opener, [url.href], { stdio: "ignore", detached: true });
  try {
    await once(child, "spawn");
  } catch (error) {
    throw new Fault("unsupported", `cannot start ${opener} to open a browser`, {
      hint: "Open the printed address in a browser yourself; without --browser it is only printed.",
      cause: error,
    });
  }
  child.unref();
}
