import { describe, expect, test } from "vitest";
import { filesOf, placeOf } from "./project-place.ts";

const around = { cwd: "/project/src", files: ["src/Main.java"] };
const fileOf = (file: string, loose = false): string | undefined => placeOf({ file, loose }, around)?.file;

describe("the file that a message names", () => {
  test("is named by its path within the project where it is below it", () => {
    expect(fileOf("/project/a/b.c")).toBe("a/b.c");
    expect(fileOf("/project/a/../b.c")).toBe("b.c");
    expect(fileOf("file:///project/a%20b.mjs?x=1")).toBe("a b.mjs");
  });

  test("is taken from the working directory where it is relative", () => {
    expect(fileOf("b.c")).toBe("src/b.c");
    expect(fileOf("./b.c")).toBe("src/b.c");
    expect(fileOf("../b.c")).toBe("b.c");
  });

  test("stays absolute where it is elsewhere, however it is written", () => {
    expect(fileOf("/usr/include/stdio.h")).toBe("/usr/include/stdio.h");
    expect(fileOf("/project/../etc/passwd")).toBe("/etc/passwd");
    expect(fileOf("../../../etc/passwd")).toBe("/etc/passwd");
    expect(fileOf("/projects/x.c")).toBe("/projects/x.c");
    expect(fileOf("file:///%2e%2e/etc")).toBe("/etc");
  });

  test("is none where it is no file, a made one, or too long to be one", () => {
    for (const file of [
      "<stdin>",
      "<frozen runpy>",
      "[eval]",
      "node:internal/main",
      "-",
      "",
      "/tmp/cc1.o",
      "/project",
      "7",
    ])
      expect(fileOf(file), file).toBeUndefined();
    expect(fileOf(`/project/${"a".repeat(2000)}`)).toBeUndefined();
    expect(fileOf("file:///project/%zz")).toBe("%zz");
  });

  test("whose folder is not told is the one that the project has, where its folders fit, or by its name", () => {
    const known = ["a/Main.java", "b/org/app/Main.java", "c/Deep.java"];
    const at = (file: string) => placeOf({ file, loose: true }, { cwd: "/project", files: [], known })?.file;
    expect(at("org/app/Main.java")).toBe("b/org/app/Main.java");
    expect(at("Main.java")).toBe("a/Main.java");
    expect(at("org/Deep.java")).toBe("c/Deep.java");
    expect(at("None.java")).toBe("None.java");
  });

  test("whose folder is not told is the one that the command line names, or beside it", () => {
    expect(fileOf("Main.java", true)).toBe("src/Main.java");
    expect(fileOf("org/app/Main.java", true)).toBe("src/Main.java");
    expect(fileOf("Other.java", true)).toBe("src/Other.java");
    expect(fileOf("org/app/Other.java", true)).toBe("org/app/Other.java");
  });
});

test("the files that a command line names are its arguments that can be files of the project", () => {
  const argv = [
    "gcc",
    "-I.",
    "src/main.c",
    "/project/src/main.c",
    "/usr/lib/x.so",
    "../../etc/x.y",
    "-o",
    "out",
    "--x=a.c",
  ];
  expect(filesOf(argv, "/project")).toEqual(["src/main.c"]);
});
