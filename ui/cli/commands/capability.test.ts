import { describe, expect, it } from "vitest";
import { superos } from "../stand-in.ts";

const slot = {
  slot: 40,
  holder: 12,
  capability: "NET_CONNECT:example.org",
  from: { slot: 3, holder: 5 },
  delegable: true,
  left: null,
  derived: 1,
};
const child = { ...slot, slot: 41, holder: 15, from: { slot: 40, holder: 12 }, delegable: false, derived: 0 };
const quota = { ...slot, slot: 1, capability: "MEM:1Gi", from: null, left: "MEM:512Mi", derived: 2 };
const loss = { slots: [child, slot], ends: [15] };
const preview = "DELETE /processes/12/caps/40?preview=true";
const take = "DELETE /processes/12/caps/40?preview=false";
const list = "GET /processes?all=true";
const replies = { [preview]: loss, [take]: loss, [list]: { processes: [] } };

describe("superos caps", () => {
  it("shows each slot with where it came from, what is left of it and how many derive from it", async () => {
    const ran = await superos(["caps", "12"], { replies: { "GET /processes/12/caps": { slots: [quota, slot] } } });
    expect(ran.stdout.split("\n")).toEqual([
      "SLOT  CAPABILITY               FROM  DELEGABLE  LEFT       DERIVED",
      "   1  MEM:1Gi                  root  yes        MEM:512Mi  2",
      "  40  NET_CONNECT:example.org  5/3   yes        -          1",
      "",
    ]);
  });

  it("tells a program the slots as the abi has them", async () => {
    const ran = await superos(["caps", "12", "--json"], { replies: { "GET /processes/12/caps": { slots: [slot] } } });
    expect(JSON.parse(ran.stdout)).toEqual([slot]);
  });
});

describe("superos grant", () => {
  const replies = { "POST /processes/12/caps": { slot } };

  it("prints the slot alone on stdout", async () => {
    const ran = await superos(["grant", "12", "NET_CONNECT:example.org"], { replies });
    expect([ran.code, ran.stdout]).toEqual([0, "40\n"]);
    expect(ran.stderr).toBe("Process 12 holds NET_CONNECT:example.org from 5/3 as slot 40.\n");
    expect(ran.asked[0]?.body).toEqual({ capability: "NET_CONNECT:example.org", delegable: true });
  });

  it("with --seal gives it without the right to hand it on", async () => {
    const ran = await superos(["grant", "12", "PROC_SPAWN", "--seal", "--json"], { replies });
    expect(ran.asked[0]?.body).toEqual({ capability: "PROC_SPAWN", delegable: false });
    expect(JSON.parse(ran.stdout)).toEqual(slot);
  });

  it("names the capability that one lacks", async () => {
    const fault = { code: "denied", message: "you cannot grant that", hint: "Ask an owner.", missing: "PROC_SPAWN" };
    const ran = await superos(["grant", "12", "PROC_SPAWN"], { replies: { "POST /processes/12/caps": { fault } } });
    expect([ran.code, ran.stdout]).toEqual([125, ""]);
    expect(ran.stderr).toBe("superos: denied: you cannot grant that\nmissing: PROC_SPAWN\nhint: Ask an owner.\n");
  });
});

describe("superos revoke", () => {
  const said = [
    "Takes 2 slots:",
    "SLOT  PID  CAPABILITY               FROM   COMMAND",
    "  40   12  NET_CONNECT:example.org  5/3    -",
    "  41   15  NET_CONNECT:example.org  12/40  -",
    "Ends 1 process, which cannot go on without:",
    "  15  -",
    "",
  ].join("\n");

  it("says what goes and which processes end before it takes anything", async () => {
    const ran = await superos(["revoke", "12", "40"], { replies });
    expect(ran.asked.map(({ route }) => route)).toEqual([preview, list, take]);
    expect([ran.code, ran.stdout]).toEqual([0, `${said}Revoked 2 slots, ended 1 process.\n`]);
  });

  it("takes nothing with --dry-run", async () => {
    const told = await superos(["revoke", "12", "40", "--dry-run"], { replies, answer: true });
    expect([told.stdout, told.questions]).toEqual([said, []]);
    expect(told.asked.map(({ route }) => route)).toEqual([preview, list]);
    const json = await superos(["revoke", "12", "40", "--dry-run", "--json"], { replies });
    expect(JSON.parse(json.stdout)).toEqual(loss);
    expect(json.asked.map(({ route }) => route)).toEqual([preview]);
  });

  it("asks the person at a terminal, and takes nothing without a yes", async () => {
    const no = await superos(["revoke", "12", "40"], { replies, answer: false });
    expect([no.code, no.stdout, no.stderr]).toEqual([1, "", `${said}Nothing was revoked.\n`]);
    expect(no.questions).toEqual(["Revoke slot 40 of process 12?"]);
    expect(no.asked.map(({ route }) => route)).not.toContain(take);
    const yes = await superos(["revoke", "12", "40"], { replies, answer: true });
    expect([yes.code, yes.asked.at(-1)?.route, yes.stderr]).toEqual([0, take, said]);
    const unasked = await superos(["revoke", "12", "40", "--yes"], { replies, answer: false });
    expect([unasked.code, unasked.questions]).toEqual([0, []]);
  });

  it("keeps its result apart from what it says to the person it asks", async () => {
    const asked = await superos(["revoke", "12", "40", "--json"], { replies, answer: true });
    expect(JSON.parse(asked.stdout)).toEqual(loss);
    expect(asked.stderr).toBe(said);
    const script = await superos(["revoke", "12", "40", "--json"], { replies });
    expect([script.stderr, script.asked.map(({ route }) => route)]).toEqual(["", [take]]);
  });

  it("says so when no process ends", async () => {
    const gentle = { ...replies, [preview]: { slots: [slot], ends: [] } };
    const ran = await superos(["revoke", "12", "40", "--dry-run"], { replies: gentle });
    expect(ran.stdout).toMatch(/^Takes 1 slot:\n[^]*\nEnds no process\.\n$/);
  });
});

it("a wrong use of these commands exits 2 before anything is asked", async () => {
  for (const argv of [
    ["caps", "x"],
    ["grant", "12", "NONSENSE"],
    ["grant", "12"],
    ["revoke", "12", "0"],
    ["revoke", "12"],
  ]) {
    const ran = await superos(argv);
    expect([ran.code, ran.asked, ran.stdout], argv.join(" ")).toEqual([2, [], ""]);
  }
});
