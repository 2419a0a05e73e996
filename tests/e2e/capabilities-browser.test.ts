import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Instance } from "../setup/instance.ts";
import { chromiumPath, launchBrowser, Visitor } from "./browser.ts";

/**
 * Who may do what, in a real browser: giving a program its authority, looking at slots, taking them away, adding to
 * them, previews, and people with their roles.
 *
 * The tests of one part are one person's visit and build on one another, in order. What each step looked like is kept
 * in tests/artifacts/browser.
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
  scratch = mkdtempSync(join(tmpdir(), "superos-capabilities-browser-"));
  const folder = join(scratch, "site");
  mkdirSync(join(folder, "out"), { recursive: true });
  writeFileSync(join(folder, "index.html"), "<title>site</title><h1>served from a box</h1>\n");
  writeFileSync(join(folder, "out", "kept"), "");
  writeFileSync(join(folder, "main.py"), "print('ran')\n");
  instance = await Instance.start();
  const imported = await instance.cli(["project", "import", folder]);
  if (imported.code !== 0) throw new Error(imported.stderr);
  browser = await launchBrowser();
  owner = await Visitor.arrive(browser, instance.url);
  await owner.page.goto(instance.signInUrl);
  const card = owner.page.getByTestId("project-card");
  await card.waitFor();
  project = (await card.getAttribute("data-project")) ?? "";
});

afterAll(async () => {
  await browser?.close();
  await instance?.remove();
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
});

/** How long to look again until something is so; the machine may be busy. */
const patient = { timeout: 30_000 };

/** A right's switch. It is an input beneath its own picture, which takes the mouse. */
const turn = (page: Page, kind: string, on: boolean): Promise<void> =>
  page.getByTestId(`cap-toggle-${kind}`).setChecked(on, { force: true });

async function unfold(page: Page, section: "limits" | "more"): Promise<void> {
  const head = page.getByTestId(section);
  if ((await head.getAttribute("aria-expanded")) === "false") await head.click();
}

/** Opens the project and waits until something can be run. */
async function openProject(page: Page): Promise<void> {
  await page.goto(`/projects/${project}`);
  await page.getByTestId("file-tree").waitFor();
}

/** Runs a command line with what is filled in; returns its pid once its output is shown. */
async function run(page: Page, command: string): Promise<string> {
  await page.getByTestId("run-argv").fill(command);
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith("/processes") && response.request().method() === "POST"),
    page.getByTestId("run-submit").click(),
  ]);
  const text = await answer.text();
  expect(answer.status(), text).toBe(201);
  const pid = String(JSON.parse(text).pid);
  await page.locator(`[data-testid=output-terminal][data-pid='${pid}']`).waitFor();
  return pid;
}

async function openCapabilities(page: Page, pid: string): Promise<void> {
  await page.goto(`/processes/${pid}`);
  await page.getByTestId("tab-capabilities").click();
  await page.getByTestId("slot-row").first().waitFor();
}

const slotOf = (page: Page, capability: string): Locator =>
  page.getByTestId("slot-row").filter({ has: page.getByRole("cell", { name: capability, exact: true }) });

async function hasFocus(page: Page, target: Locator): Promise<void> {
  await expect.poll(() => target.and(page.locator(":focus")).count(), patient).toBe(1);
}

const stateOf = async (pid: string): Promise<{ phase: string; outcome?: unknown }> =>
  JSON.parse((await instance.cli(["inspect", pid, "--json"])).stdout.toString()).state;

describe.skipIf(missing !== undefined)("the authority of a run", () => {
  it("is said in one line while it is folded, and stays folded", async () => {
    const { page } = owner;
    await openProject(page);
    await page.getByTestId("authority").click();
    await page.getByTestId("cap-toggle-FS_READ").waitFor({ state: "hidden" });
    expect(await page.getByTestId("authority-summary").innerText()).toBe("reads files");
    await page.reload();
    await page.getByTestId("authority").waitFor();
    expect(await page.getByTestId("authority").getAttribute("aria-expanded")).toBe("false");
    await page.getByTestId("authority").click();
    await page.getByTestId("cap-toggle-FS_READ").waitFor({ state: "attached" });
  });

  it("names what is wrong at its place, and then nothing is started", async () => {
    const { page } = owner;
    await page.getByTestId("run-argv").fill("python3 main.py");
    await turn(page, "NET_CONNECT", true);
    expect(await page.getByTestId("run-submit").isDisabled()).toBe(true);
    await page.getByTestId("connects-hosts").fill("http://example.org");
    await page.getByText("http://example.org is no host, host:port or name").waitFor();
    await owner.picture("30-authority-problem");
    await page.getByTestId("connects-hosts").fill("example.org:443");
    expect(await page.getByTestId("run-submit").isDisabled()).toBe(false);
    await turn(page, "NET_CONNECT", false);
  });

  it("is exactly what the program holds", async () => {
    const { page } = owner;
    await turn(page, "FS_WRITE", true);
    await page.getByTestId("writes-below").fill("out");
    await unfold(page, "limits");
    await page.getByTestId("quota-MEM").fill("96Mi");
    await unfold(page, "more");
    await page.getByTestId("more-capabilities").fill("PROC_SIGNAL");
    await owner.picture("31-authority");
    const pid = await run(page, "sleep 600");
    const view = JSON.parse((await instance.cli(["inspect", pid, "--json"])).stdout.toString());
    expect(view.table).toEqual(
      expect.arrayContaining(["FS_READ:/project", "FS_WRITE:/project/out", "MEM:96Mi", "PROC_SIGNAL"]),
    );
    expect(view.table.join(" ")).not.toMatch(/NET_|PROC_SPAWN/);
    await instance.cli(["kill", pid]);
    await turn(page, "FS_WRITE", false);
    await page.getByTestId("more-capabilities").fill("");
  });
});

