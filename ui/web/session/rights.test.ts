import { expect, test } from "vitest";
import { projectIdSchema } from "../../../kernel/abi/index.ts";
import type { Person } from "./session-store.ts";
import { rightsIn } from "./rights.ts";

const project = projectIdSchema.parse("abcdefgh23");
const elsewhere = projectIdSchema.parse("bbbbbbbb22");
const person: Person = {
  user: "mia",
  admin: false,
  table: ["PROC_SPAWN", "CPU:2"],
  projects: [{ project, role: "viewer", table: ["FS_READ:/project"] }],
};

test("in a project a person holds what policy named for their role there", () => {
  const rights = rightsIn(person, project);
  expect([rights.role, rights.holds("FS_READ"), rights.holds("PROC_SPAWN")]).toEqual(["viewer", true, false]);
});

test("without a project a person holds the session's own table", () => {
  const rights = rightsIn(person, null);
  expect([rights.role, rights.holds("FS_READ"), rights.holds("PROC_SPAWN")]).toEqual([null, false, true]);
});

test("in a project that the session does not name a person holds nothing", () => {
  const rights = rightsIn(person, elsewhere);
  expect([rights.role, rights.holds("FS_READ"), rights.holds("PROC_SPAWN")]).toEqual([null, false, false]);
});

test("what is not held is explained by the role, and what is held needs no reason", () => {
  expect(rightsIn(person, project).lack("PROC_SPAWN")).toBe(
    "Your role here is viewer, which does not hold PROC_SPAWN.",
  );
  expect(rightsIn(person, elsewhere).lack("FS_READ")).toBe("You are not a member of this project.");
  expect(rightsIn(person, project).lack("FS_READ")).toBeUndefined();
});

test("members are managed by owners and admins alone", () => {
  expect(rightsIn(person, project).manages).toBe(false);
  expect(rightsIn({ ...person, admin: true }, project).manages).toBe(true);
  const owner: Person = { ...person, projects: [{ project, role: "owner", table: [] }] };
  expect(rightsIn(owner, project).manages).toBe(true);
});
