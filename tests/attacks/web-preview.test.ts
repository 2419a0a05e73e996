import { existsSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Instance } from "../setup/instance.ts";
import { processes, restartsOf } from "../system/caller.ts";
import { chromiumPath, launchBrowser } from "../e2e/browser.ts";
import { inPage, rebound, Site } from "./web-site.ts";

/**
 * A page that a hostile process serves, in the browser of a person who is signed in. Tried here:
 *
 * reading the dashboard's cookies, page, storage and API; calling the API by fetch, beacon, form and preflight; its live
 * connection by WebSocket and by polling; framing it, opening it, being opened by it; setting cookies over it, above
 * itself and for other previews; reading, calling and framing another preview, becoming one origin with it; a worker
 * beyond its own origin; a ticket's second use and what an address tells; other previews' names; and a name of its own
 * that leads to this machine.
 */

const missing = existsSync(chromiumPath) ? undefined : `there is no ${chromiumPath}`;
if (missing !== undefined) process.stderr.write(`==> The browser tests are skipped: ${missing}\n`);

let instance: Instance;
let browser: Browser;
let context: BrowserContext;
let dashboard: Page;
let site: Site;
let neighbour: Site;
let page: Page;
let other: Page;

beforeAll(async () => {
  if (missing !== undefined) return;
  instance = await Instance.start();
  browser = await launchBrowser();
  context = await browser.newContext();
  dashboard = await context.newPage();
  // Under the name that is nearest to a preview's.
  await dashboard.goto(instance.signInUrl.replace("127.0.0.1", "localhost"));
  await dashboard.getByTestId("import-project").or(dashboard.locator("main")).first().waitFor();
  site = await Site.start(instance, 8080);
  neighbour = await Site.start(instance, 8080);
  page = await site.open(context);
  other = await neighbour.open(context);
});
afterAll(async () => {
  await browser?.close();
  await instance?.remove();
});

const homes = (): string[] => [`http://localhost:${instance.port}`, `http://127.0.0.1:${instance.port}`];
const signedIn = (): Promise<unknown> =>
  inPage(dashboard, `return (await (await fetch("/api/v1/session")).json()).user`);

/** Whatever was tried: the person is signed in, nothing was started, nobody died. */
async function nobodyNoticed(): Promise<void> {
  expect(await signedIn()).toBe("owner");
  const running = (await processes(instance)).map(({ pid }) => pid).toSorted((a, b) => a - b);
  expect(running).toEqual([site.pid, neighbour.pid]);
  expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
}
afterEach(async () => {
  if (missing === undefined) await nobodyNoticed();
});

const spawnBody = JSON.stringify({ project: null, runtime: "python", argv: ["sleep", "600"], table: [] });

