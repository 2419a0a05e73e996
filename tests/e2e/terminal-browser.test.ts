import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { importProject, inspect } from "../system/caller.ts";
import { servicePid } from "../system/host-process.ts";
import { chromiumPath, launchBrowser, Visitor } from "./browser.ts";

/**
 * A terminal in a real browser, with a real keyboard. The tests build on one another, in order; what it looked like is
 * kept in tests/artifacts/browser.
 */

const missing = existsSync(chromiumPath) ? undefined : `there is no ${chromiumPath}`;
if (missing !== undefined) process.stderr.write(`==> The terminal's browser tests are skipped: ${missing}\n`);

const patient = { timeout: 60_000 };

let instance: Instance;
let project: ProjectView;
let browser: Browser;
let visitor: Visitor;
let other: Visitor;

beforeAll(async () => {
  if (missing !== undefined) return;
  instance = await Instance.start();
  project = await importProject(instance, "site", rawArchive({ name: "main.py", content: "print('hi')\n" }));
  browser = await launchBrowser();
  visitor = await Visitor.arrive(browser, instance.url, "dark");
  await visitor.page.goto(instance.signInUrl);
  await visitor.page.getByText("site").first().waitFor();
  await visitor.page.goto(`/projects/${project.id}`);
});

afterAll(async () => {
  await browser?.close();
  await instance?.remove();
});

const terminalOf = ({ page }: Visitor) => page.getByTestId("process-terminal");
const pidOf = async (who: Visitor): Promise<number> => Number(await terminalOf(who).getAttribute("data-pid"));
/** What a screen reader finds on the terminal. */
const screenOf = (who: Visitor): Promise<string> =>
  terminalOf(who)
    .locator(".xterm-accessibility-tree > div")
    .evaluateAll((rows) => rows.map((row) => (row.textContent ?? "").trimEnd()).join("\n"));

async function shows(who: Visitor, pattern: RegExp): Promise<RegExpExecArray> {
  let last = "";
  try {
    return await waitFor(String(pattern), async () => {
      last = await screenOf(who);
      return pattern.exec(last) ?? undefined;
    });
  } catch (error) {
    throw new Error(`the terminal shows ${JSON.stringify(last)}`, { cause: error });
  }
}

const sizeOf = async (who: Visitor): Promise<string> =>
  (await who.page.getByTestId("terminal-size").innerText()).replace(" × ", " ");

/** Pastes a line and presses Enter. */
async function enter({ page }: Visitor, line: string): Promise<void> {
  await page.keyboard.insertText(line);
  await page.keyboard.press("Enter");
}

/** The size that the program sees: rows, then columns. */
async function sizeInside(who: Visitor, mark: string): Promise<string> {
  await enter(who, `echo ${mark} $(stty size)`);
  const [, rows, columns] = await shows(who, new RegExp(`^${mark} (\\d+) (\\d+)`, "m"));
  return `${columns} ${rows}`;
}

