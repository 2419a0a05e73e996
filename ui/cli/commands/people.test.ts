import { describe, expect, it } from "vitest";
import { superos } from "../stand-in.ts";

const anna = { name: "anna", admin: false, createdAt: 0 };
const project = {
  id: "abcdefghij",
  name: "site",
  root: 5,
  createdAt: 0,
  files: 1,
  bytes: 10,
  engineRuntime: null,
};
const projects = { "GET /projects": { projects: [project] } };

describe("superos user", () => {
  it("ls lists the people", async () => {
    const replies = { "GET /users": { users: [{ ...anna, name: "owner", admin: true }, anna] } };
    expect((await superos(["user", "ls"], { replies })).stdout).toMatch(
      /^NAME +ADMIN +CREATED\nowner +yes +\S+ \S+\nanna +no +\S+ \S+\n$/,
    );
    expect(JSON.parse((await superos(["user", "ls", "--json"], { replies })).stdout)).toHaveLength(2);
  });

  it("add and link print the sign-in link alone on stdout", async () => {
    const signInUrl = "http://127.0.0.1:7070/signin#code=abc";
    const replies = { "POST /users": { user: anna, signInUrl }, "POST /users/anna/link": { signInUrl } };
    const added = await superos(["user", "add", "anna"], { replies });
    expect([added.stdout, added.asked[0]?.body]).toEqual([`${signInUrl}\n`, { name: "anna", admin: false }]);
    expect(added.stderr).toContain("Added the user anna.");
    const admin = await superos(["user", "add", "anna", "--admin"], { replies });
    expect(admin.asked[0]?.body).toEqual({ name: "anna", admin: true });
    expect((await superos(["user", "link", "anna"], { replies })).stdout).toBe(`${signInUrl}\n`);
  });

  it("rm removes a person", async () => {
    const ran = await superos(["user", "rm", "anna"], { replies: { "DELETE /users/anna": null } });
    expect([ran.code, ran.stdout]).toEqual([0, "Removed the user anna, with their tokens and memberships.\n"]);
  });

  it("refuses what cannot be a name before anything is sent", async () => {
    for (const verb of ["add", "link", "rm"]) {
      const ran = await superos(["user", verb, "../Anna"]);
      expect([ran.code, ran.asked]).toEqual([2, []]);
    }
  });
});

describe("superos member", () => {
  it("ls lists who may do what", async () => {
    const members = [{ user: "anna", role: "editor" }];
    const replies = { ...projects, "GET /projects/abcdefghij/members": { members } };
    expect((await superos(["member", "ls", "site"], { replies })).stdout).toBe("USER  ROLE\nanna  editor\n");
    expect(JSON.parse((await superos(["member", "ls", "site", "--json"], { replies })).stdout)).toEqual(members);
  });

  it("set and rm name the person and the project", async () => {
    const path = "/projects/abcdefghij/members/anna";
    const replies = { ...projects, [`PUT ${path}`]: null, [`DELETE ${path}`]: null };
    const set = await superos(["member", "set", "site", "anna", "viewer"], { replies });
    expect([set.code, set.asked.at(-1)]).toEqual([0, { route: `PUT ${path}`, body: { role: "viewer" } }]);
    expect(set.stdout).toBe("anna is viewer in site (abcdefghij).\n");
    const removed = await superos(["member", "rm", "site", "anna"], { replies });
    expect([removed.code, removed.asked.at(-1)?.route]).toEqual([0, `DELETE ${path}`]);
  });

  it("refuses a role that there is not before anything is sent", async () => {
    const ran = await superos(["member", "set", "site", "anna", "king"], { replies: projects });
    expect([ran.code, ran.asked]).toEqual([2, []]);
  });
});

describe("superos project set", () => {
  const path = "PUT /projects/abcdefghij";

  it("sets the engine runtime, and none takes it away", async () => {
    const replies = { ...projects, [path]: { ...project, engineRuntime: "runsc" } };
    const set = await superos(["project", "set", "site", "--engine-runtime", "runsc"], { replies });
    expect([set.code, set.asked.at(-1)?.body]).toEqual([0, { engineRuntime: "runsc" }]);
    expect(set.stdout).toBe("Processes of site (abcdefghij) need runsc from now on.\n");
    const none = await superos(["project", "set", "site", "--engine-runtime", "none"], { replies });
    expect(none.asked.at(-1)?.body).toEqual({ engineRuntime: null });
  });

  it("refuses what names no engine runtime, and to set nothing", async () => {
    for (const more of [["--engine-runtime", "a b"], []]) {
      const ran = await superos(["project", "set", "site", ...more], { replies: projects });
      expect([ran.code, ran.asked]).toEqual([2, []]);
    }
  });
});
