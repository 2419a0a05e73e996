import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { chromiumPath, launchBrowser, Visitor } from "./browser.ts";
import { python } from "./program.ts";

/**
 * What processes talk through, what they use and who waits for whom, in a real browser.
 *
 * The tests of one part build on one another, in order. What each step looked like is kept in tests/artifacts/browser.
 */

const missing = existsSync(chromiumPath) ? undefined : `there is no ${chromiumPath}`;
if (missing !== undefined) process.stderr.write(`==> The browser tests are skipped: ${missing}\n`);

let instance: Instance;
let browser: Browser;
let scratch: string;
let owner: Visitor;
let project: string;

beforeAll(async () => {
  if (missing !== undefined) return;
  scratch = mkdtempSync(join(tmpdir(), "superos-channels-browser-"));
  mkdirSync(join(scratch, "site"));
  writeFileSync(join(scratch, "site", "main.py"), "print('ran')\n");
  instance = await Instance.start();
  const imported = await instance.cli(["project", "import", join(scratch, "site")]);
  if (imported.code !== 0) throw new Error(imported.stderr);
  project = imported.stdout.toString().trim();
  browser = await launchBrowser();
  owner = await Visitor.arrive(browser, instance.url);
  await owner.page.goto(instance.signInUrl);
  await owner.page.getByTestId("project-card").waitFor();
});

afterAll(async () => {
  await browser?.close();
  await instance?.remove();
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
});

const patient = { timeout: 30_000 };
const inSite = ["--project", "site"];

/** The stdout of a command that must succeed. */
async function printed(...args: string[]): Promise<string> {
  const ended = await instance.cli(args);
  if (ended.code !== 0) throw new Error(`superos ${args.join(" ")}: ${ended.stderr}`);
  return ended.stdout.toString();
}

const detached = async (...args: string[]): Promise<string> =>
  (await printed("run", "-d", ...inSite, "--cap", "FS_READ:/project", ...args)).trim();
const rowOf = (page: Page, pid: string): Locator => page.locator(`[data-testid=process-row][data-pid='${pid}']`);

async function openChannels(page: Page, tab: "queues" | "events" | "segments"): Promise<void> {
  await page.goto(`/projects/${project}/channels`);
  await page.getByTestId(`tab-${tab}`).click();
}

async function openProcess(page: Page, pid: string): Promise<void> {
  await page.goto(`/processes/${pid}`);
  await page.getByTestId("process-drawer").getByTestId("tab-overview").waitFor();
}

async function hasFocus(page: Page, target: Locator): Promise<void> {
  await expect.poll(() => target.and(page.locator(":focus")).count(), patient).toBe(1);
}

describe.skipIf(missing !== undefined)("what a process uses", () => {
  let pid: string;

  it("is shown with its limit, and its threads by name", async () => {
    const { page } = owner;
    pid = await detached(
      "--cap",
      "MEM:128Mi",
      ...python(
        "import threading, time",
        "held = bytearray(40 << 20)",
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
        "time.sleep(600)",
      ),
    );
    await openProcess(page, pid);
    const usage = page.getByTestId("usage");
    await expect
      .poll(() => usage.innerText(), patient)
      // What is read from disk for the first time counts too, above the 40 MiB it holds.
      .toMatch(/Memory limit\s+128 MiB[^]*Peak\s+([4-9]\d|1[0-2]\d) MiB[^]*page faults/);
    await owner.picture("60-usage");
    expect(await owner.nameless()).toEqual([]);
    await page.getByTestId("tab-threads").click();
    await expect.poll(() => page.getByTestId("thread-row").filter({ hasText: "python3" }).count(), patient).toBe(2);
    await owner.picture("61-threads");
  });

  it("changes its class by a switch, which says what the kernel says", async () => {
    const { page } = owner;
    await openProcess(page, pid);
    const toggle = page.getByTestId("class-switch");
    await owner.tabTo(toggle);
    await page.keyboard.press("Space");
    await waitFor(
      "the kernel's word",
      async () => JSON.parse(await printed("inspect", pid, "--json")).class === "background",
    );
    await expect.poll(() => toggle.isChecked(), patient).toBe(true);
    await page.goto("/processes");
    await rowOf(page, pid).getByText("background").waitFor();
    await printed("nice", pid, "fg");
    await rowOf(page, pid).getByText("foreground").waitFor();
    await printed("kill", pid);
  });
});

