import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ProjectView, syscalls } from "../../kernel/abi/index.ts";
import { rawArchive, type RawEntry } from "../../kernel/fs/raw-archive.ts";
import { checkout, finish, Instance } from "../setup/instance.ts";
import { importProject } from "../system/caller.ts";
import { chromiumPath, launchBrowser, Visitor } from "./browser.ts";

/**
 * Languages in the dashboard: what is built and run, what is wrong with it, tables, pictures, pages and images.
 *
 * The tests are one person's visit and build on one another, in order. What it looked like is kept in tests/artifacts/browser.
 */

const missing = existsSync(chromiumPath) ? undefined : `there is no ${chromiumPath}`;
if (missing !== undefined) process.stderr.write(`==> The runtimes' browser tests are skipped: ${missing}\n`);

const used = ["base", "c", "python", "r", "sql", "web"];
const patient = { timeout: 60_000 };

const files: RawEntry[] = [
  { name: "Makefile", content: "all: hello\nhello: hello.o\n" },
  {
    name: "hello.c",
    content:
      '#include <stdio.h>\nint main(int count, char **words) {\n  printf("hello %s\\n", count > 1 ? words[1] : "you");\n  return 3;\n}\n',
  },
  { name: "wrong.c", content: "#include <stdio.h>\nint main(void) {\n  puts(never);\n  return missing;\n}\n" },
  { name: "crash.py", content: 'def deep(n):\n    return 1 // n\n\n\nprint("before", flush=True)\ndeep(0)\n' },
  {
    name: "goes-on.py",
    content:
      "import time, traceback\ntry:\n    [][1]\nexcept IndexError:\n    traceback.print_exc()\ntime.sleep(600)\n",
  },
  {
    name: "query.sql",
    content: [
      "create table people (id integer primary key, name text, born date, height real, photo blob);",
      "insert into people values (1, 'Ann', '1990-01-02', 1.7, x'00ff'), (2, null, null, 1.0, null), (3, '', null, 2, null);",
      "select id, name, born, height, photo from people;",
      "select * from people where id > 9;",
      "with recursive n(i) as (select 1 union all select i + 1 from n) select i, 'row ' || i as label from n limit 5000;",
      "",
    ].join("\n"),
  },
  { name: "broken.sql", content: "select 1 as one;\nselect missing\n  from nowhere;\nselect 3;\n" },
  { name: "empty.sql", content: "-- nothing yet\n" },
  { name: "slow.sql", content: `select 'first' as answer;\n${countTo(20_000_000)}\n` },
  { name: "cities.csv", content: "city,people,founded\nOslo,709037,1048-01-01\nBergen,291940,1070-01-01\n" },
  { name: "make.sql", content: "-- engine: duckdb\ncopy (from 'cities.csv') to 'cities.parquet';\n" },
  {
    name: "plot.R",
    content: [
      'draw <- function() plot(faithful, main = "Old Faithful", col = "steelblue")',
      'png("plot.png", width = 640, height = 480); draw(); invisible(dev.off())',
      'svg("plot.svg", bg = "transparent"); draw(); invisible(dev.off())',
      "",
    ].join("\n"),
  },
  {
    name: "site/index.html",
    content:
      '<!doctype html><title>Site</title><link rel="stylesheet" href="style.css"><h1>Hello, page</h1><script type="module" src="main.ts"></script>\n',
  },
  { name: "site/style.css", content: "h1 { color: rgb(0, 128, 0); }\n" },
  { name: "site/main.ts", content: 'const words: string = "from TypeScript";\ndocument.body.append(words);\n' },
];

function countTo(most: number): string {
  return `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${most}) select count(*) as n from n;`;
}

/** A runtime whose image takes a while, and one whose image cannot be built; nobody has built either before. */
function ownImages(): string {
  const images = mkdtempSync(join(tmpdir(), "superos-images-"));
  for (const name of used) cpSync(join(checkout, "images", name), join(images, name), { recursive: true });
  const quotas = ["CPU:1", "MEM:64Mi", "PIDS:32", "DISK:256Mi", "TIME:1m", "OUT:1Mi"];
  const made = (name: string, steps: readonly string[]): void => {
    mkdirSync(join(images, name));
    const manifest = {
      name,
      title: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
      version: ["sh", "-c", `echo ${name} 1.0`],
      files: [{ endings: [`.${name}`], run: ["cat", "{file}"] }],
      quotas,
    };
    writeFileSync(join(images, name, "runtime.json"), JSON.stringify(manifest));
    const dockerfile = ["ARG BASE", "FROM ${BASE}", `LABEL test=${randomUUID()}`, ...steps];
    writeFileSync(join(images, name, "Dockerfile"), `${dockerfile.join("\n")}\n`);
  };
  made("echo", ["RUN sleep 4 # fetching the echo"]);
  made("faulty", ["RUN echo no such package >&2; exit 9"]);
  return images;
}

