import { describe, expect, it } from "vitest";
import { superos } from "../stand-in.ts";

const nothing = { family: "gcc", code: null, trace: [] };
const error = { ...nothing, kind: "error", message: "no such name", file: "src/a.c", line: 3, column: 5, code: "-Wx" };
const answer = (diagnostics: unknown[], truncated = false) => ({
  replies: { "GET /processes/12/diagnostics": { diagnostics, truncated } },
});

describe("superos errors", () => {
  it("prints one complaint a line, in the form that editors read", async () => {
    const note = { ...nothing, kind: "note", message: "here", file: "/usr/x.h", line: 1, column: null };
    const ran = await superos(["errors", "12"], answer([error, note]));
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toBe("src/a.c:3:5: error: no such name [-Wx]\n/usr/x.h:1: note: here\n");
  });

  it("prints the rest of a message and the calls below it, indented", async () => {
    const place = { file: "a.py", line: 7, column: null };
    const above = { file: "b.py", line: 2, column: null };
    const raised = { ...nothing, ...place, kind: "traceback", message: "bad\nworse", code: "E", trace: [place, above] };
    const ran = await superos(["errors", "12"], answer([raised]));
    expect(ran.stdout).toBe("a.py:7: traceback: bad [E]\n    worse\n    at b.py:2\n");
  });

  it("says where in the input it is when no file is named", async () => {
    const lone = { ...nothing, kind: "error", message: "no table", file: null, line: 3, column: 2 };
    expect((await superos(["errors", "12"], answer([lone]))).stdout).toBe("line 3:2: error: no table\n");
    const bare = { ...lone, line: null, column: null };
    expect((await superos(["errors", "12"], answer([bare]))).stdout).toBe("error: no table\n");
  });

  it("says on stderr that there is nothing, or that there may be more", async () => {
    const ran = await superos(["errors", "12"], answer([], true));
    expect([ran.code, ran.stdout]).toEqual([0, ""]);
    expect(ran.stderr).toBe(
      "superos: no errors are known of in what process 12 has written\n" +
        "superos: there may be more; superos logs 12 prints everything\n",
    );
  });

  it("writes what a program chose so that no character acts on the terminal", async () => {
    const hostile = { ...error, message: "\u001b[2J", file: "a\u202e.c", code: "\u0007" };
    const ran = await superos(["errors", "12"], answer([hostile]));
    expect(ran.stdout).toBe("a\\u{202e}.c:3:5: error: \\e[2J [\\x07]\n");
  });

  it("prints JSON that parses to the answer, and refuses what is no pid", async () => {
    const ran = await superos(["errors", "12", "--json"], answer([error]));
    expect(JSON.parse(ran.stdout)).toEqual({ diagnostics: [error], truncated: false });
    expect((await superos(["errors", "x"])).code).toBe(2);
  });
});