describe.skipIf(missing !== undefined)("a previewed page", () => {
  test("is what the process serves, so that these tests say something", async () => {
    expect(await page.textContent("h1")).toBe("served from a box");
    expect(await inPage(page, `return (await fetch("/own")).status`)).toBe(200);
    expect(new URL(page.url()).origin).toBe(site.origin);
  });

  test("reads no cookie of the dashboard's or the gateway's, nor does its server", async () => {
    expect(await inPage(page, "return document.cookie")).toBe("stolen=evil");
    const names = (await context.cookies([site.origin])).map(({ name }) => name);
    expect(names).toContain("superos-preview");
    for (const { headers } of await site.seen()) {
      const own = headers["Cookie"] ?? "";
      expect(own).toMatch(/^(stolen=evil)?$/);
      expect(JSON.stringify(headers)).not.toMatch(/superos[_-]|sos_|Bearer/i);
    }
  });

  test("sets no cookie for the dashboard, above itself, or for another preview", async () => {
    const name = `superos_${instance.port}`;
    await inPage(
      page,
      `for (const domain of ["localhost", ".localhost", "127.0.0.1", "${new URL(neighbour.origin).hostname}"])
        for (const name of ["${name}", "superos-preview", "planted"]) document.cookie = name + "=evil; path=/; domain=" + domain;
      document.cookie = "superos-preview=evil; path=/";
      document.cookie = "__Host-superos-preview=evil; path=/";`,
    );
    await page.reload();
    const cookies = await context.cookies();
    const elsewhere = cookies.filter(({ domain }) => domain !== new URL(site.origin).hostname);
    expect(elsewhere.filter(({ name: each, value }) => each !== "stolen" && value === "evil")).toEqual([]);
    expect(elsewhere.filter(({ domain }) => domain.startsWith("."))).toEqual([]);
    expect(await page.textContent("h1")).toBe("served from a box");
    await other.reload();
    expect(await other.textContent("h1")).toBe("served from a box");
  });

  test("reads nothing of the API, whichever way it asks", async () => {
    for (const home of homes())
      for (const path of ["/api/v1/session", "/api/v1/processes", "/openapi.json", "/healthz"]) {
        const asked = (init: string): Promise<unknown> =>
          inPage(page, `return (await fetch("${home}${path}", ${init})).text()`);
        expect(await asked(`{credentials: "include"}`)).toBe("refused: TypeError");
        expect(await asked(`{headers: {authorization: "Bearer sos_guess"}}`)).toBe("refused: TypeError");
        expect(await asked(`{credentials: "include", mode: "no-cors"}`)).toMatch(/^(refused: TypeError)?$/);
      }
  });

  test("changes nothing by the API: not by fetch, beacon, form, or with a content type that needs no leave", async () => {
    for (const home of homes()) {
      const target = `${home}/api/v1/processes`;
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json"])
        await inPage(
          page,
          `await fetch("${target}", {method: "POST", mode: "no-cors", credentials: "include", body: ${JSON.stringify(spawnBody)}, headers: {"content-type": "${type}"}})`,
        );
      await inPage(
        page,
        `navigator.sendBeacon("${target}", new Blob([${JSON.stringify(spawnBody)}], {type: "application/json"}))`,
      );
      const tab = await site.open(context);
      await inPage(
        tab,
        `const form = document.createElement("form");
        Object.assign(form, {method: "post", action: "${target}", enctype: "text/plain"});
        const input = document.createElement("input");
        Object.assign(input, {name: ${JSON.stringify(`${spawnBody.slice(0, -1)},"x":"`)}, value: '"}'});
        form.append(input); document.body.append(form); form.submit();`,
      );
      await tab.waitForURL(target);
      expect(await tab.textContent("body")).toMatch(/"code":"(denied|invalid)"/);
      await tab.close();
    }
  });

  test("opens no live connection: not by WebSocket, not by polling", async () => {
    for (const home of homes()) {
      const at = `${home.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`;
      expect(
        await inPage(
          page,
          `return new Promise((resolve) => { const socket = new WebSocket("${at}"); socket.onopen = () => resolve("open"); socket.onerror = () => resolve("refused"); })`,
        ),
      ).toBe("refused");
      const polled = `${home}/socket.io/?EIO=4&transport=polling`;
      expect(await inPage(page, `return (await fetch("${polled}", {credentials: "include"})).text()`)).toBe(
        "refused: TypeError",
      );
    }
  });

  test("does not frame the dashboard, embed it, or read its scripts", async () => {
    for (const home of homes()) {
      await inPage(
        page,
        `const frame = document.createElement("iframe"); frame.src = "${home}/"; document.body.append(frame);
        await new Promise((resolve) => { frame.onload = resolve; frame.onerror = resolve; });`,
      );
      const framed = page.frames().at(-1);
      // The browser may say that it has loaded before it says what.
      await expect.poll(() => framed?.url(), { timeout: 20_000 }).toBe("chrome-error://chromewebdata/");
      await inPage(page, `document.querySelector("iframe").remove()`);
    }
  });

  test("opens the dashboard and reaches nothing of it, and cannot tell it anything", async () => {
    const [popup] = await Promise.all([
      context.waitForEvent("page"),
      inPage(page, `window.opened = window.open("${homes()[0]}/")`),
    ]);
    await popup.waitForLoadState();
    expect(await inPage(page, "return window.opened.document.title")).toMatch(/^refused: (SecurityError|TypeError)$/);
    expect(await inPage(page, "return window.opened.localStorage.length")).toMatch(
      /^refused: (SecurityError|TypeError)$/,
    );
    await inPage(page, `window.opened.postMessage({type: "signal"}, "*")`);
    await popup.close();
  });

  test("shares no storage, channel or worker with the dashboard or another preview", async () => {
    await inPage(
      page,
      `localStorage.planted = "evil"; sessionStorage.planted = "evil"; indexedDB.open("planted");
      window.channel = new BroadcastChannel("superos"); channel.postMessage("evil")`,
    );
    for (const each of [dashboard, other]) {
      expect(await inPage(each, `return [localStorage.planted ?? null, sessionStorage.planted ?? null]`)).toEqual([
        null,
        null,
      ]);
      expect(await inPage(each, "return (await indexedDB.databases()).map(({name}) => name).includes('planted')")).toBe(
        false,
      );
    }
  });

  test("has no worker beyond its own origin", async () => {
    for (const scope of [`${homes()[0]}/`, `${neighbour.origin}/`])
      expect(
        await inPage(page, `return String(await navigator.serviceWorker.register("/sw.js", {scope: "${scope}"}))`),
      ).toBe("refused: SecurityError");
    expect(
      await inPage(page, `return String(await navigator.serviceWorker.register("${neighbour.origin}/sw.js"))`),
    ).toBe("refused: SecurityError");
    expect(await dashboard.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)")).toBe(0);
  });
});

describe.skipIf(missing !== undefined)("another preview", () => {
  const before = async (): Promise<number> => (await neighbour.seen()).length;

  test("is not read, called, embedded or posted to: none of it comes to its process", async () => {
    const known = await before();
    const at = `${neighbour.origin}/private`;
    for (const init of [
      `{credentials: "include"}`,
      `{credentials: "include", mode: "no-cors"}`,
      `{method: "POST", mode: "no-cors", credentials: "include", body: "x"}`,
    ])
      expect(await inPage(page, `return (await fetch("${at}", ${init})).text()`)).toMatch(/^(refused: TypeError)?$/);
    await inPage(
      page,
      `for (const tag of ["img", "script", "iframe", "video"]) { const each = document.createElement(tag); each.src = "${at}?" + tag; document.body.append(each); }
      await new Promise((resolve) => setTimeout(resolve, 1000));
      for (const each of document.querySelectorAll("img, script, iframe, video")) each.remove();`,
    );
    const socket = `return new Promise((resolve) => { const socket = new WebSocket("${at.replace("http", "ws")}"); socket.onopen = () => resolve("open"); socket.onerror = () => resolve("refused"); })`;
    expect(await inPage(page, socket)).toBe("refused");
    expect((await neighbour.seen()).slice(known)).toEqual([]);
  });

  test("can be opened by a link, and is then nobody's to look into", async () => {
    const [popup] = await Promise.all([
      context.waitForEvent("page"),
      inPage(page, `window.opened = window.open("${neighbour.origin}/")`),
    ]);
    await popup.waitForLoadState();
    expect(await popup.textContent("h1")).toBe("served from a box");
    expect(await inPage(page, "return window.opened.document.title")).toBe("refused: SecurityError");
    expect(await inPage(popup, "return window.opener.document.title")).toBe("refused: SecurityError");
    await popup.close();
  });

  test("does not become one origin with it", async () => {
    for (const each of [page, other]) await inPage(each, `document.domain = "localhost"`);
    const [popup] = await Promise.all([
      context.waitForEvent("page"),
      inPage(page, `window.opened = window.open("${neighbour.origin}/")`),
    ]);
    await popup.waitForLoadState();
    await inPage(popup, `document.domain = "localhost"`);
    expect(await inPage(page, "return window.opened.document.title")).toBe("refused: SecurityError");
    expect(await inPage(page, "return window.originAgentCluster")).toBe(true);
    await popup.close();
  });

  test("has a name that can be guessed, which opens nothing", async () => {
    const stranger = await browser.newContext();
    const tab = await stranger.newPage();
    for (const origin of [
      site.origin,
      neighbour.origin,
      site.origin.replace("-8080", "-22"),
      site.origin.replace(/p\d+/, "p1"),
    ]) {
      const reply = await tab.goto(`${origin}/`);
      expect(reply?.status()).toBe(401);
      expect(await tab.textContent("body")).not.toContain("served from a box");
    }
    await stranger.close();
    for (const origin of [site.origin.replace("-8080", "-8081"), site.origin.replace(/p\d+/, "p1")]) {
      const own = await context.newPage();
      expect((await own.goto(`${origin}/`))?.status()).toBe(401);
      await own.close();
    }
  });
});

describe.skipIf(missing !== undefined)("a ticket", () => {
  test("is good once, for one preview, and stands in no address, history or referrer afterwards", async () => {
    const url = await site.ticket();
    const first = await (await browser.newContext()).newPage();
    await first.goto(url);
    expect(await first.textContent("h1")).toBe("served from a box");
    expect(await inPage(first, "return [location.href, document.referrer, history.length < 3]")).toEqual([
      `${site.origin}/`,
      "",
      true,
    ]);
    expect(JSON.stringify(await inPage(first, "return performance.getEntries()"))).not.toContain("ticket");
    const second = await (await browser.newContext()).newPage();
    expect((await second.goto(url))?.status()).toBe(401);
    const third = await (await browser.newContext()).newPage();
    const moved = (await site.ticket()).replace(site.origin, neighbour.origin);
    expect((await third.goto(moved))?.status()).toBe(401);
    expect((await third.goto(moved.replace(neighbour.origin, site.origin)))?.status()).toBe(401);
    for (const each of [first, second, third]) await each.context().close();
    for (const { path, headers } of await site.seen())
      expect(`${path} ${JSON.stringify(headers)}`).not.toContain("ticket");
  });
});

describe.skipIf(missing !== undefined)("a name that leads to this machine", () => {
  test("shows nothing of the dashboard, the API or a preview, and its pages have no session", async () => {
    const everywhere = await rebound();
    try {
      const tab = await (await everywhere.newContext()).newPage();
      const { hostname } = new URL(site.origin);
      for (const host of [
        "evil.example",
        "localhost.evil.example",
        `${hostname}.evil.example`,
        `evil.${hostname}`,
        "127.0.0.1.evil.example",
      ])
        for (const path of ["/", "/api/v1/status", "/healthz", "/socket.io/?EIO=4&transport=polling"]) {
          const reply = await tab.goto(`http://${host}:${instance.port}${path}`);
          expect([400, 403], host + path).toContain(reply?.status());
        }
    } finally {
      await everywhere.close();
    }
  });
});