describe.skipIf(missing !== undefined)("a preview", () => {
  it("opens what a process serves in a tab that knows nothing of the dashboard", async () => {
    const { page } = owner;
    await openProject(page);
    await turn(page, "NET_BIND", true);
    await page.getByTestId("serves-port").fill("8080");
    await page.getByTestId("serves-name").fill("web");
    const pid = await run(page, "python3 -u -m http.server 8080");
    await expect.poll(() => page.getByTestId("output-text").textContent(), patient).toContain("Serving HTTP");
    const [tab] = await Promise.all([page.context().waitForEvent("page"), page.getByTestId("preview-open").click()]);
    await tab.getByRole("heading", { name: "served from a box" }).waitFor();
    expect(new URL(tab.url()).hostname).toBe(`p${pid}-8080.localhost`);
    expect(tab.url()).not.toContain("ticket");
    expect(await tab.evaluate("[window.opener, document.referrer]")).toEqual([null, ""]);
    await tab.close();
    await page.goto("/processes");
    await page.locator(`[data-testid=process-row][data-pid='${pid}']`).getByText("web").waitFor();
    await instance.cli(["kill", pid]);
  });

  it("asks for the port where the table names none, and says what is wrong with one", async () => {
    const { page } = owner;
    await openProject(page);
    await turn(page, "NET_BIND", true);
    const pid = await run(page, "python3 -u -m http.server 5000");
    await expect.poll(() => page.getByTestId("output-text").textContent(), patient).toContain("Serving HTTP");
    await page.getByTestId("preview-open").click();
    await page.getByTestId("preview-port").fill("70000");
    expect(await page.getByTestId("preview-submit").isDisabled()).toBe(true);
    await page.getByTestId("preview-port").fill("5000");
    await owner.picture("32-preview-port");
    const [tab] = await Promise.all([page.context().waitForEvent("page"), page.keyboard.press("Enter")]);
    await tab.getByRole("heading", { name: "served from a box" }).waitFor();
    await tab.close();
    await instance.cli(["kill", pid]);
  });

  it("is a link to follow by hand where the browser opens no tab", async () => {
    const { page } = owner;
    await openProject(page);
    await turn(page, "NET_BIND", true);
    await page.getByTestId("serves-port").fill("8080");
    const pid = await run(page, "python3 -u -m http.server 8080");
    await expect.poll(() => page.getByTestId("output-text").textContent(), patient).toContain("Serving HTTP");
    await page.evaluate("window.open = () => null; undefined");
    await page.getByTestId("preview-open").click();
    const link = page.getByRole("link", { name: "Open the preview" });
    await link.waitFor();
    expect(await link.getAttribute("rel")).toBe("noopener noreferrer");
    await owner.picture("33-preview-link");
    const [tab] = await Promise.all([page.context().waitForEvent("page"), link.click()]);
    await tab.getByRole("heading", { name: "served from a box" }).waitFor();
    await tab.close();
    await instance.cli(["kill", pid]);
  });
});

