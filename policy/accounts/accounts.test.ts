import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatCapability, parseCapability, roles, tableSchema, type Role } from "../../kernel/abi/index.ts";
import { roleTable, scratchTable } from "./role-table.ts";
import { refusalOf, SampleAccounts, sampleProjects, sampleSettings } from "./sample-accounts.ts";

let sample: SampleAccounts;
const { first, second } = sampleProjects;
const denied = expect.objectContaining({ code: "denied" });
const notFound = expect.objectContaining({ code: "not_found" });

beforeEach(() => {
  sample = new SampleAccounts();
});

afterEach(() => sample.dispose());

/** The owner's projects are `first` and `second`; each role of `first` has a person named after it. */
function populate(): void {
  for (const project of [first, second]) sample.accounts.projectCreated({ user: "owner", project });
  for (const role of roles) {
    sample.add(`${role}1`);
    sample.accounts.setMember({ by: "owner", project: first, user: `${role}1`, role });
  }
  sample.add("outsider");
  sample.add("chief", true);
}

const rolesIn = (user: string): (readonly [string, Role])[] =>
  sample.accounts.rights({ user, projects: [first, second] }).projects.map(({ project, role }) => [project, role]);

describe("users", () => {
  test("at first there is the owner, an admin", () => {
    expect(sample.accounts.listUsers({ by: "owner" })).toEqual([{ name: "owner", admin: true, createdAt: sample.now }]);
  });

  test("an admin adds a person, whose code signs them in once, with the standing that was named", () => {
    for (const admin of [false, true]) {
      const name = admin ? "chief" : "ann";
      const { user, code } = sample.accounts.createUser({ by: "owner", name, admin });
      expect(user).toEqual({ name, admin, createdAt: sample.now });
      const credential = { type: "code", secret: code } as const;
      expect(sample.accounts.authenticate(credential)).toEqual({ user: name, token: null, admin });
      expect(refusalOf(() => sample.accounts.authenticate(credential))).toEqual(denied);
    }
    sample.accounts.createUser({ by: "chief", name: "bob", admin: true });
    expect(sample.accounts.listUsers({ by: "ann" }).map((user) => user.name)).toEqual(["ann", "bob", "chief", "owner"]);
  });

  test("a name in use, and the name of a part of the server, is a conflict", () => {
    sample.add("ann");
    for (const name of ["ann", "owner", "kernel", "gateway"]) {
      expect(refusalOf(() => sample.add(name))).toMatchObject({ code: "conflict" });
    }
  });

  test("who is no admin neither adds, removes nor lets in anybody, themselves included", () => {
    populate();
    for (const by of ["owner1", "outsider", "nobody", ""]) {
      expect(refusalOf(() => sample.accounts.createUser({ by, name: "eve", admin: true }))).toEqual(denied);
      for (const name of ["owner", "outsider", "nobody"]) {
        expect(refusalOf(() => sample.accounts.createCode({ by, name }))).toEqual(denied);
        expect(refusalOf(() => sample.accounts.removeUser({ by, name }))).toEqual(denied);
      }
    }
    expect(sample.accounts.listUsers({ by: "outsider" }).map((user) => user.name)).toContain("outsider");
    expect(refusalOf(() => sample.accounts.listUsers({ by: "nobody" }))).toEqual(denied);
  });

  test("a refused addition leaves no trace", () => {
    sample.add("ann");
    const before = sample.accounts.listUsers({ by: "owner" });
    expect(refusalOf(() => sample.accounts.createUser({ by: "ann", name: "eve", admin: false }))).toEqual(denied);
    expect(refusalOf(() => sample.accounts.createUser({ by: "owner", name: "ann", admin: true }))).toBeInstanceOf(
      Error,
    );
    expect(sample.accounts.listUsers({ by: "owner" })).toEqual(before);
  });

  test("an admin makes a person's next code", () => {
    sample.add("ann");
    const { code } = sample.accounts.createCode({ by: "owner", name: "ann" });
    expect(sample.accounts.authenticate({ type: "code", secret: code })).toMatchObject({ user: "ann", admin: false });
    expect(refusalOf(() => sample.accounts.createCode({ by: "owner", name: "eve" }))).toEqual(notFound);
  });

  test("only the newest sixteen of a person's codes count, and no one else's codes with them", () => {
    sample.add("ann");
    const { code: owners } = sample.accounts.bootCredentials();
    const codes = Array.from({ length: 17 }, () => sample.accounts.createCode({ by: "owner", name: "ann" }).code);
    const [oldest = "", ...newest] = codes;
    expect(refusalOf(() => sample.accounts.authenticate({ type: "code", secret: oldest }))).toEqual(denied);
    for (const secret of newest) expect(sample.accounts.authenticate({ type: "code", secret }).user).toBe("ann");
    expect(sample.accounts.authenticate({ type: "code", secret: owners }).user).toBe("owner");
  });

  test("a removed person's codes, tokens and memberships are gone, also for the next of that name", () => {
    populate();
    const { code } = sample.accounts.createCode({ by: "owner", name: "editor1" });
    const { secret } = sample.accounts.createToken("editor1", "ci");
    sample.accounts.removeUser({ by: "chief", name: "editor1" });
    const nothingLeft = (): void => {
      expect(refusalOf(() => sample.accounts.authenticate({ type: "code", secret: code }))).toEqual(denied);
      expect(refusalOf(() => sample.accounts.authenticate({ type: "token", secret }))).toEqual(denied);
      expect(sample.accounts.listTokens("editor1")).toEqual([]);
      expect(rolesIn("editor1")).toEqual([]);
      expect(sample.accounts.listMembers({ by: "owner", project: first }).map(({ user }) => user)).not.toContain(
        "editor1",
      );
    };
    nothingLeft();
    expect(refusalOf(() => sample.accounts.removeUser({ by: "chief", name: "editor1" }))).toEqual(notFound);
    sample.add("editor1");
    nothingLeft();
  });

  test("the owner cannot be removed, so that an admin always remains", () => {
    populate();
    for (const by of ["owner", "chief"]) {
      expect(refusalOf(() => sample.accounts.removeUser({ by, name: "owner" }))).toEqual(denied);
    }
    sample.accounts.removeUser({ by: "chief", name: "chief" });
    expect(refusalOf(() => sample.accounts.createUser({ by: "chief", name: "eve", admin: true }))).toEqual(denied);
    expect(sample.accounts.listUsers({ by: "owner" }).filter((user) => user.admin)).toHaveLength(1);
  });

  test("nobody unknown makes a token", () => {
    expect(refusalOf(() => sample.accounts.createToken("eve", "ci"))).toEqual(denied);
  });
});

