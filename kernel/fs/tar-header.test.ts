import { Readable } from "node:stream";
import { extract } from "tar-stream";
import { expect, test } from "vitest";
import { archiveEnd, padding, tarHeader } from "./tar-header.ts";
import type { TarEntry } from "./tar-header.ts";

const entry = (own: Partial<TarEntry>): TarEntry => ({
  path: "f",
  type: "file",
  mode: 0o644,
  bytes: 0,
  modifiedAt: 0,
  target: "",
  ...own,
});

async function parsed(own: Partial<TarEntry>) {
  const parser = extract();
  Readable.from([Buffer.concat([tarHeader(entry(own)), archiveEnd()])]).pipe(parser);
  for await (const { header } of parser) return header;
  throw new Error("no entry");
}

test("names of every length around the limits of the fields and of their own length's digits arrive", async () => {
  const lengths = [1, 99, 100, 101, ...Array.from({ length: 30 }, (_, index) => 975 + index), 4095];
  for (const length of lengths) {
    const path = "x".repeat(length);
    expect((await parsed({ path })).name).toBe(path);
    expect((await parsed({ path: "l", type: "link", target: path })).linkname).toBe(path);
  }
});

test("a name in other letters, or with a line break, arrives", async () => {
  for (const path of ["grüße", "two\nlines = one", "日本/語"]) expect((await parsed({ path })).name).toBe(path);
});

test("a size beyond the old field is told in an extended header", () => {
  const bytes = 2 ** 34;
  expect(tarHeader(entry({ bytes })).toString("latin1")).toContain(`20 size=${bytes}\n`);
  expect(tarHeader(entry({ bytes: 2 ** 33 - 1 })).toString("latin1")).toContain("77777777777\0");
});

test("times that the field cannot hold are cut to what it can", async () => {
  expect((await parsed({ modifiedAt: -5 })).mtime.getTime()).toBe(0);
  expect((await parsed({ modifiedAt: 1e15 })).mtime.getTime()).toBe((8 ** 11 - 1) * 1000);
});

test("padding completes a block and adds none to a full one", () => {
  expect([0, 1, 511, 512, 513].map((bytes) => padding(bytes).length)).toEqual([0, 511, 1, 0, 511]);
});
