import { describe, expect, it } from "vitest";
import { projectIdSchema, syscalls } from "../../../kernel/abi/index.ts";
import { pipelineRequest, stagesOfFile, typedStages } from "./stages.ts";

const options = { runtime: "python", cap: ["MEM:64Mi"], seal: [], env: { A: "1" }, project: "site", bg: true };
const site = projectIdSchema.parse("abcdefghij");

describe("the stages of a pipeline", () => {
  it("share what the options name; the first alone gets input, and none more than was asked for", () => {
    const request = pipelineRequest(options, site, typedStages(["cat a.txt", "sort -u"]));
    const { stages } = syscalls.pipeline.request.parse(request);
    expect(stages.map(({ argv, stdin, lossless }) => ({ argv, stdin, lossless }))).toEqual([
      { argv: ["cat", "a.txt"], stdin: true, lossless: true },
      { argv: ["sort", "-u"], stdin: false, lossless: true },
    ]);
    for (const stage of request.stages)
      expect(stage).toMatchObject({ project: site, class: "background", table: ["FS_READ:/project", "MEM:64Mi"] });
  });

  it("get no input when they are left running", () => {
    const { stages } = pipelineRequest({ ...options, detach: true }, site, typedStages(["a", "b"]));
    expect(stages.map(({ stdin, lossless }) => [stdin, lossless])).toEqual([
      [false, false],
      [false, false],
    ]);
  });

  it("of a file say for themselves what differs", () => {
    const file = JSON.stringify([
      { argv: ["node", "a.js"], runtime: "node", table: ["FS_READ:/project/in"], env: { B: "2" } },
      { argv: ["sort"], sealed: ["CPU:1"], cwd: "/tmp", name: "sorter" },
    ]);
    const { stages } = pipelineRequest(options, site, stagesOfFile(file, "s.json"));
    expect(stages).toMatchObject([
      { runtime: "node", table: ["FS_READ:/project/in"], sealed: [], env: { A: "1", B: "2" }, name: null },
      { runtime: "python", table: ["FS_READ:/project", "MEM:64Mi"], sealed: ["CPU:1"], cwd: "/tmp", name: "sorter" },
    ]);
  });

  it.each(["x", "{}", '[{"argv":["a"]}]', '[{"argv":[]},{"argv":["b"]}]', '[{"argv":["a"],"pid":1},{"argv":["b"]}]'])(
    "of a file that does not fit are refused: %s",
    (text) => expect(() => stagesOfFile(text, "s.json")).toThrow(/s\.json|stages/),
  );

  it("are two to sixteen", () => {
    expect(() => typedStages(["a"])).toThrow("2 to 16 stages");
    expect(() => typedStages(Array.from({ length: 17 }, () => "a"))).toThrow("2 to 16 stages");
  });
});
