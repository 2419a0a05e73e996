import { describe, expect, test } from "vitest";
import { parseCapability } from "../abi/index.ts";
import { fileMounts } from "./file-mounts.ts";

const mountsOf = (...texts: string[]): string[] =>
  fileMounts(texts.map(parseCapability)).map(({ path, write }) => `/${path.join("/")} ${write ? "rw" : "ro"}`);

describe("the mounts of a table", () => {
  test("are none without files", () => {
    expect(mountsOf("MEM:1Gi", "NET_CONNECT:*")).toEqual([]);
  });

  test("are each part as it is named, outer ones first", () => {
    expect(mountsOf("FS_READ:/project/b/c", "FS_READ:/project/a")).toEqual(["/a ro", "/b/c ro"]);
    expect(mountsOf("FS_READ:/project/out", "FS_WRITE:/project/out")).toEqual(["/out rw"]);
  });

  test("have a writable part inside a readable one, and no other part inside another", () => {
    expect(mountsOf("FS_WRITE:/project/out", "FS_READ:/project")).toEqual(["/ ro", "/out rw"]);
    expect(mountsOf("FS_READ:/project", "FS_READ:/project/sub", "FS_READ:/project")).toEqual(["/ ro"]);
    expect(mountsOf("FS_READ:/project", "FS_WRITE:/project", "FS_READ:/project/sub")).toEqual(["/ rw"]);
    expect(mountsOf("FS_READ:/project", "FS_WRITE:/project/a", "FS_WRITE:/project/a/b")).toEqual(["/ ro", "/a rw"]);
  });

  test("take a name as a name: one that begins like another is another", () => {
    expect(mountsOf("FS_READ:/project/ab", "FS_READ:/project/a", "FS_WRITE:/project/a")).toEqual(["/ab ro", "/a rw"]);
  });
});
