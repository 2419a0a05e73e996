import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { request, type IncomingHttpHeaders, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { liveEventsPath } from "./page.mts";
import { createSite } from "./serve.mts";

interface Reply {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

let folder = "";
let site: Server;
let port = 0;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "site-")));
  const root = join(folder, "root");
  mkdirSync(join(root, "sub"), { recursive: true });
  writeFileSync(join(folder, "outside.txt"), "secret");
  writeFileSync(join(root, "index.html"), "<body><p>hello</p></BODY></html>");
  writeFileSync(join(root, "sub", "index.html"), "<p>sub</p>");
  writeFileSync(join(root, "ten words.txt"), "0123456789");
  writeFileSync(join(root, ".env"), "secret");
  writeFileSync(join(root, "plain.css"), "p { color: red }");
  symlinkSync("../outside.txt", join(root, "link.txt"));
  symlinkSync("sub/index.html", join(root, "within.html"));
  symlinkSync("loop.txt", join(root, "loop.txt"));
  site = createSite({ root, index: "index.html", log: () => undefined }).listen(0, "127.0.0.1");
  await once(site, "listening");
  const address = site.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});

afterEach(() => {
  site.closeAllConnections();
  site.close();
  rmSync(folder, { recursive: true });
});

/** With Node's own client: fetch would tidy the path. */
async function get(path: string, { method = "GET", headers = {} } = {}): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (reply) => {
    text(reply).then((body) => resolve({ status: reply.statusCode, headers: reply.headers, body }), reject);
  });
  asked.once("error", reject).end();
  return promise;
}

describe("the virtual web server", () => {
  test("serves the page for its directory, with live reload before the end of the body", async () => {
    const { status, headers, body } = await get("/");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(body).toMatch(/hello<\/p><script type="module" src="\/.live-reload\/script\.js"><\/script>\n<\/BODY>/);
  });

  test.each([
    "/../outside.txt",
    "/%2e%2e/outside.txt",
    "/..%2foutside.txt",
    "/sub/../../outside.txt",
    "/sub%2f..%2f..%2foutside.txt",
    "/..\\outside.txt",
    "/link.txt",
    "/loop.txt",
    "/.env",
    "/%2eenv",
    "/%00",
    "/%",
    "/none",
    "/index.html/more",
    "//etc/passwd",
    "http://other/../outside.txt",
    "*",
  ])("finds nothing at %s", async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body).not.toContain("secret");
  });

  test("what it does not find is shown without being taken for markup", async () => {
    expect((await get("/<script>")).body).toContain("/&lt;script&gt;");
  });

  test("follows links that stay inside", async () => {
    expect((await get("/within.html")).body).toContain("sub");
  });

  test("sends a directory without its slash to the one with it, and keeps the query", async () => {
    const { status, headers } = await get("/sub?a=1");
    expect(status).toBe(301);
    expect(headers.location).toBe("/sub/?a=1");
    expect((await get("/sub/")).body).toContain("sub");
  });

  test("serves a part of a file, whose name may hold spaces", async () => {
    const { status, headers, body } = await get("/ten%20words.txt", { headers: { range: "bytes=2-4" } });
    expect([status, headers["content-range"], body]).toEqual([206, "bytes 2-4/10", "234"]);
    expect((await get("/ten%20words.txt", { headers: { range: "bytes=10-" } })).status).toBe(416);
  });

  test("answers HEAD without a body and refuses to be written to", async () => {
    const { status, headers, body } = await get("/ten%20words.txt", { method: "HEAD" });
    expect([status, headers["content-length"], body]).toEqual([200, "10", ""]);
    expect((await get("/", { method: "PUT" })).status).toBe(405);
  });

  test("tells open pages of a changed style sheet, and of a changed page", async () => {
    await get("/");
    await get("/plain.css");
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let heard = "";
    request({ host: "127.0.0.1", port, path: liveEventsPath, agent: false }, (events) => {
      events.setEncoding("utf8").on("data", (piece: string) => {
        if (heard === "") writeFileSync(join(folder, "root", "plain.css"), "p { color: blue }");
        heard += piece;
        if (/event: style/.test(piece)) writeFileSync(join(folder, "root", "index.html"), "<p>changed</p>");
        if (/event: page/.test(piece)) resolve(heard);
      });
    })
      .once("error", reject)
      .end();
    expect(await promise).toMatch(/event: style\n[^]*event: page\n/);
  });
});