let images: string;
let instance: Instance;
let project: ProjectView;
let browser: Browser;
let visitor: Visitor;
let page: Page;

beforeAll(async () => {
  if (missing !== undefined) return;
  images = ownImages();
  instance = await Instance.start({ env: { SUPEROS_IMAGES: images } });
  const all = [...files, { name: "note.echo", content: "echoed\n" }, { name: "bad.faulty", content: "never\n" }];
  project = await importProject(instance, "mixed", rawArchive(...all));
  browser = await launchBrowser();
  visitor = await Visitor.arrive(browser, instance.url);
  page = visitor.page;
  await page.goto(instance.signInUrl);
  await page.getByTestId("project-card").waitFor();
  await page.goto(`/projects/${project.id}`);
  await page.getByTestId("file-tree").waitFor();
}, 20 * 60_000);

afterAll(async () => {
  await browser?.close();
  const made = await ownImage();
  await instance?.remove();
  if (made !== null) await finish("docker", ["rmi", "--force", made]);
  if (images !== undefined) rmSync(images, { recursive: true, force: true });
});

/** The image that nobody else has use for. */
async function ownImage(): Promise<string | null> {
  if (instance === undefined) return null;
  const { runtimes } = syscalls.runtime_list.response.parse(await (await instance.api("/api/v1/runtimes")).json());
  return runtimes.find(({ name }) => name === "echo")?.image ?? null;
}

const onDisk = (path: string): string => join(instance.home, "projects", project.id, "files", path);
const shown = (): Locator => page.getByTestId("outcome");
const may = (right: string): Locator => page.getByTestId(`cap-toggle-${right}`);

async function open(path: string): Promise<void> {
  const folder = path.includes("/") ? path.slice(0, path.indexOf("/")) : null;
  const item = page.locator(`[data-testid=file-item][data-path='${path}']`);
  if (folder !== null && (await item.count()) === 0)
    await page.locator(`[data-testid=file-item][data-path='${folder}'] > div`).click();
  await item.locator("> div").click();
  await page
    .getByTestId("editor-tab")
    .filter({ hasText: path.slice(path.lastIndexOf("/") + 1) })
    .waitFor();
}

/** Presses Run and waits until nothing more is to be started; returns the pid that is then shown. */
async function run(): Promise<number> {
  const before = await page
    .getByTestId("run-select")
    .inputValue({ timeout: 500 })
    .catch(() => "");
  await page.getByTestId("run-submit").click();
  await expect.poll(() => page.getByTestId("run-select").inputValue(), patient).not.toBe(before);
  await expect.poll(() => page.getByTestId("run-submit").getAttribute("data-loading"), patient).toBeNull();
  return Number((await page.getByTestId("run-select").inputValue()).split(" ")[0]);
}

/** Runs the open file to its end and says how it ended. */
async function outcome(): Promise<string> {
  const pid = await run();
  const badge = page.locator(`[data-testid=outcome][data-pid='${pid}']`);
  await badge.waitFor(patient);
  return (await badge.innerText()).toLowerCase();
}

const output = (): Promise<string | null> => page.getByTestId("output-text").textContent();

