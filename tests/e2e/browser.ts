import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { checkout } from "../setup/instance.ts";

/** A real browser for tests: Debian's Chromium with a fresh profile, and what its console said. */

export const chromiumPath = "/usr/bin/chromium";
const artifacts = join(checkout, "tests", "artifacts", "browser");

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchBrowser(): Promise<Browser> {
  mkdirSync(artifacts, { recursive: true });
  return chromium.launch({ executablePath: chromiumPath, args: flags });
}

/** One person's window: their own cookies, and everything that the page complained about. */
export class Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
  }

  static async arrive(browser: Browser, baseURL: string, colorScheme: "light" | "dark" = "light"): Promise<Visitor> {
    const context = await browser.newContext({ baseURL, viewport: { width: 1440, height: 900 }, colorScheme });
    context.setDefaultTimeout(30_000);
    return new Visitor(context, await context.newPage());
  }

  /** Another window of the same person. */
  async another(colorScheme: "light" | "dark" = "light"): Promise<Visitor> {
    const page = await this.context.newPage();
    await page.emulateMedia({ colorScheme });
    return new Visitor(this.context, page);
  }

  /** Keeps what is on the screen as tests/artifacts/browser/NAME.png. */
  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(artifacts, `${name}.png`) });
  }

  /** Presses Tab until the focus is there. */
  async tabTo(target: Locator, most = 80): Promise<void> {
    for (let presses = 0; presses < most; presses += 1) {
      if ((await target.and(this.page.locator(":focus")).count()) > 0) return;
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`${most} times Tab do not lead to ${String(target)}`);
  }

  /** Everything that can be operated and has no name, as the accessibility tree tells it. */
  async nameless(): Promise<string[]> {
    const tree = await this.page.locator("body").ariaSnapshot();
    const operable =
      /^\s*- (button|link|textbox|switch|checkbox|combobox|tab|menuitem|treeitem|spinbutton|dialog)(?: \[[^\]]*\])*:?$/;
    return tree.split("\n").filter((line) => operable.test(line));
  }
}
