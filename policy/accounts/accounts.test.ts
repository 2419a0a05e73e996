import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatCapability, parseCapability, roles, tokenIdSchema, tokenNameSchema } from "../../kernel/abi/index.ts";
import { Accounts } from "./accounts.ts";
import { localTokenName } from "./credentials.ts";
import { roleTable, scratchTable } from "./role-table.ts";
import { realSources } from "./secret.ts";

let folder: string;
let accounts: Accounts;
let now: number;
const dayMs = 24 * 3_600_000;

const settings = { machine: { cores: 2, memoryBytes: 24_000_000_001 }, privateTargets: ["10.0.0.5:5432"] };

const open = (): Accounts => new Accounts(join(folder, "policy.db"), settings, { ...realSources, now: () => now });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "accounts-"));
  now = 1_700_000_000_000;
  accounts = open();
});

afterEach(() => {
  accounts.close();
  rmSync(folder, { recursive: true, force: true });
});

const refusalOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe("sign-in codes", () => {
  test("a code signs the owner in once, with no token", () => {
    const { code } = accounts.bootCredentials();
    expect(code).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(accounts.authenticate({ type: "code", secret: code })).toMatchObject({
      user: "owner",
      token: null,
      admin: true,
    });
    expect(refusalOf(() => accounts.authenticate({ type: "code", secret: code }))).toMatchObject({ code: "denied" });
  });

  test("a code works for a day and no longer", () => {
    const first = accounts.bootCredentials().code;
    const second = accounts.bootCredentials().code;
    now += dayMs - 1;
    expect(accounts.authenticate({ type: "code", secret: first }).user).toBe("owner");
    now += 1;
    expect(refusalOf(() => accounts.authenticate({ type: "code", secret: second }))).toMatchObject({ code: "denied" });
  });

  test("a wrong, a used and an expired code, and a wrong token, are refused in the same words", () => {
    const used = accounts.bootCredentials().code;
    accounts.authenticate({ type: "code", secret: used });
    const expired = accounts.bootCredentials().code;
    now += dayMs;
    const refusals = [
      refusalOf(() => accounts.authenticate({ type: "code", secret: "wrong" })),
      refusalOf(() => accounts.authenticate({ type: "code", secret: used })),
      refusalOf(() => accounts.authenticate({ type: "code", secret: expired })),
      refusalOf(() => accounts.authenticate({ type: "token", secret: "sos_wrong" })),
    ];
    expect(new Set(refusals.map(String)).size).toBe(1);
    expect(refusals[0]).toMatchObject({ code: "denied" });
  });

  test("a token is no code and a code is no token", () => {
    const { code, token } = accounts.bootCredentials();
    expect(refusalOf(() => accounts.authenticate({ type: "token", secret: code }))).toMatchObject({ code: "denied" });
    expect(refusalOf(() => accounts.authenticate({ type: "code", secret: token }))).toMatchObject({ code: "denied" });
  });
});

describe("tokens", () => {
  test("a token signs in again and again, says which it is, and remembers when it was last used", () => {
    const { token, secret } = accounts.createToken("owner", "ci");
    expect(secret).toMatch(/^sos_[A-Za-z0-9_-]{43}$/);
    expect(tokenIdSchema.safeParse(token.id).success).toBe(true);
    expect(token.lastUsedAt).toBeNull();
    now += 5;
    for (const _ of [1, 2]) {
      expect(accounts.authenticate({ type: "token", secret })).toMatchObject({ user: "owner", token: token.id });
    }
    expect(accounts.listTokens("owner")).toEqual([{ ...token, lastUsedAt: now }]);
  });

  test("a name in use is a conflict", () => {
    accounts.createToken("owner", "ci");
    expect(refusalOf(() => accounts.createToken("owner", "ci"))).toMatchObject({ code: "conflict" });
    expect(refusalOf(() => accounts.createToken("owner", localTokenName))).toMatchObject({ code: "conflict" });
  });

  test("a removed token signs nobody in, and removing it again is not found", () => {
    const { token, secret } = accounts.createToken("owner", "ci");
    accounts.removeToken("owner", token.id);
    expect(refusalOf(() => accounts.authenticate({ type: "token", secret }))).toMatchObject({ code: "denied" });
    expect(refusalOf(() => accounts.removeToken("owner", token.id))).toMatchObject({ code: "not_found" });
  });

  test("nobody removes another user's token", () => {
    const { token } = accounts.createToken("owner", "ci");
    expect(refusalOf(() => accounts.removeToken("someone", token.id))).toMatchObject({ code: "not_found" });
  });

  test("each start replaces the local token, which is listed and cannot be removed", () => {
    expect(tokenNameSchema.safeParse(localTokenName).success).toBe(true);
    const first = accounts.bootCredentials().token;
    const second = accounts.bootCredentials().token;
    expect(refusalOf(() => accounts.authenticate({ type: "token", secret: first }))).toMatchObject({ code: "denied" });
    const { token } = accounts.authenticate({ type: "token", secret: second });
    expect(accounts.listTokens("owner").map((view) => [view.id, view.name])).toEqual([[token, localTokenName]]);
    expect(refusalOf(() => accounts.removeToken("owner", String(token)))).toMatchObject({ code: "denied" });
    expect(accounts.listTokens("owner")).toHaveLength(1);
  });
});

describe("the file", () => {
  test("accounts outlive the process", () => {
    const { secret } = accounts.createToken("owner", "ci");
    accounts.close();
    accounts = open();
    expect(accounts.authenticate({ type: "token", secret }).user).toBe("owner");
  });

  test("no secret is in it", () => {
    const { code, token } = accounts.bootCredentials();
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name));
      expect(bytes.includes(code) || bytes.includes(token.slice("sos_".length))).toBe(false);
    }
  });
});

describe("every table", () => {
  test("is written as the kernel reads it", () => {
    for (const table of [...roles.map((role) => roleTable(role, settings)), scratchTable(settings)]) {
      for (const text of table) expect(formatCapability(parseCapability(text))).toBe(text);
    }
  });
});
