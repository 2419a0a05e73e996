import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../setup/wait-for.ts";
import { Instance } from "../setup/instance.ts";
import { chromiumPath, launchBrowser, Visitor } from "./browser.ts";
import { DebianProject } from "./debian-project.ts";

/**
 * The dashboard in a real browser, from the sign-in link to signing out.
 *
 * The tests of the first part are one person's visit and build on one another, in order. What each step looked like is
 * kept in tests/artifacts/browser.
 */

const missing = existsSync(chromiumPath) ? undefined : `there is no ${chromiumPath}`;
if (missing !== undefined) process.stderr.write(`==> The browser tests are skipped: ${missing}\n`);

const suite = "python3 -m unittest discover -s test -t . -p 'test_*.py'";

let bottle: DebianProject;
let instance: Instance;
let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  if (missing !== undefined) return;
  bottle = await DebianProject.fetch("python-bottle");
  instance = await Instance.start();
  browser = await launchBrowser();
  visitor = await Visitor.arrive(browser, instance.url);
});

afterAll(async () => {
  await browser?.close();
  await instance?.remove();
  bottle?.[Symbol.dispose]();
});

/** The project's folder on the host. */
const onDisk = (path: string): string => {
  const id = /projects\/([a-z2-7]{10})/.exec(visitor.page.url())?.[1] ?? "";
  return join(instance.home, "projects", id, "files", path);
};

/** Runs a command line in the open workspace and waits for its outcome. */
async function run(command: string): Promise<{ outcome: string; output: string }> {
  const { page } = visitor;
  const before = await page
    .getByTestId("output-terminal")
    .getAttribute("data-pid", { timeout: 1000 })
    .catch(() => null);
  await page.getByTestId("run-argv").fill(command);
  await page.getByTestId("run-submit").click();
  await waitFor("another run on the terminal", async () => {
    const pid = await page.getByTestId("output-terminal").getAttribute("data-pid");
    return pid !== null && pid !== before;
  });
  const outcome = await page.getByTestId("outcome").innerText();
  let output = "";
  await waitFor("the output to stand still", async () => {
    const last = output;
    output = (await page.getByTestId("output-text").textContent()) ?? "";
    return output.trim() !== "" && output === last;
  });
  return { outcome, output };
}

