import { expect, test } from "vitest";
import { parseRoute, pathOf } from "./route.ts";

test.each([
  "/signin",
  "/projects",
  "/projects/abcdefgh23",
  "/projects/abcdefgh23/members",
  "/projects/abcdefgh23/channels",
  "/processes",
  "/processes/17",
  "/audit",
  "/runtimes",
  "/status",
  "/tokens",
  "/users",
])("%s is a page whose address reads back the same", (path) => {
  expect(pathOf(parseRoute(path))).toBe(path);
});

test("the bare origin is the list of projects", () => {
  expect(parseRoute("/")).toEqual({ page: "projects" });
});

test.each([
  "/projects/UPPER",
  "/projects/abcdefgh23/more",
  "/projects/abcdefgh23/members/mia",
  "/projects/UPPER/members",
  "/projects/abcdefgh23/channels/jobs",
  "/processes/17/members",
  "/processes/0",
  "/processes/1e3",
  "/processes/x",
  "/nope",
  "/audit/1",
])("%s is no page", (path) => {
  expect(parseRoute(path)).toEqual({ page: "missing" });
});