describe("rights", () => {
  test("each member has the role that was given, with its table, and sees no other project", () => {
    populate();
    for (const role of roles) {
      expect(sample.accounts.rights({ user: `${role}1`, projects: [first, second] })).toEqual({
        scratch: scratchTable(sampleSettings),
        projects: [{ project: first, role, table: roleTable(role, sampleSettings) }],
      });
    }
    expect(rolesIn("outsider")).toEqual([]);
  });

  test("an admin is owner of every project, whether member or not", () => {
    populate();
    for (const user of ["owner", "chief"]) {
      expect(rolesIn(user)).toEqual([
        [first, "owner"],
        [second, "owner"],
      ]);
    }
  });

  test("somebody unknown holds nothing, in no project either", () => {
    populate();
    expect(sample.accounts.rights({ user: "eve", projects: [first, second] })).toEqual({ scratch: [], projects: [] });
  });

  test("outlive the process", () => {
    populate();
    sample.reopen();
    expect(rolesIn("runner1")).toEqual([[first, "runner"]]);
  });
});

describe("projects", () => {
  test("who makes one owns it", () => {
    sample.add("ann");
    sample.accounts.projectCreated({ user: "ann", project: first });
    expect(rolesIn("ann")).toEqual([[first, "owner"]]);
    expect(sample.accounts.authorize({ user: "ann", action: "project_remove", project: first })).toEqual({
      allow: true,
    });
    expect(sample.accounts.authorize({ user: "ann", action: "project_remove", project: second }).allow).toBe(false);
    expect(sample.accounts.authorize({ user: "ann", action: "project_change", project: null }).allow).toBe(false);
  });

  test("one made by a person who is gone is left to the admins", () => {
    sample.accounts.projectCreated({ user: "gone", project: first });
    expect(sample.accounts.listMembers({ by: "owner", project: first })).toEqual([]);
  });

  test("a removed one takes its memberships along, and no other's", () => {
    populate();
    sample.accounts.setMember({ by: "owner", project: second, user: "viewer1", role: "runner" });
    sample.accounts.projectRemoved({ project: first });
    expect(rolesIn("viewer1")).toEqual([[second, "runner"]]);
    expect(rolesIn("owner1")).toEqual([]);
  });
});

