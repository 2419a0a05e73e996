import { stat } from "node:fs/promises";
import { extname } from "node:path";
import type { ServerResponse } from "node:http";

/**
 * Live reload: pages that are open hear of changes in files that were served.
 *
 * What was served is looked at several times a second, as long as a page listens. Notifications of the operating system
 * would be cheaper, but not all sandboxes pass them on for files that somebody outside changes.
 */
export interface Watch {
  /** A page depends on this file, as it is now. */
  add(path: string, changedMs: number): void;
  /** Adds a page; it is told of changes until it goes away. */
  listen(page: ServerResponse): void;
}

async function changedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (error instanceof Error && "code" in error) return 0;
    throw error;
  }
}

export function createWatch({ everyMs = 300, limit = 5000 } = {}): Watch {
  const files = new Map<string, number>();
  const pages = new Set<ServerResponse>();
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const changed: string[] = [];
    for (const [path, before] of files) {
      const now = await changedAt(path);
      if (now === before) continue;
      files.set(path, now);
      changed.push(path);
    }
    if (changed.length > 0) {
      const event = changed.every((path) => extname(path) === ".css") ? "style" : "page";
      for (const page of pages) page.write(`event: ${event}\ndata: ${changed.length}\n\n`);
    }
    timer = pages.size > 0 ? setTimeout(() => void look(), everyMs) : undefined;
  }

  return {
    add(path, changedMs) {
      if (files.size < limit || files.has(path)) files.set(path, changedMs);
    },
    listen(page) {
      page.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      page.write("retry: 500\n\n");
      pages.add(page);
      page.once("close", () => pages.delete(page));
      timer ??= setTimeout(() => void look(), everyMs);
    },
  };
}
