import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Fault } from "../../kernel/abi/index.ts";
import { resolveConnection } from "./config.ts";

const home = mkdtempSync(join(tmpdir(), "superos-config-"));
afterAll(() => rmSync(home, { recursive: true }));

function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  throw new Error("it should have been refused");
}

describe("the connection", () => {
  it("comes from SUPEROS_URL and SUPEROS_TOKEN before any file", () => {
    const env = { SUPEROS_URL: "https://os.example/base", SUPEROS_TOKEN: "sos_x", SUPEROS_HOME: home };
    const connection = resolveConnection(env);
    expect([connection.url.href, connection.token, connection.fromFile]).toEqual([
      "https://os.example/base",
      "sos_x",
      false,
    ]);
  });

  it("needs both or neither", () => {
    expect(faultOf(() => resolveConnection({ SUPEROS_URL: "http://x" })).message).toContain("SUPEROS_TOKEN is not");
    expect(faultOf(() => resolveConnection({ SUPEROS_TOKEN: "x" })).message).toContain("SUPEROS_URL is not");
  });

  it("is unavailable, with what to do, where no file is", () => {
    const fault = faultOf(() => resolveConnection({ SUPEROS_HOME: join(home, "none") }));
    expect(fault.code).toBe("unavailable");
    expect(fault.message).toBe(`SuperOS is not running here (no ${join(home, "none", "cli.json")})`);
    expect(fault.hint).toBe("Start it with: npm start, or set SUPEROS_URL and SUPEROS_TOKEN.");
  });

  it("is read from the home that is set, else from .superos in the checkout", () => {
    writeFileSync(join(home, "cli.json"), JSON.stringify({ url: "http://127.0.0.1:7070", token: "sos_y" }));
    expect(resolveConnection({ SUPEROS_HOME: home })).toMatchObject({ token: "sos_y", fromFile: true });
    expect(faultOf(() => resolveConnection({ SUPEROS_HOME: "" }, home)).message).toContain(
      join(home, ".superos", "cli.json"),
    );
  });

  it.each(["", "{", "[]", '{"url":"http://x"}', '{"url":"ftp://x","token":"t"}', '{"url":"http://x","token":"a\\nb"}'])(
    "refuses a file that holds %j",
    (text) => {
      writeFileSync(join(home, "cli.json"), text);
      expect(faultOf(() => resolveConnection({ SUPEROS_HOME: home })).code).toBe("invalid");
    },
  );

  it("never puts a token into a message", () => {
    const fault = faultOf(() => resolveConnection({ SUPEROS_URL: "http://x", SUPEROS_TOKEN: "secret secret" }));
    expect(fault.message + fault.hint).not.toContain("secret");
  });
});