describe("members", () => {
  test("every member and every admin sees them, and nobody else", () => {
    populate();
    const members = sample.accounts.listMembers({ by: "viewer1", project: first });
    expect(members).toEqual([
      { user: "editor1", role: "editor" },
      { user: "owner", role: "owner" },
      { user: "owner1", role: "owner" },
      { user: "runner1", role: "runner" },
      { user: "viewer1", role: "viewer" },
    ]);
    expect(sample.accounts.listMembers({ by: "chief", project: first })).toEqual(members);
    for (const by of ["outsider", "eve"]) {
      expect(refusalOf(() => sample.accounts.listMembers({ by, project: first }))).toEqual(denied);
    }
    expect(refusalOf(() => sample.accounts.listMembers({ by: "owner1", project: second }))).toEqual(denied);
  });

  test("an owner of the project, or an admin, changes a role at once", () => {
    populate();
    sample.accounts.setMember({ by: "owner1", project: first, user: "outsider", role: "viewer" });
    expect(rolesIn("outsider")).toEqual([[first, "viewer"]]);
    sample.accounts.setMember({ by: "chief", project: first, user: "outsider", role: "editor" });
    expect(rolesIn("outsider")).toEqual([[first, "editor"]]);
    sample.accounts.removeMember({ by: "owner1", project: first, user: "outsider" });
    expect(rolesIn("outsider")).toEqual([]);
  });

  test("who is no owner there changes nobody's role, least of all their own", () => {
    populate();
    const before = sample.accounts.listMembers({ by: "owner", project: first });
    for (const by of ["editor1", "runner1", "viewer1", "outsider", "eve"]) {
      for (const user of [by, "owner1", "editor1"]) {
        expect(refusalOf(() => sample.accounts.setMember({ by, project: first, user, role: "owner" }))).toEqual(denied);
        expect(refusalOf(() => sample.accounts.removeMember({ by, project: first, user }))).toEqual(denied);
      }
    }
    const elsewhere = { by: "owner1", project: second, user: "owner1", role: "owner" } as const;
    expect(refusalOf(() => sample.accounts.setMember(elsewhere))).toEqual(denied);
    expect(sample.accounts.listMembers({ by: "owner", project: first })).toEqual(before);
  });

  test("an unknown person, and one who is no member, is not found", () => {
    populate();
    const eve = { by: "owner", project: first, user: "eve" };
    expect(refusalOf(() => sample.accounts.setMember({ ...eve, role: "viewer" }))).toEqual(notFound);
    expect(refusalOf(() => sample.accounts.removeMember(eve))).toEqual(notFound);
    expect(refusalOf(() => sample.accounts.removeMember({ ...eve, user: "outsider" }))).toEqual(notFound);
  });

  test("the last owner may be removed: the admins own the project still", () => {
    populate();
    for (const user of ["owner", "owner1"]) sample.accounts.removeMember({ by: "owner1", project: first, user });
    expect(refusalOf(() => sample.accounts.removeMember({ by: "owner1", project: first, user: "viewer1" }))).toEqual(
      denied,
    );
    sample.accounts.setMember({ by: "chief", project: first, user: "editor1", role: "owner" });
    expect(rolesIn("editor1")).toEqual([[first, "owner"]]);
  });

  test("an admin is not given less than they have", () => {
    populate();
    const chief = { by: "owner", project: first, user: "chief" };
    expect(refusalOf(() => sample.accounts.setMember({ ...chief, role: "viewer" }))).toMatchObject({
      code: "conflict",
    });
    sample.accounts.setMember({ ...chief, role: "owner" });
    expect(sample.accounts.listMembers({ by: "chief", project: first })).toContainEqual({
      user: "chief",
      role: "owner",
    });
  });
});

describe("every table", () => {
  const tables = [...roles.map((role) => roleTable(role, sampleSettings)), scratchTable(sampleSettings)];

  test("is written as the kernel reads it", () => {
    for (const table of tables) {
      expect(tableSchema.parse(table)).toHaveLength(table.length);
      for (const text of table) expect(formatCapability(parseCapability(text))).toBe(text);
    }
  });
});