describe.skipIf(missing !== undefined)("slots in the dashboard", () => {
  let parent: string;
  let child: string;

  it("show where each came from, what is left of it, and how many derive from it", async () => {
    const { page } = owner;
    await openProject(page);
    await unfold(page, "more");
    await page.getByTestId("more-capabilities").fill("PROC_SPAWN\nPROC_SIGNAL\nMEM:256Mi\nPIDS:64");
    parent = await run(
      page,
      `sh -c 'sos spawn --cap FS_READ:/project --cap MEM:64Mi --cap PIDS:16 -- sleep 600; sleep 600'`,
    );
    await expect.poll(() => page.getByTestId("output-text").textContent(), patient).toMatch(/\d+/);
    child = /\d+/.exec((await page.getByTestId("output-text").textContent()) ?? "")?.[0] ?? "";
    await openCapabilities(page, parent);
    await expect.poll(() => slotOf(page, "FS_READ:/project").innerText(), patient).toMatch(/session of owner[^]*1/);
    expect(await slotOf(page, "MEM:256Mi").innerText()).toContain("192Mi of 256Mi");
    await owner.picture("34-slots");
    expect(await owner.nameless()).toEqual([]);
    await slotOf(page, "FS_READ:/project").getByTestId("slot-origin").click();
    await page.getByTestId("process-drawer").getByText("session").first().waitFor();
    await openCapabilities(page, child);
    await slotOf(page, "FS_READ:/project").getByText(`process ${parent}`).waitFor();
  });

  it("show a child below the process that started it", async () => {
    const { page } = owner;
    await page.goto("/processes");
    const level = async (pid: string): Promise<number> =>
      Number(await page.locator(`[data-testid=process-row][data-pid='${pid}']`).getAttribute("aria-level"));
    expect(await level(child)).toBe((await level(parent)) + 1);
    await owner.picture("35-tree");
  });

  it("are taken only after the dialog has said what goes and who ends, and not when it is left", async () => {
    const { page } = owner;
    await openCapabilities(page, parent);
    const revoke = slotOf(page, "FS_READ:/project").getByTestId("slot-revoke");
    await revoke.click();
    const losses = page.getByTestId("revoke-loss");
    await expect.poll(() => losses.count(), patient).toBe(2);
    const said = (await losses.allInnerTexts()).join("\n");
    expect(said).toMatch(new RegExp(`process ${parent}:[^]*FS_READ:/project[^]*ends at once`));
    expect(said).toMatch(new RegExp(`process ${child}:[^]*FS_READ:/project[^]*ends at once`));
    await owner.picture("36-revoke");
    expect(await owner.nameless()).toEqual([]);
    await expect.poll(() => page.locator(":focus").innerText(), patient).toBe("Cancel");
    await page.keyboard.press("Escape");
    await losses.first().waitFor({ state: "detached" });
    expect(await page.getByTestId("process-drawer").getByTestId("slot-table").count()).toBe(1);
    await hasFocus(page, revoke);
    expect((await stateOf(parent)).phase).toBe("running");
  });

  it("that a process can go on without are taken alone, and the page says so", async () => {
    const { page } = owner;
    await slotOf(page, "PROC_SIGNAL").getByTestId("slot-revoke").click();
    await page.getByText("No process ends by this.").waitFor();
    await page.getByTestId("confirm").click();
    await expect.poll(() => page.getByTestId("caps-said").innerText(), patient).toBe("Revoked 1 capability.");
    await slotOf(page, "PROC_SIGNAL").waitFor({ state: "detached" });
    expect((await stateOf(parent)).phase).toBe("running");
  });

  it("are added by the keyboard alone, and what cannot be added is explained", async () => {
    const { page } = owner;
    const text = page.getByTestId("grant-capability");
    await owner.tabTo(text);
    await page.keyboard.type("FS_WRITE:/project");
    await page.getByText("A container gets its files when it starts").waitFor();
    expect(await page.getByTestId("grant-submit").isDisabled()).toBe(true);
    await owner.picture("37-grant-refused");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("NET_CONNECT:example.org:443");
    await page.keyboard.press("Enter");
    await slotOf(page, "NET_CONNECT:example.org:443").waitFor();
    expect(await page.getByTestId("caps-said").innerText()).toMatch(/Granted NET_CONNECT:example.org:443 as slot \d+/);
    expect(await slotOf(page, "NET_CONNECT:example.org:443").innerText()).toContain("no");
    await hasFocus(page, text);
  });

  it("end what cannot go on without them, as lost", async () => {
    const { page } = owner;
    await slotOf(page, "FS_READ:/project").getByTestId("slot-revoke").click();
    await page.getByTestId("revoke-loss").nth(1).waitFor();
    await page.getByTestId("confirm").click();
    await page.getByText("It has ended and holds nothing any more").waitFor();
    for (const pid of [parent, child]) {
      await expect
        .poll(() => stateOf(pid), patient)
        .toMatchObject({
          phase: "exited",
          outcome: { kind: "revoked", capability: "FS_READ:/project" },
        });
    }
    await owner.picture("38-revoked");
  });
});