describe.skipIf(missing !== undefined)("a compiled program", () => {
  it("is built by a process of its own and run, and says which is which", async () => {
    await open("hello.c");
    await page.getByTestId("run-arguments").fill("'dear world'");
    expect(await outcome()).toBe("exited with code 3");
    await expect.poll(output).toContain("hello dear world");
    await visitor.picture("runtimes-01-built");
    await page.getByTestId("run-select").click();
    await expect
      .poll(() => page.getByRole("option").allInnerTexts())
      .toContainEqual(expect.stringContaining("build of hello.c"));
    await page.keyboard.press("Escape");
    await page.getByTestId("run-arguments").fill("");
  });

  it("that the compiler refuses is not run: a compile error is told apart from an error of the program", async () => {
    await open("wrong.c");
    await outcome();
    const alert = page.getByRole("alert").filter({ hasText: "It was not run" });
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/the build of wrong\.c failed[^]*The program was not started/);
    await expect.poll(() => page.getByTestId("errors-count").innerText()).toBe("2 errors");
    await visitor.picture("runtimes-02-compile-error");
    await page.getByTestId("error-row").filter({ hasText: "missing" }).click();
    await expect.poll(() => page.locator(".cm-activeLine").textContent()).toContain("return missing;");
    await visitor.picture("runtimes-03-opened-at-line");
  });

  it("of the whole project is built by its build file", async () => {
    await page.getByTestId("run-what").getByText("Project").click();
    expect(await outcome()).toBe("exited with code 3");
    await expect.poll(output).toContain("hello you");
    expect(await page.getByRole("alert").count()).toBe(0);
    await visitor.picture("runtimes-04-project");
    await page.getByTestId("run-what").getByText("File").click();
  });
});

describe.skipIf(missing !== undefined)("an error of a program that runs", () => {
  it("comes up beside the files as it happens, with the calls that led there, and opens by the keyboard", async () => {
    await open("crash.py");
    expect(await outcome()).toBe("exited with code 1");
    await expect.poll(() => page.getByTestId("errors-count").innerText()).toBe("1 error");
    expect(await page.getByTestId("error-row").innerText()).toContain("ZeroDivisionError");
    await open("hello.c");
    await visitor.tabTo(page.getByTestId("error-row"), 200);
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".cm-activeLine").textContent()).toContain("return 1 // n");
    await visitor.picture("runtimes-05-run-error");
  });
});

describe.skipIf(missing !== undefined)("a program that goes on after an error", () => {
  it("has it beside the files while it runs", async () => {
    await open("goes-on.py");
    await run();
    await expect
      .poll(() => page.getByTestId("error-row").allInnerTexts(), patient)
      .toContainEqual(expect.stringContaining("IndexError"));
    expect(await page.getByTestId("run-state").count()).toBe(1);
    await page.getByTestId("kill").click();
    await page.getByTestId("kill-SIGKILL").click();
    await shown().waitFor(patient);
  });
});

describe.skipIf(missing !== undefined)("SQL", () => {
  const result = (statement: number): Locator =>
    page.locator(`[data-testid=sql-result][data-statement='${statement}']`);

  it("gives typed tables without being asked for: types, NULL, no rows, a limit, time", async () => {
    await open("query.sql");
    expect(await page.getByTestId("run-argv").inputValue()).toBe("sql-run query.sql --format jsonl");
    expect(await outcome()).toBe("exited with code 0");
    await result(3).waitFor();
    expect(await result(3).locator("th").allInnerTexts()).toEqual(
      ["id", "name", "born", "height", "photo"].map((name) => expect.stringContaining(name)),
    );
    expect(await result(3).locator("tbody tr").nth(1).innerText()).toMatch(/^2\s+NULL\s+NULL\s+1\.0\s+NULL$/);
    expect(await page.getByTestId("sql-no-rows").count()).toBe(1);
    expect(await page.getByTestId("sql-more").innerText()).toMatch(/first 1,000 of more rows/i);
    expect(await page.getByTestId("sql-ms").first().innerText()).toMatch(/ms$/);
    await visitor.picture("runtimes-06-tables");
    expect(await visitor.nameless()).toEqual([]);
  });

  it("is text a click away, and the program's own output another", async () => {
    await page.getByTestId("output-form").getByText("Text").click();
    expect(await page.getByTestId("sql-text").innerText()).toContain(" 2 | NULL | NULL");
    await visitor.picture("runtimes-07-text");
    await page.getByTestId("output-form").getByText("Output").click();
    await expect.poll(output).toContain('"statements":5');
    await page.getByTestId("output-form").getByText("Table").click();
  });

  it("that stops at an error shows what there was before, and the error where it is", async () => {
    await open("broken.sql");
    expect(await outcome()).toBe("exited with code 1");
    await page.getByTestId("sql-error").waitFor();
    expect(await result(1).count()).toBe(1);
    expect(await page.getByTestId("sql-error").innerText()).toMatch(/no such table: nowhere[^]*broken\.sql:3/);
    await expect.poll(() => page.getByTestId("errors-count").innerText()).toBe("1 error");
    await visitor.picture("runtimes-08-sql-error");
  });

  it("shows results while it runs, and a file without a statement says so", async () => {
    await open("slow.sql");
    await page.getByTestId("run-submit").click();
    await expect.poll(() => page.getByTestId("sql-results").innerText(), patient).toContain("first");
    expect(await page.getByTestId("run-state").count()).toBe(1);
    await visitor.picture("runtimes-09-running");
    await shown().waitFor(patient);
    await result(2).waitFor();
    await open("empty.sql");
    await outcome();
    await page.getByText("No statement was run").waitFor();
  });

  it("queries CSV and Parquet in place", async () => {
    await open("make.sql");
    await may("FS_WRITE").setChecked(true, { force: true });
    expect(await outcome()).toBe("exited with code 0");
    await may("FS_WRITE").setChecked(false, { force: true });
    for (const name of ["cities.csv", "cities.parquet"]) {
      await open(name);
      expect(await page.getByTestId("run-argv").inputValue(), name).toContain(`sql-run --table ${name}`);
      expect(await outcome(), name).toBe("exited with code 0");
      await result(1).waitFor();
      expect(await result(1).locator("th").allInnerTexts(), name).toContainEqual(
        expect.stringMatching(/founded\s+DATE/),
      );
      expect(await result(1).innerText(), name).toContain("Bergen");
      await visitor.picture(`runtimes-10-${name}`);
    }
  });
});