describe.skipIf(missing !== undefined)("a visit to the dashboard", () => {
  it("begins with the one-time link, which leaves no code in the address bar", async () => {
    const { page } = visitor;
    await page.goto(instance.signInUrl);
    await page.getByTestId("import-open-empty").waitFor();
    expect(page.url()).not.toContain("code=");
    await expect.poll(() => page.getByTestId("connection").getAttribute("data-state")).toBe("connected");
    expect(await page.getByRole("main").count()).toBe(1);
    expect(await page.getByRole("navigation").count()).toBe(1);
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
    await visitor.picture("01-no-projects");
    const cookies = await visitor.context.cookies();
    expect(cookies).toEqual([expect.objectContaining({ httpOnly: true, sameSite: "Strict" })]);
  });

  it("imports a real package's folder through the directory input", async () => {
    const { page } = visitor;
    await page.getByTestId("import-open-empty").click();
    await visitor.picture("02-import-dialog");
    await page.getByTestId("import-input").setInputFiles(bottle.folder);
    await expect.poll(() => page.getByTestId("import-name").inputValue()).toBe("python-bottle");
    await page.getByTestId("import-name").fill("bottle");
    await visitor.picture("03-import-chosen");
    await page.getByTestId("import-submit").click();
    await page.getByTestId("file-tree").waitFor();
    await page.locator("[data-testid=file-item][data-path='bottle.py']").waitFor();
    await visitor.picture("04-workspace");
    expect(readFileSync(onDisk("bottle.py")).equals(readFileSync(join(bottle.folder, "bottle.py")))).toBe(true);
  });

  it("opens a file, changes it and saves it with Ctrl+S to the project on disk", async () => {
    const { page } = visitor;
    const before = readFileSync(onDisk("setup.cfg"), "utf8");
    await page.locator("[data-testid=file-item][data-path='setup.cfg']").click();
    await page.getByTestId("editor").getByRole("textbox").click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("# größer, changed in a browser\n");
    await page.getByTestId("dirty").waitFor();
    await visitor.picture("05-changed");
    expect(readFileSync(onDisk("setup.cfg"), "utf8")).toBe(before);
    await page.keyboard.press("Control+s");
    await page.getByTestId("dirty").waitFor({ state: "detached" });
    expect(readFileSync(onDisk("setup.cfg"), "utf8")).toBe(`# größer, changed in a browser\n${before}`);
  });

  it("asks before it overwrites what somebody else has saved meanwhile", async () => {
    const { page } = visitor;
    const id = /projects\/([a-z2-7]{10})/.exec(page.url())?.[1] ?? "";
    const url = `/api/v1/projects/${id}/content?path=setup.cfg`;
    expect((await instance.api(url, { method: "PUT", body: "# theirs\n" })).status).toBe(200);
    await page.getByTestId("editor").getByRole("textbox").click();
    await page.keyboard.type("# mine\n");
    await page.keyboard.press("Control+s");
    await page.getByTestId("conflict-reload").waitFor();
    await visitor.picture("06-conflict");
    expect(readFileSync(onDisk("setup.cfg"), "utf8")).toBe("# theirs\n");
    await page.getByTestId("conflict-reload").click();
    await page.getByTestId("editor").getByText("# theirs").waitFor();
  });

  it("runs the package's own tests and shows their own summary and outcome", async () => {
    const { outcome, output } = await run(suite);
    await visitor.picture("07-suite");
    expect(output).toMatch(/Ran 3\d\d tests in [\d.]+s\s+OK/);
    expect(outcome).toMatch(/exited with code 0/i);
  });

  it("gives a program the rights whose switches are on, and no other", async () => {
    const { page } = visitor;
    const write = `python3 -c "open('made', 'w').write('by a run')"`;
    const may = (right: string) => page.getByTestId(`cap-toggle-${right}`);
    expect([await may("FS_READ").isChecked(), await may("FS_WRITE").isChecked()]).toEqual([true, false]);
    const refused = await run(write);
    expect(refused.output).toContain("Read-only file system");
    expect(refused.outcome).toMatch(/exited with code 1/i);
    expect(existsSync(onDisk("made"))).toBe(false);
    await may("FS_READ").setChecked(false, { force: true });
    await may("FS_WRITE").setChecked(true, { force: true });
    expect(await may("FS_READ").isChecked()).toBe(true);
    const allowed = await run(`python3 -c "open('made', 'w').write('by a run'); print('written')"`);
    expect([allowed.output.trim(), allowed.outcome.toLowerCase()]).toEqual(["written", "exited with code 0"]);
    expect(readFileSync(onDisk("made"), "utf8")).toBe("by a run");
    await may("FS_WRITE").setChecked(false, { force: true });
    await may("FS_READ").setChecked(false, { force: true });
    const blind = await run(`python3 -c "import os; print('project there:', os.path.exists('/project'))"`);
    expect(blind.output).toContain("project there: False");
    await visitor.picture("08-rights");
    await may("FS_READ").setChecked(true, { force: true });
  });

  it("shows a long-running process in the live tree below its project, and how it ended when it is killed", async () => {
    const { page } = visitor;
    await page.getByTestId("run-argv").fill(`python3 -c "import time; print('started', flush=True); time.sleep(600)"`);
    await page.getByTestId("run-submit").click();
    await expect.poll(() => page.getByTestId("output-text").textContent()).toContain("started");
    const pid = await page.getByTestId("output-terminal").getAttribute("data-pid");
    await visitor.picture("09-running");
    await page.getByTestId("nav-processes").click();
    const row = page.locator(`[data-testid=process-row][data-pid='${pid}']`);
    await row.waitFor();
    expect(await row.innerText()).toContain("running");
    const root = page.getByTestId("process-row").filter({ hasText: "bottle" }).first();
    expect(Number(await row.getAttribute("aria-level"))).toBe(Number(await root.getAttribute("aria-level")) + 1);
    await visitor.picture("10-processes");
    await row.click();
    await page.getByTestId("process-drawer").getByTestId("process-capabilities").waitFor();
    await visitor.picture("11-process");
    await page.getByTestId("process-drawer").getByTestId("kill").click();
    await page.getByTestId("kill-SIGKILL").click();
    const outcome = page.getByTestId("process-drawer").getByText(/killed by process \d+ with SIGKILL/i);
    await outcome.first().waitFor();
    await visitor.picture("12-killed");
    await page.keyboard.press("Escape");
    await waitFor("the container to be gone", async () => (await instance.containers()).length === 0);
  });

  it("shows what the command does at the same time: the tree is the kernel's, not the page's", async () => {
    const { page } = visitor;
    await page.getByTestId("nav-processes").click();
    const started = await instance.cli(["run", "-d", "--project", "bottle", "--", "sleep", "4321"]);
    const row = page.getByTestId("process-row").filter({ hasText: "sleep 4321" });
    await row.waitFor();
    await instance.cli(["kill", started.stdout.toString().trim()]);
    await row.filter({ hasText: "running" }).waitFor({ state: "detached" });
    expect(
      await page.getByTestId("process-row").filter({ hasText: "running" }).filter({ hasText: "sleep" }).count(),
    ).toBe(0);
  });

  it("keeps the session over a reload", async () => {
    const { page } = visitor;
    await page.reload();
    await page.getByTestId("process-table").waitFor();
    expect(page.url()).toMatch(/\/processes/);
    await page.getByTestId("nav-projects").click();
    await page.getByTestId("project-card").waitFor();
    await visitor.picture("13-projects");
  });

  it("shows the audit log, the status and the tokens as the kernel has them", async () => {
    const { page } = visitor;
    await page.getByTestId("nav-audit").click();
    await page.getByTestId("audit-row").first().waitFor();
    expect((await page.getByTestId("audit-row").allInnerTexts()).join("\n")).toMatch(
      /project_import[^]*allowed|allowed[^]*project_import/,
    );
    await visitor.picture("14-audit");
    await page.getByTestId("nav-status").click();
    await page.getByTestId("controls").waitFor();
    await visitor.picture("15-status");
    await page.getByTestId("nav-tokens").click();
    await page.getByTestId("token-table").waitFor();
    await visitor.picture("16-tokens");
    expect(await page.getByTestId("token-row").allInnerTexts()).toEqual([expect.stringContaining("local-cli")]);
  });

  it("names everything that can be operated, on every page", async () => {
    const { page } = visitor;
    for (const place of ["projects", "processes", "audit", "status", "tokens"]) {
      await page.getByTestId(`nav-${place}`).click();
      await expect.poll(() => page.getByRole("heading", { level: 1 }).count(), { message: place }).toBe(1);
      expect(await visitor.nameless(), place).toEqual([]);
    }
    await page.getByTestId("nav-projects").click();
    await page.getByTestId("project-card").getByRole("link").click();
    await page.getByTestId("file-tree").waitFor();
    expect(await visitor.nameless(), "workspace").toEqual([]);
  });

  it("can be light and dark, and stays as it was chosen", async () => {
    const { page } = visitor;
    const html = page.locator("html");
    const seen = new Set<string | null>();
    for (let click = 0; click < 3; click += 1) {
      await page.getByTestId("theme-toggle").click();
      seen.add(await html.getAttribute("data-mantine-color-scheme"));
    }
    expect(seen).toEqual(new Set(["light", "dark"]));
    for (let click = 0; click < 3 && (await html.getAttribute("data-mantine-color-scheme")) !== "dark"; click += 1) {
      await page.getByTestId("theme-toggle").click();
    }
    await page.reload();
    await page.getByTestId("file-tree").waitFor();
    expect(await html.getAttribute("data-mantine-color-scheme")).toBe("dark");
    await page.locator("[data-testid=file-item][data-path='bottle.py']").click();
    await page.getByTestId("editor").waitFor();
    await visitor.picture("17-dark-workspace");
    await page.getByTestId("nav-processes").click();
    await page.getByTestId("process-table").waitFor();
    await visitor.picture("18-dark-processes");
    await page.setViewportSize({ width: 1024, height: 768 });
    await page.getByTestId("nav-projects").click();
    await page.getByTestId("project-card").getByRole("link").click();
    await page.getByTestId("file-tree").waitFor();
    await visitor.picture("19-narrow-workspace");
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it("ends with signing out: the session is over in the kernel too, and what runs goes on", async () => {
    const { page } = visitor;
    const started = (await instance.cli(["run", "-d", "--", "sleep", "600"])).stdout.toString().trim();
    const cookies = (await visitor.context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    const asked = () => fetch(`${instance.url}/api/v1/session`, { headers: { cookie: cookies } });
    expect((await asked()).status).toBe(200);
    await page.getByTestId("user-menu").click();
    await page.getByTestId("sign-out").click();
    await page.getByTestId("signin-token").waitFor();
    await visitor.picture("20-signed-out");
    expect((await asked()).status).toBe(401);
    expect(await visitor.context.cookies()).toEqual([]);
    await page.goto("/projects");
    await page.getByTestId("signin-token").waitFor();
    const view = await instance.cli(["inspect", started, "--json"]);
    expect(JSON.parse(view.stdout.toString()).state.phase).toBe("running");
    await instance.cli(["kill", started]);
  });

  it("has brought up no error and no warning in the console, but for the refusals that it was about", () => {
    const expected = /status of (40[13] .*\/api\/v1\/session\)|409 .*\/content\?path=setup\.cfg\))$/;
    const unexpected = visitor.complaints.filter((text) => !expected.test(text));
    expect(unexpected).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)("another visitor", () => {
  it("cannot use a sign-in link again, is told what to do, and gets in with an API token", async () => {
    const other = await Visitor.arrive(browser, instance.url, "dark");
    await other.page.goto(instance.signInUrl);
    const alert = other.page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/does not work any more[^]*Start SuperOS again[^]*API token/);
    expect(other.page.url()).not.toContain("code=");
    await other.picture("21-used-link");
    const secret = (await instance.cli(["token", "create", "--name", "browser"])).stdout.toString().trim();
    await other.page.getByTestId("signin-token").fill(secret);
    await other.page.getByTestId("signin-submit").click();
    await other.page.getByTestId("project-card").waitFor();
    await other.context.close();
  });

  it("gets from signing in to a program's outcome by the keyboard alone", async () => {
    const other = await Visitor.arrive(browser, instance.url);
    const { page } = other;
    const secret = (await instance.cli(["token", "create", "--name", "keyboard"])).stdout.toString().trim();
    await page.goto("/");
    await page.getByTestId("signin-token").waitFor();
    await other.tabTo(page.getByTestId("signin-token"));
    await page.keyboard.type(secret);
    await page.keyboard.press("Enter");
    await page.getByTestId("project-card").waitFor();
    await other.tabTo(page.getByTestId("project-card").getByRole("link"));
    await page.keyboard.press("Enter");
    await page.getByTestId("file-item").first().waitFor();
    await other.tabTo(page.getByTestId("file-item"));
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.getByTestId("editor-tab").filter({ hasText: "tox.ini" }).waitFor();
    await page.keyboard.press("Escape");
    await other.tabTo(page.getByTestId("run-argv"));
    await other.picture("22-keyboard-focus");
    await page.keyboard.press("Control+a");
    await page.keyboard.type(`python3 -c "print(6 * 7)"`);
    await page.keyboard.press("Control+Enter");
    await expect
      .poll(() => page.getByTestId("output-text").textContent({ timeout: 30_000 }), { timeout: 30_000 })
      .toContain("42");
    await expect
      .poll(() => page.getByRole("status").allInnerTexts())
      .toContainEqual(expect.stringContaining("exited with code 0"));
    await other.context.close();
  });
});