describe.skipIf(missing !== undefined)("a terminal in the dashboard", () => {
  it("is opened in a project, has the focus, and shows what is typed", async () => {
    await visitor.page.getByTestId("new-terminal").click();
    await shows(visitor, /^\/project \$/m);
    await visitor.page.keyboard.type("ls; echo größer $TERM\n");
    await shows(visitor, /^main\.py$/m);
    await shows(visitor, /^größer xterm-256color$/m);
    await visitor.picture("terminal-01-dark");
    expect(await visitor.nameless()).toEqual([]);
  });

  it("has the size of its place, and of it after the window has changed", async () => {
    expect(await sizeInside(visitor, "first")).toBe(await sizeOf(visitor));
    const before = await sizeOf(visitor);
    await visitor.page.setViewportSize({ width: 1000, height: 1100 });
    await waitFor("another size", async () => (await sizeOf(visitor)) !== before);
    await waitFor("the kernel to know it", async () => {
      const { tty } = await inspect(instance, await pidOf(visitor));
      return `${tty?.columns} ${tty?.rows}` === (await sizeOf(visitor));
    });
    expect(await sizeInside(visitor, "second")).toBe(await sizeOf(visitor));
    await visitor.picture("terminal-02-other-size");
    await visitor.page.setViewportSize({ width: 1440, height: 900 });
  });

  it("gets the keys that are the page's elsewhere, and Tab until Ctrl+M", async () => {
    const { page } = visitor;
    await page.keyboard.type("echo ma");
    await page.keyboard.press("Tab");
    await shows(visitor, /echo main\.py/);
    await page.keyboard.press("Enter");
    await enter(visitor, "stty -ixon; echo set; cat -v");
    await shows(visitor, /^set$/m);
    await page.keyboard.press("Control+s");
    await page.keyboard.press("Control+Enter");
    await shows(visitor, /^\^S$/m);
    await page.keyboard.press("Control+c");
    await shows(visitor, /\^C\n\/project \$/);
    await page.keyboard.press("Control+m");
    await expect.poll(() => page.getByTestId("terminal-state").innerText(), patient).toContain("Tab leaves");
    await page.keyboard.press("Tab");
    expect(await terminalOf(visitor).locator(".xterm-helper-textarea").and(page.locator(":focus")).count()).toBe(0);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Control+m");
    await enter(visitor, "echo back");
    await shows(visitor, /^back$/m);
  });

  it("is drawn again whole after a reload, and the program hears nothing of it", async () => {
    const { page } = visitor;
    // Two questions to the terminal, which only the one that is there now may answer, and once.
    await enter(visitor, "printf '\\033[6n\\033[c'; read -rsd c answer; clear; echo marked");
    await shows(visitor, /^marked$/m);
    await page.reload();
    await shows(visitor, /^marked$/m);
    await terminalOf(visitor).locator(".xterm-helper-textarea").focus();
    await enter(visitor, "echo after");
    await shows(visitor, /^after$/m);
    expect(await screenOf(visitor)).not.toMatch(/\[\?|R\d|;\d+c/);
  });

  it("goes on after the gateway has died, and what was typed meanwhile is not typed later", async () => {
    const { page } = visitor;
    await enter(visitor, "clear; echo before");
    await shows(visitor, /^before$/m);
    process.kill(await servicePid(instance, "gateway"), "SIGKILL");
    await expect.poll(() => page.getByTestId("terminal-state").innerText(), patient).toContain("Not connected");
    await enter(visitor, "echo lost");
    await expect
      .poll(() => page.getByTestId("terminal-state").innerText(), patient)
      .toContain("Keys go to the program");
    await enter(visitor, "echo later");
    await shows(visitor, /^before\n[^]*^later$/m);
    expect(await screenOf(visitor)).not.toContain("lost");
  });

  it("is seen by a second window, which takes its size when somebody comes to it", async () => {
    other = await visitor.another("light");
    await other.page.setViewportSize({ width: 1100, height: 700 });
    await other.page.goto(`/projects/${project.id}`);
    await shows(other, /^later$/m);
    expect(await sizeOf(other)).toBe(await sizeOf(visitor));
    await other.picture("terminal-03-second-window");
    await terminalOf(other).locator(".xterm-helper-textarea").focus();
    await enter(other, "clear; echo from the other");
    for (const each of [visitor, other]) await shows(each, /^from the other$/m);
    expect(await sizeInside(other, "third")).toBe(await sizeOf(other));
    await expect.poll(() => sizeOf(visitor), patient).toBe(await sizeOf(other));
    await other.picture("terminal-04-light");
    await visitor.picture("terminal-05-smaller-than-its-place");
  });

  it("runs what fills the screen, with the size of the window that is typed into", async () => {
    const smaller = await sizeOf(visitor);
    await visitor.page.bringToFront();
    await terminalOf(visitor).locator(".xterm-helper-textarea").focus();
    await enter(visitor, 'clear; for c in 31 32 33 34 35 36; do printf "\\033[${c}mcolour $c \\033[0m"; done; echo');
    await shows(visitor, /colour 36/);
    expect(await sizeInside(visitor, "fourth")).toBe(await sizeOf(visitor));
    expect(await sizeOf(visitor)).not.toBe(smaller);
    await visitor.picture("terminal-06-colours");
    await enter(visitor, "printf '\\033[?1049h\\033[H\\033[2Janother screen'; read -rsn 1; printf '\\033[?1049l'");
    await shows(visitor, /^another screen$/m);
    await visitor.page.keyboard.press("q");
    await shows(visitor, /colour 36/);
  });

  it("says that it has ended, in every window, and takes no more", async () => {
    await enter(visitor, "exit 3");
    for (const each of [visitor, other]) {
      await expect
        .poll(() => each.page.getByTestId("terminal-state").innerText(), patient)
        .toBe("Ended: exited with code 3");
    }
    await visitor.picture("terminal-07-ended");
    await visitor.page.keyboard.type("nobody");
    expect(await screenOf(visitor)).not.toContain("nobody");
  });

  it("is a tab of its process, which shows it after its end", async () => {
    const pid = await pidOf(visitor);
    await visitor.page.goto(`/processes/${pid}`);
    await visitor.page.getByTestId("tab-terminal").click();
    await shows(visitor, /colour 36/);
    expect(await visitor.page.getByTestId("terminal-state").innerText()).toBe("Ended: exited with code 3");
    await visitor.picture("terminal-08-tab");
  });

  it("makes no page complain", () => {
    const expected = /ERR_CONNECTION_REFUSED|WebSocket|502|Failed to load resource/;
    for (const each of [visitor, other]) expect(each.complaints.filter((text) => !expected.test(text))).toEqual([]);
  });
});
