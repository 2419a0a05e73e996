import { describe, expect, test } from "vitest";
import { roles, type Role } from "../../kernel/abi/index.ts";
import { authorize, effectiveRole, mayChangeMembers, maySeeMembers, nobody, type Standing } from "./standing.ts";

const member = (role: Role | null): Standing => ({ known: true, admin: false, role });
const admin: Standing = { known: true, admin: true, role: null };
const everybody: readonly Standing[] = [
  nobody,
  member(null),
  ...roles.map(member),
  admin,
  { ...admin, role: "viewer" },
];
const allowed = (action: Parameters<typeof authorize>[0]): Standing[] =>
  everybody.filter((standing) => authorize(action, standing).allow);
const admins = everybody.filter((standing) => standing.admin);
const owners = [member("owner"), ...admins];

describe("standing", () => {
  test("an admin's role is owner, whatever was given", () => {
    expect(everybody.map(effectiveRole)).toEqual([null, null, ...roles, "owner", "owner"]);
  });

  test("everybody with an account imports projects", () => {
    expect(allowed("project_import")).toEqual(everybody.filter((standing) => standing.known));
  });

  test("owners and admins, nobody else, remove and change a project, and its members", () => {
    expect(allowed("project_remove")).toEqual(owners);
    expect(allowed("project_change")).toEqual(owners);
    expect(everybody.filter(mayChangeMembers)).toEqual(owners);
  });

  test("every role sees the members, and who has none does not", () => {
    expect(everybody.filter(maySeeMembers)).toEqual([...roles.map(member), ...admins]);
  });

  test("admins alone read the audit log", () => {
    expect(allowed("audit_read")).toEqual(admins);
  });

  test("a refusal says who may", () => {
    expect(authorize("audit_read", member("owner"))).toEqual({
      allow: false,
      reason: "only an admin reads the audit log",
    });
  });
});
