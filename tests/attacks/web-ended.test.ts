import { existsSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { type Api, importProject, kill, outcomeOf, restartsOf } from "../system/caller.ts";
import { addPerson, removeMember, setRole, signedIn } from "../system/person.ts";
import { revoke, slotOf } from "../system/slots.ts";
import { chromiumPath, launchBrowser } from "../e2e/browser.ts";
import { inPage, Site } from "./web-site.ts";

/**
 * A preview whose right has ended, in the browser in which it is still open. Tried here: going on to look after its
 * process ended, its slot was revoked, its session signed out, its person lost the project, was removed, or lost the
 * token, with the page that is open, by loading it again and in a new tab; and a worker that would go on for it.
 */

const missing = existsSync(chromiumPath) ? undefined : `there is no ${chromiumPath}`;
if (missing !== undefined) process.stderr.write(`==> The browser tests are skipped: ${missing}\n`);

let instance: Instance;
let browser: Browser;
let project: ProjectView;

beforeAll(async () => {
  if (missing !== undefined) return;
  instance = await Instance.start();
  browser = await launchBrowser();
  project = await importProject(instance, "p", rawArchive({ name: "a", content: "x" }));
});
afterAll(async () => {
  await browser?.close();
  await instance?.remove();
});

/** Somebody's open preview, and how to take away what it rests on. */
interface Open {
  site: Site;
  /** In whose name it was opened. */
  by: Api;
  end: () => Promise<unknown>;
}

const member = async (name: string) => {
  const person = await addPerson(instance, name);
  await setRole(instance, { project: project.id, user: name }, "runner");
  return person;
};
const projectSite = (): Promise<Site> => Site.start(instance, 8080, { project: project.id });

const ends: readonly [what: string, open: () => Promise<Open>][] = [
  [
    "its process has ended",
    async () => {
      const site = await Site.start(instance, 8080);
      return {
        site,
        by: instance,
        end: async () => [await kill(instance, site.pid), await outcomeOf(instance, site.pid)],
      };
    },
  ],
  [
    "its slot was revoked",
    async () => {
      const site = await Site.start(instance, 8080);
      const { slot } = await slotOf(instance, site.pid, "NET_BIND:localhost:8080");
      return { site, by: instance, end: () => revoke(instance, site.pid, slot) };
    },
  ],
  [
    "its session signed out",
    async () => {
      const by = await signedIn(instance, { token: instance.token });
      return { site: await Site.start(instance, 8080), by, end: by.signOut };
    },
  ],
  [
    "its person is no member any more",
    async () => {
      const by = await member("ann");
      return { site: await projectSite(), by, end: () => removeMember(instance, { project: project.id, user: "ann" }) };
    },
  ],
  [
    "its person was removed",
    async () => {
      const by = await member("ben");
      return { site: await projectSite(), by, end: () => instance.api("/api/v1/users/ben", { method: "DELETE" }) };
    },
  ],
  [
    "its person's token was removed",
    async () => {
      const by = await member("cat");
      const end = (): Promise<Response> => by.api(`/api/v1/tokens/${by.tokenId}`, { method: "DELETE" });
      return { site: await projectSite(), by, end };
    },
  ],
];

async function showsNothing(page: Page, url: string): Promise<void> {
  const reply = await page.goto(url);
  expect(reply?.status()).toBe(410);
  expect(await page.textContent("body")).not.toContain("served from a box");
}

describe.skipIf(missing !== undefined)("an open preview shows nothing more, once", () => {
  test.each(ends)("%s", async (_what, open) => {
    const { site, by, end } = await open();
    const context = await browser.newContext();
    const page = await site.open(context, by);
    expect(await page.textContent("h1")).toBe("served from a box");
    const unused = await site.ticket(by);
    const known = (await site.seen()).map(({ path }) => path);
    await end();
    expect(await inPage(page, `return (await fetch("/more")).status`)).toBe(410);
    await showsNothing(page, `${site.origin}/`);
    await showsNothing(await context.newPage(), `${site.origin}/other`);
    await showsNothing(await context.newPage(), unused);
    await page.goBack().catch(() => undefined);
    expect(await page.textContent("body")).not.toContain("served from a box");
    expect((await site.seen()).map(({ path }) => path)).toEqual(known);
    expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
    await context.close();
    await kill(instance, site.pid);
  });

  test("its process has ended, for want of a worker that would go on for it", async () => {
    const site = await Site.start(instance, 8080);
    const context = await browser.newContext();
    const page = await site.open(context);
    expect(await inPage(page, `return String(await navigator.serviceWorker.register("/sw.js"))`)).toMatch(/^refused: /);
    expect((await site.seen()).map(({ path }) => path)).not.toContain("/sw.js");
    await kill(instance, site.pid);
    await outcomeOf(instance, site.pid);
    await showsNothing(page, `${site.origin}/`);
    await context.close();
  });
});
