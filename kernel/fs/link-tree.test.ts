import { expect, test } from "vitest";
import { escapingLink } from "./link-tree.ts";

const check = (links: Record<string, string>) => escapingLink(new Map(Object.entries(links)));

test.each([
  ["to a file beside it", { a: "b" }],
  ["to its own directory", { "d/a": "." }],
  ["to the project itself, from a directory", { "d/a": ".." }],
  ["up and down again", { "d/e/a": "../../x/y" }],
  ["to what is not there", { a: "missing/file" }],
  ["through another link", { "d/up": "..", a: "d/up/b" }],
  ["up through what is not there", { a: "x/y/../../z" }],
  ["with empty and single-dot parts", { a: "./x//y/." }],
  ["to a parent that holds it, over and over", { "d/loop": "../d" }],
])("a link %s stays inside", (_what, links) => {
  expect(check(links)).toBeUndefined();
});

test.each([
  ["absolute", { a: "/etc/passwd" }, "a", "is absolute"],
  ["absolute into the project's own mount", { a: "/project/b" }, "a", "is absolute"],
  ["to the parent of the project", { a: ".." }, "a", "leads outside of the project"],
  ["out and back in", { a: "../files/b" }, "a", "leads outside of the project"],
  ["deep, and one step too many up", { "d/e/a": "../../../x" }, "d/e/a", "leads outside of the project"],
  [
    "that looks inside but goes up through a link to the top",
    { "d/e/top": "../..", "d/e/a": "top/../x" },
    "d/e/a",
    "leads outside of the project",
  ],
  [
    "through a chain whose last part goes up",
    { "d/one": "two/..", "d/two": "three", "d/three": "../x", z: "d/one/../y" },
    "z",
    "leads outside of the project",
  ],
  ["that leads nowhere", { a: "" }, "a", "leads nowhere"],
  ["to itself", { a: "a" }, "a", "leads back to itself"],
  ["in a circle", { a: "b", b: "c/x", c: "a" }, "a", "leads back to itself"],
])("a link %s is refused", (...[, links, path, why]) => {
  expect(check(links)).toEqual({ path, why });
});

test("a link's place in the archive does not matter for where it leads", () => {
  const links: Record<string, string> = { "d/e/a": "top/../x", "d/e/top": "../.." };
  expect(check(links)?.path).toBe("d/e/a");
  expect(check(Object.fromEntries(Object.entries(links).reverse()))?.path).toBe("d/e/a");
});

test("a chain of forty links is followed and one of forty-one is refused, from either end", () => {
  const chain = (length: number): [string, string][] =>
    Array.from({ length }, (_, index) => [`l${index}`, index + 1 === length ? "end" : `l${index + 1}`]);
  expect(escapingLink(new Map(chain(40)))).toBeUndefined();
  expect(escapingLink(new Map(chain(41)))?.why).toBe("goes through too many links");
  expect(escapingLink(new Map(chain(41).reverse()))?.why).toBe("goes through too many links");
});

test("links that double each other are counted, not walked", () => {
  const links = Array.from({ length: 60 }, (_, index): [string, string] => [
    `l${index}`,
    `l${index + 1}/../l${index + 1}`,
  ]);
  expect(escapingLink(new Map(links))?.why).toBe("goes through too many links");
});

test("a chain of a hundred thousand links is refused without using up the stack", () => {
  const links = Array.from({ length: 100_000 }, (_, index): [string, string] => [`l${index}`, `l${index + 1}`]);
  expect(escapingLink(new Map(links))?.why).toBe("goes through too many links");
});