describe.skipIf(missing !== undefined)("a picture", () => {
  it("that a program drew is opened from the file tree, and is drawn anew when the program runs again", async () => {
    await open("plot.R");
    await may("FS_WRITE").setChecked(true, { force: true });
    expect(await outcome()).toBe("exited with code 0");
    await page.locator("[data-testid=file-item][data-path='plot.png']").waitFor();
    await open("plot.png");
    await expect.poll(() => page.getByTestId("picture-facts").innerText()).toMatch(/^640 × 480, \d+ KiB$/);
    const before = await page.getByTestId("picture").getAttribute("src");
    await visitor.picture("runtimes-11-plot");
    writeFileSync(onDisk("plot.R"), 'png("plot.png", 300, 200); plot(1:9); invisible(dev.off())\n');
    expect(await page.getByTestId("run-argv").inputValue()).toBe("Rscript plot.R");
    expect(await outcome()).toBe("exited with code 0");
    await expect.poll(() => page.getByTestId("picture-facts").innerText()).toMatch(/^300 × 200/);
    expect(await page.getByTestId("picture").getAttribute("src")).not.toBe(before);
    await may("FS_WRITE").setChecked(false, { force: true });
  });

  it("of text is seen as a picture, and as its text", async () => {
    await open("plot.svg");
    await expect
      .poll(() => page.evaluate('document.querySelector("[data-testid=picture]").naturalWidth'))
      .toBeGreaterThan(100);
    await visitor.picture("runtimes-12-drawing");
    await page.getByTestId("picture-form").getByText("Text").click();
    await page.getByTestId("editor").waitFor();
    expect(await visitor.nameless()).toEqual([]);
  });

  it("that is none says so", async () => {
    writeFileSync(onDisk("torn.png"), readFileSync(onDisk("plot.png")).subarray(0, 20));
    await page.getByTestId("file-refresh").click();
    await open("torn.png");
    await expect.poll(() => page.getByText("This is no whole picture").count()).toBe(1);
  });
});

