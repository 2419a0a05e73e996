import { beforeEach, describe, expect, test } from "vitest";
import { Tickets } from "./tickets.ts";

let at: number;
let tickets: Tickets<string>;

beforeEach(() => {
  at = 1000;
  let count = 0;
  tickets = new Tickets({ now: () => at, random: () => `t${(count += 1)}`, lifeMs: 60_000, limit: 3 });
});

describe("Tickets", () => {
  test("a ticket is good once", () => {
    const ticket = tickets.issue("a");
    expect(tickets.redeem(ticket)).toBe("a");
    expect(tickets.redeem(ticket)).toBeUndefined();
  });

  test("a ticket is good for its time and no longer", () => {
    const [first, second] = [tickets.issue("a"), tickets.issue("b")];
    at += 59_999;
    expect(tickets.redeem(first)).toBe("a");
    at += 1;
    expect(tickets.redeem(second)).toBeUndefined();
  });

  test("a ticket that was never issued stands for nothing", () => expect(tickets.redeem("t1")).toBeUndefined());

  test("the oldest makes room where too many wait", () => {
    const issued = ["a", "b", "c", "d"].map((value) => tickets.issue(value));
    expect(issued.map((ticket) => tickets.redeem(ticket))).toEqual([undefined, "b", "c", "d"]);
  });

  test("those whose time is over take no room", () => {
    for (const value of ["a", "b"]) tickets.issue(value);
    at += 60_000;
    const issued = ["c", "d", "e"].map((value) => tickets.issue(value));
    expect(issued.map((ticket) => tickets.redeem(ticket))).toEqual(["c", "d", "e"]);
  });
});
