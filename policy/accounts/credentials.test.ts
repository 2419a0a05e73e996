import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tokenIdSchema, tokenNameSchema } from "../../kernel/abi/index.ts";
import { localTokenName } from "./credentials.ts";
import { refusalOf, SampleAccounts, sampleSettings } from "./sample-accounts.ts";

let sample: SampleAccounts;
const dayMs = 24 * 3_600_000;

beforeEach(() => {
  sample = new SampleAccounts();
});

afterEach(() => sample.dispose());

describe("sign-in codes", () => {
  test("a code signs the owner in once, with no token", () => {
    const { code } = sample.accounts.bootCredentials();
    expect(code).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(sample.accounts.authenticate({ type: "code", secret: code })).toMatchObject({
      user: "owner",
      token: null,
      admin: true,
    });
    expect(refusalOf(() => sample.accounts.authenticate({ type: "code", secret: code }))).toMatchObject({
      code: "denied",
    });
  });

  test("a code works for a day and no longer", () => {
    const first = sample.accounts.bootCredentials().code;
    const second = sample.accounts.bootCredentials().code;
    sample.now += dayMs - 1;
    expect(sample.accounts.authenticate({ type: "code", secret: first }).user).toBe("owner");
    sample.now += 1;
    expect(refusalOf(() => sample.accounts.authenticate({ type: "code", secret: second }))).toMatchObject({
      code: "denied",
    });
  });

  test("a wrong, a used and an expired code, and a wrong token, are refused in the same words", () => {
    const used = sample.accounts.bootCredentials().code;
    sample.accounts.authenticate({ type: "code", secret: used });
    const expired = sample.accounts.bootCredentials().code;
    sample.now += dayMs;
    const refusals = [
      refusalOf(() => sample.accounts.authenticate({ type: "code", secret: "wrong" })),
      refusalOf(() => sample.accounts.authenticate({ type: "code", secret: used })),
      refusalOf(() => sample.accounts.authenticate({ type: "code", secret: expired })),
      refusalOf(() => sample.accounts.authenticate({ type: "token", secret: "sos_wrong" })),
    ];
    expect(new Set(refusals.map(String)).size).toBe(1);
    expect(refusals[0]).toMatchObject({ code: "denied" });
  });

  test("a token is no code and a code is no token", () => {
    const { code, token } = sample.accounts.bootCredentials();
    expect(refusalOf(() => sample.accounts.authenticate({ type: "token", secret: code }))).toMatchObject({
      code: "denied",
    });
    expect(refusalOf(() => sample.accounts.authenticate({ type: "code", secret: token }))).toMatchObject({
      code: "denied",
    });
  });
});

describe("a code that several use at once", () => {
  /** Each thread opens the same file, waits for all the others, and tries every code. */
  const contender = `
    const { parentPort, workerData } = require("node:worker_threads");
    const { module, path, settings, codes, gate, threads } = workerData;
    import(module).then(({ Accounts }) => {
      const accounts = new Accounts(path, settings);
      const waiting = new Int32Array(gate);
      if (Atomics.add(waiting, 0, 1) + 1 < threads) Atomics.wait(waiting, 1, 0);
      Atomics.store(waiting, 1, 1);
      Atomics.notify(waiting, 1);
      const seen = codes.map((secret) => {
        try {
          return accounts.authenticate({ type: "code", secret }).user;
        } catch (error) {
          return error.code;
        }
      });
      accounts.close();
      parentPort.postMessage(seen);
    });
  `;

  test("signs in exactly one of them, and the others are denied", async () => {
    sample.now = Date.now();
    const codes = Array.from({ length: 16 }, () => sample.accounts.bootCredentials().code);
    const threads = 3;
    const workerData = {
      module: new URL("accounts.ts", import.meta.url).href,
      path: sample.path,
      settings: sampleSettings,
      codes,
      gate: new SharedArrayBuffer(8),
      threads,
    };
    const seen = await Promise.all(
      Array.from({ length: threads }, async () => {
        const worker = new Worker(contender, { eval: true, workerData });
        return new Promise<string[]>((resolve, reject) => worker.once("message", resolve).once("error", reject));
      }),
    );
    for (const index of codes.keys()) {
      expect(seen.map((thread) => thread[index] ?? "").toSorted()).toEqual(["denied", "denied", "owner"]);
    }
  });
});

describe("tokens", () => {
  test("a token signs in again and again, says which it is, and remembers when it was last used", () => {
    const { token, secret } = sample.accounts.createToken("owner", "ci");
    expect(secret).toMatch(/^sos_[A-Za-z0-9_-]{43}$/);
    expect(tokenIdSchema.safeParse(token.id).success).toBe(true);
    expect(token.lastUsedAt).toBeNull();
    sample.now += 5;
    for (const _ of [1, 2]) {
      expect(sample.accounts.authenticate({ type: "token", secret })).toMatchObject({ user: "owner", token: token.id });
    }
    expect(sample.accounts.listTokens("owner")).toEqual([{ ...token, lastUsedAt: sample.now }]);
  });

  test("a name in use is a conflict", () => {
    sample.accounts.createToken("owner", "ci");
    expect(refusalOf(() => sample.accounts.createToken("owner", "ci"))).toMatchObject({ code: "conflict" });
    expect(refusalOf(() => sample.accounts.createToken("owner", localTokenName))).toMatchObject({ code: "conflict" });
  });

  test("a removed token signs nobody in, and removing it again is not found", () => {
    const { token, secret } = sample.accounts.createToken("owner", "ci");
    sample.accounts.removeToken("owner", token.id);
    expect(refusalOf(() => sample.accounts.authenticate({ type: "token", secret }))).toMatchObject({ code: "denied" });
    expect(refusalOf(() => sample.accounts.removeToken("owner", token.id))).toMatchObject({ code: "not_found" });
  });

  test("nobody removes another user's token", () => {
    const { token } = sample.accounts.createToken("owner", "ci");
    expect(refusalOf(() => sample.accounts.removeToken("someone", token.id))).toMatchObject({ code: "not_found" });
  });

  test("each start replaces the local token, which is listed and cannot be removed", () => {
    expect(tokenNameSchema.safeParse(localTokenName).success).toBe(true);
    const first = sample.accounts.bootCredentials().token;
    const second = sample.accounts.bootCredentials().token;
    expect(refusalOf(() => sample.accounts.authenticate({ type: "token", secret: first }))).toMatchObject({
      code: "denied",
    });
    const { token } = sample.accounts.authenticate({ type: "token", secret: second });
    expect(sample.accounts.listTokens("owner").map((view) => [view.id, view.name])).toEqual([[token, localTokenName]]);
    expect(refusalOf(() => sample.accounts.removeToken("owner", String(token)))).toMatchObject({ code: "denied" });
    expect(sample.accounts.listTokens("owner")).toHaveLength(1);
  });
});

describe("the file", () => {
  test("accounts outlive the process", () => {
    const { secret } = sample.accounts.createToken("owner", "ci");
    sample.reopen();
    expect(sample.accounts.authenticate({ type: "token", secret }).user).toBe("owner");
  });

  test("no secret is in it", () => {
    const { code, token } = sample.accounts.bootCredentials();
    for (const name of readdirSync(sample.folder)) {
      const bytes = readFileSync(join(sample.folder, name));
      expect(bytes.includes(code) || bytes.includes(token.slice("sos_".length))).toBe(false);
    }
  });
});