describe.skipIf(missing !== undefined)("a page", () => {
  it("is served at an origin of its own when it may be, and reloads when its files change", async () => {
    await open("site/index.html");
    await visitor.picture("runtimes-13-unseen");
    await page.getByTestId("run-show-page").click();
    await run();
    await page.getByTestId("preview-open").waitFor(patient);
    await expect.poll(output).toContain("is served on");
    await visitor.picture("runtimes-14-serving");
    const [tab] = await Promise.all([visitor.context.waitForEvent("page"), page.getByTestId("preview-open").click()]);
    await tab.getByRole("heading", { name: "Hello, page" }).waitFor();
    expect(new URL(tab.url()).origin).not.toBe(new URL(instance.url).origin);
    await expect.poll(() => tab.locator("body").innerText()).toContain("from TypeScript");
    const color = () => tab.evaluate('getComputedStyle(document.querySelector("h1")).color');
    await expect.poll(color).toBe("rgb(0, 128, 0)");
    await page.bringToFront();
    await open("site/style.css");
    await page.getByTestId("editor").getByText("rgb(0, 128, 0)").waitFor();
    await page.getByTestId("editor").getByRole("textbox").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("h1 { color: rgb(0, 0, 200); ");
    await page.getByTestId("dirty").waitFor();
    await visitor.picture("runtimes-14-changed");
    await page.keyboard.press("Control+s");
    await page.getByTestId("dirty").waitFor({ state: "detached" });
    expect(readFileSync(onDisk("site/style.css"), "utf8")).toContain("rgb(0, 0, 200)");
    await expect.poll(color, patient).toBe("rgb(0, 0, 200)");
    await tab.close();
    await page.getByTestId("kill").click();
    await page.getByTestId("kill-SIGKILL").click();
    await shown().waitFor();
  });
});

describe.skipIf(missing !== undefined)("an image", () => {
  it("is built when it is first needed, and the page says what its build does", async () => {
    await open("note.echo");
    await page.getByTestId("run-submit").click();
    await page.getByTestId("image-progress").filter({ hasText: "fetching the echo" }).waitFor(patient);
    await visitor.picture("runtimes-15-image-progress");
    await shown().waitFor(patient);
    await expect.poll(output, patient).toContain("echoed");
    expect(await page.getByTestId("image-progress").count()).toBe(0);
  });

  it("that cannot be built says why, in the workspace and on the page of runtimes", async () => {
    await open("bad.faulty");
    await page.getByTestId("run-submit").click();
    await page.getByRole("alert").filter({ hasText: "It was not run" }).waitFor(patient);
    await visitor.picture("runtimes-16-image-failed");
    await page.getByTestId("nav-runtimes").click();
    const row = (name: string): Locator => page.locator(`[data-testid=runtime-row][data-runtime=${name}]`);
    await row("faulty").getByText("build failed").waitFor();
    expect(await row("faulty").getByTestId("runtime-detail").innerText()).toContain("no such package");
    await expect.poll(() => row("sql").innerText()).toMatch(/ready[^]*MiB[^]*SQLite/);
    await visitor.picture("runtimes-17-runtimes");
    expect(await visitor.nameless()).toEqual([]);
    await row("faulty").getByTestId("runtime-build").click();
    await row("faulty").getByText("build failed").waitFor();
  });
});

describe.skipIf(missing !== undefined)("all of it", () => {
  it("can be seen in the dark, and on a narrow screen", async () => {
    const dark = await visitor.another("dark");
    await dark.page.goto(`/runtimes`);
    await dark.page.getByTestId("runtime-table").waitFor();
    await dark.picture("runtimes-18-dark-runtimes");
    await dark.page.setViewportSize({ width: 480, height: 800 });
    await dark.picture("runtimes-19-narrow-runtimes");
    await dark.page.setViewportSize({ width: 1440, height: 900 });
    await dark.page.goto(`/projects/${project.id}`);
    await dark.page.locator("[data-testid=file-item][data-path='plot.png'] > div").click();
    await dark.page.getByTestId("picture").waitFor();
    await dark.page.locator("[data-testid=file-item][data-path='query.sql'] > div").click();
    await dark.page.getByTestId("run-submit").click();
    await dark.page.getByTestId("sql-more").waitFor(patient);
    await dark.picture("runtimes-20-dark-tables");
    await dark.page.setViewportSize({ width: 1024, height: 768 });
    await dark.picture("runtimes-21-narrow-tables");
    await dark.page.setViewportSize({ width: 1440, height: 900 });
    await dark.page.getByTestId("editor-tab").filter({ hasText: "plot.png" }).click();
    await dark.picture("runtimes-22-dark-plot");
    expect(dark.complaints).toEqual([]);
    await dark.page.close();
  });

  it("has brought up no error and no warning in the console, but for the build that failed", () => {
    const expected =
      /status of 503 .*(\/api\/v1\/processes|\/runtimes\/faulty\/image)\)$|status of 40[13] .*\/api\/v1\/session\)/;
    expect(visitor.complaints.filter((text) => !expected.test(text))).toEqual([]);
  });
});