describe.skipIf(missing !== undefined)("people", () => {
  let mia: Visitor;
  let link: string;

  it("are added by an admin, who gets a link that is shown once", async () => {
    const { page } = owner;
    await page.goto("/users");
    await page.getByTestId("user-new").click();
    await page.getByTestId("user-name").fill("Mia");
    expect(await page.getByTestId("user-submit").isDisabled()).toBe(true);
    await page.getByTestId("user-name").fill("mia");
    await page.getByTestId("user-submit").click();
    link = await page.getByTestId("user-link-url").inputValue();
    expect(link).toMatch(new RegExp(`^${instance.url}/signin#code=`));
    await owner.picture("39-user-link");
    expect(await owner.nameless()).toEqual([]);
    await page.getByTestId("user-link-done").click();
    await page.locator("[data-testid=user-row][data-user=mia]").waitFor();
    await owner.picture("40-users");
  });

  it("become members of a project with a role", async () => {
    const { page } = owner;
    await page.goto(`/projects/${project}/members`);
    await page.getByTestId("member-user").click();
    await page.getByRole("option", { name: "mia" }).click();
    await page.getByTestId("member-new-role").click();
    await page.getByRole("option", { name: "viewer" }).click();
    await page.getByTestId("member-add").click();
    await expect
      .poll(() => page.getByTestId("members-said").innerText(), patient)
      .toBe("mia is a member now, as viewer.");
    await page.locator("[data-testid=member-row][data-user=mia]").waitFor();
    await owner.picture("41-members");
    expect(await owner.nameless()).toEqual([]);
  });

  it("see as viewers what they cannot do and why, and are offered no more", async () => {
    mia = await Visitor.arrive(browser, instance.url, "dark");
    const { page } = mia;
    await page.goto(link);
    await page.getByTestId("project-card").getByText("viewer").waitFor();
    expect(await page.getByTestId("nav-users").count()).toBe(0);
    expect(await page.getByTestId("nav-audit").count()).toBe(0);
    await openProject(page);
    expect(await page.getByTestId("run-refused").innerText()).toContain("Your role here is viewer");
    expect(await page.getByTestId("run-submit").count()).toBe(0);
    await page.locator("[data-testid=file-item][data-path='main.py']").click();
    await page.getByTestId("editor").getByRole("textbox").click();
    await page.keyboard.type("changed");
    expect(await page.getByTestId("dirty").count()).toBe(0);
    await mia.picture("42-viewer");
    await page.goto(`/projects/${project}/members`);
    await page.getByTestId("members-readonly").waitFor();
    expect(await page.getByTestId("member-role").count()).toBe(0);
    await page.goto("/users");
    await page.getByTestId("admins-only").waitFor();
    await page.goto("/audit");
    await page.getByTestId("admins-only").waitFor();
  });

  it("may do what a new role says, and are offered no more than that", async () => {
    const { page } = owner;
    const row = page.locator("[data-testid=member-row][data-user=mia]");
    await row.getByTestId("member-role").click();
    await page.getByRole("option", { name: "runner" }).click();
    await expect.poll(() => page.getByTestId("members-said").innerText(), patient).toBe("mia is now runner.");
    await openProject(mia.page);
    expect(await mia.page.getByTestId("cap-toggle-FS_WRITE").isDisabled()).toBe(true);
    await mia.page.getByText("Your role here is runner, which does not hold FS_WRITE.").waitFor();
    const pid = await run(mia.page, "python3 main.py");
    await expect.poll(() => mia.page.getByTestId("output-text").textContent(), patient).toContain("ran");
    await mia.picture("43-runner");
    expect(Number(pid)).toBeGreaterThan(0);
  });

  it("lose everything when they are removed, and their open page says so", async () => {
    const { page } = owner;
    await page.goto("/users");
    await page.locator("[data-testid=user-row][data-user=mia]").getByTestId("user-remove").click();
    await page.getByText("Their sessions end at once.").waitFor();
    await page.getByTestId("confirm").click();
    await page.locator("[data-testid=user-row][data-user=mia]").waitFor({ state: "detached" });
    await mia.page.getByTestId("signin-token").waitFor();
    await mia.context.close();
    expect(await page.getByTestId("user-remove").getAttribute("aria-disabled")).toBe("true");
  });
});

describe.skipIf(missing !== undefined)("the audit log in the dashboard", () => {
  it("is verified at a button, which says that it is whole and gives the hash to keep", async () => {
    const { page } = owner;
    await page.goto("/audit");
    await page.getByTestId("audit-verify").click();
    const verdict = page.getByTestId("audit-verdict");
    await verdict.waitFor();
    expect(await verdict.getAttribute("data-ok")).toBe("true");
    expect(await verdict.innerText()).toMatch(/The log is whole[^]*Last hash: [0-9a-f]{32,}/);
    await owner.picture("44-audit-verified");
    expect(await owner.nameless()).toEqual([]);
  });

  it("and none of all this has brought up an error in the console", () => {
    expect(owner.complaints).toEqual([]);
  });
});