describe.skipIf(missing !== undefined)("a process that there is no room for", () => {
  it("says how long it waits and why, and then runs", async () => {
    const { page } = owner;
    const { machine } = JSON.parse(await printed("status", "--json"));
    const most = `MEM:${Math.floor((machine.memoryBytes * 0.6) / 2 ** 20)}Mi`;
    const holder = (await printed("run", "-d", "--cap", most, "--", "sleep", "600")).trim();
    const pid = await detached("--bg", "--cap", most, "--", "sleep", "600");
    await page.goto("/processes");
    await rowOf(page, pid)
      .getByText(/^ready \d+ (s|min): .*memory/)
      .waitFor();
    await owner.picture("62-waiting");
    await openProcess(page, pid);
    const reason = page.getByTestId("process-drawer").getByText(/^waits for .* of memory/);
    await expect.poll(() => reason.count(), patient).toBe(1);
    await printed("kill", holder);
    await page.goto("/processes");
    await rowOf(page, pid).getByText("running").waitFor();
    await printed("kill", pid);
  });
});

describe.skipIf(missing !== undefined)("the queues of a project", () => {
  it("are none at first, and the page says what to do", async () => {
    const { page } = owner;
    await page.goto(`/projects/${project}`);
    await page.getByTestId("workspace-menu").click();
    await page.getByTestId("workspace-channels").click();
    await page.getByText("No queues").waitFor();
    expect(await page.title()).toBe("Channels of site - SuperOS");
    await owner.picture("63-no-queues");
  });

  it("are made with the keyboard; what is wrong is named at its place", async () => {
    const { page } = owner;
    await openChannels(page, "queues");
    const make = page.getByTestId("queue-new");
    await make.focus();
    await page.keyboard.press("Enter");
    await hasFocus(page, page.getByTestId("queue-name"));
    await page.keyboard.type("Jobs");
    await page.getByText("a channel's name is").waitFor();
    expect(await page.getByTestId("queue-submit").isDisabled()).toBe(true);
    await page.getByTestId("queue-name").fill("jobs");
    await page.getByTestId("queue-maxMessages").fill("4");
    await page.getByTestId("queue-acknowledge").fill("1s");
    await page.getByTestId("queue-maxDeliveries").fill("1");
    await owner.picture("64-new-queue");
    expect(await owner.nameless()).toEqual([]);
    await page.keyboard.press("Enter");
    await page.locator("[data-queue=jobs]").waitFor();
    await hasFocus(page, make);
    await expect.poll(() => page.getByTestId("channels-said").innerText(), patient).toBe("The queue jobs is there.");
  });

  it("show what is in them, who may use them, and what was given up", async () => {
    const { page } = owner;
    const pid = await detached("--cap", "IPC_SEND:jobs", "--", "sleep", "600");
    await printed("ipc", "send", "jobs", ...inSite, '{"page": 1}');
    await printed("ipc", "send", "jobs", ...inSite, "2");
    const row = page.locator("[data-queue=jobs]");
    await row.getByText("2 wait").waitFor();
    await row.getByRole("link", { name: `Process ${pid}, ` }).waitFor();
    await printed("ipc", "recv", "jobs", ...inSite, "--leave");
    const dead = row.getByTestId("queue-dead");
    await dead.click();
    await page.getByTestId("dead-row").getByText('{"page":1}').waitFor();
    await owner.picture("65-dead-letters");
    expect(await owner.nameless()).toEqual([]);
    await page.keyboard.press("Escape");
    await hasFocus(page, dead);
    await owner.picture("66-queues");
    expect(await owner.nameless()).toEqual([]);
    await row.getByRole("link", { name: `Process ${pid}, ` }).click();
    await page.getByTestId("process-drawer").getByText(`Process ${pid}`).waitFor();
    await printed("kill", pid);
  });

  it("fit a narrow screen, and are seen in the dark", async () => {
    const { page } = owner;
    await openChannels(page, "queues");
    await page.locator("[data-queue=jobs]").waitFor();
    await page.setViewportSize({ width: 600, height: 900 });
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(600);
    await owner.picture("67-queues-narrow-dark");
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it("are removed only after the dialog has said what is lost", async () => {
    const { page } = owner;
    await page.locator("[data-queue=jobs]").getByTestId("channel-remove").click();
    await page.getByText("1 message in it will be lost.").waitFor();
    await page.getByTestId("confirm").click();
    await page.getByText("No queues").waitFor();
    expect(await printed("ipc", "ls", "--json")).toBe("[]\n");
  });
});

describe.skipIf(missing !== undefined)("the events of a project", () => {
  it("are told as they happen, those of the kernel and those of programs", async () => {
    const { page } = owner;
    await openChannels(page, "events");
    await page.getByTestId("event-topics").fill("build.done");
    await page.keyboard.press("Enter");
    await page.getByTestId("event-listen").click();
    await page.getByTestId("event-state").getByText("Listening").waitFor();
    await printed("ipc", "publish", "build.done", ...inSite, '{"ok": true}');
    await page.getByTestId("event-row").filter({ hasText: "build.done" }).getByText('{"ok":true}').waitFor();
    await printed("run", ...inSite, "--", "true");
    await page.getByTestId("event-row").filter({ hasText: "kernel.process" }).first().waitFor();
    await owner.picture("68-events");
    expect(await owner.nameless()).toEqual([]);
    await page.getByTestId("event-stop").click();
    await page.getByTestId("event-state").getByText("Not listening").waitFor();
    expect(await printed("ipc", "publish", "build.done", ...inSite, "1")).toBe("Heard by 0 subscribers.\n");
  });
});

describe.skipIf(missing !== undefined)("the shared memory of a project", () => {
  it("is made, shown with who has it, and freed once nobody has", async () => {
    const { page } = owner;
    await openChannels(page, "segments");
    await page.getByText("No shared memory").waitFor();
    await page.getByTestId("segment-new").click();
    await page.getByTestId("segment-name").fill("frame");
    await page.getByTestId("segment-size").fill("1Mi");
    await page.keyboard.press("Enter");
    const row = page.locator("[data-segment=frame]");
    await row.getByText("1.0 MiB").waitFor();
    const pid = await detached("--cap", "SHM_MAP:frame:rw", "--", "sleep", "600");
    await row.getByRole("link", { name: `Process ${pid}, ` }).waitFor();
    await owner.picture("69-segments");
    expect(await owner.nameless()).toEqual([]);
    await row.getByTestId("channel-remove").click();
    await page.getByTestId("confirm").click();
    await page.getByTestId("fault").waitFor();
    await owner.picture("70-segment-in-use");
    await page.keyboard.press("Escape");
    await printed("kill", pid);
    await expect.poll(() => row.getByText("nobody").count(), patient).toBe(2);
    await row.getByTestId("channel-remove").click();
    await page.getByTestId("confirm").click();
    await page.getByText("No shared memory").waitFor();
  });
});

describe.skipIf(missing !== undefined)("who may only look", () => {
  it("sees why nothing can be made or listened to", async () => {
    const link = /http\S+/.exec(await printed("user", "add", "vera"))?.[0] ?? "";
    await printed("member", "set", "site", "vera", "viewer");
    const vera = await Visitor.arrive(browser, instance.url, "dark");
    const { page } = vera;
    await page.goto(link);
    await page.getByTestId("project-card").waitFor();
    await openChannels(page, "queues");
    await page.getByText("Your role here is viewer, which does not hold IPC_SEND.").waitFor();
    await page.getByTestId("queue-new").click({ force: true });
    expect(await page.getByTestId("queue-name").count()).toBe(0);
    await page.getByTestId("tab-events").click();
    expect(await page.getByTestId("event-listen").isDisabled()).toBe(true);
    await vera.picture("71-viewer");
    expect(vera.complaints).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)("the browser's console", () => {
  it("has nothing to complain of but the refusal that was provoked", () => {
    expect(owner.complaints.filter((text) => !/409 \(Conflict\)/.test(text))).toEqual([]);
  });
});
