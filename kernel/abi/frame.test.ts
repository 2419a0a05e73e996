import { describe, expect, test } from "vitest";
import { endFrame, type Frame, FrameDecoder, frameHeader, frameLimitBytes, gapFrame } from "./frame.ts";

/** Output in parts is the same output: consecutive data of one stream is put together before it is compared. */
function joined(frames: readonly Frame[]): unknown[] {
  const out: ({ type: string; data: number[] } | Exclude<Frame, { data: Uint8Array }>)[] = [];
  for (const frame of frames) {
    const last = out.at(-1);
    if (!("data" in frame)) out.push(frame.type === "end" ? { ...frame, payload: frame.payload.slice() } : frame);
    else if (last !== undefined && "data" in last && last.type === frame.type) last.data.push(...frame.data);
    else out.push({ type: frame.type, data: [...frame.data] });
  }
  return out;
}

function output(stream: "stdout" | "stderr", data: Uint8Array): Buffer {
  return Buffer.concat([frameHeader(stream, data.length), data]);
}

const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
const outcome = new TextEncoder().encode('{"kind":"code","code":0}');
const far = 2 ** 53 - 1;

const stream = Buffer.concat([
  output("stdout", bytes),
  output("stderr", Uint8Array.of(1, 0, 0, 0, 5, 3)),
  output("stdout", new Uint8Array()),
  gapFrame(far, 70_000),
  output("stdout", Uint8Array.of(10)),
  output("stderr", Uint8Array.of()),
  output("stderr", bytes.toReversed()),
  gapFrame(0, 0),
  endFrame(outcome),
]);

const whole = [
  { type: "stdout", data: [...bytes] },
  { type: "stderr", data: [1, 0, 0, 0, 5, 3] },
  { type: "gap", stdout: far, stderr: 70_000 },
  { type: "stdout", data: [10] },
  { type: "stderr", data: Array.from(bytes.toReversed()) },
  { type: "gap", stdout: 0, stderr: 0 },
  { type: "end", payload: outcome },
];

function decodeInPieces(input: Uint8Array, cuts: readonly number[]): unknown[] {
  const decoder = new FrameDecoder();
  const edges = [0, ...cuts, input.length];
  return joined(edges.slice(1).flatMap((end, index) => decoder.push(input.subarray(edges[index], end))));
}

describe("the frame decoder", () => {
  test("finds the same frames however the bytes are cut in two", () => {
    for (let cut = 0; cut <= stream.length; cut += 1)
      expect(decodeInPieces(stream, [cut]), `cut at ${cut}`).toEqual(whole);
  });

  test("finds the same frames in pieces of any one size", () => {
    for (let size = 1; size <= 40; size += 1) {
      const cuts = Array.from({ length: Math.ceil(stream.length / size) - 1 }, (_, index) => (index + 1) * size);
      expect(decodeInPieces(stream, cuts), `pieces of ${size}`).toEqual(whole);
    }
  });

  test("finds the same frames at every pair of cuts through headers, gaps and the end", () => {
    const short = Buffer.concat([
      output("stdout", Uint8Array.of(7, 8)),
      gapFrame(3, 4),
      output("stderr", Uint8Array.of(9)),
      endFrame(outcome),
    ]);
    const expected = decodeInPieces(short, []);
    expect(expected).toHaveLength(4);
    for (let first = 0; first <= short.length; first += 1) {
      for (let second = first; second <= short.length; second += 1) {
        expect(decodeInPieces(short, [first, second]), `cuts at ${first} and ${second}`).toEqual(expected);
      }
    }
  });

  test("hands output on before its frame is complete, and control frames only whole", () => {
    const decoder = new FrameDecoder();
    const begun = new Uint8Array(output("stdout", bytes)).subarray(0, 8);
    expect(decoder.push(begun)).toEqual([{ type: "stdout", data: bytes.subarray(0, 3) }]);
    const control = new FrameDecoder();
    expect(control.push(gapFrame(1, 2).subarray(0, 20))).toEqual([]);
    expect(control.push(gapFrame(1, 2).subarray(20))).toEqual([{ type: "gap", stdout: 1, stderr: 2 }]);
  });

  test("does not keep a reference to a control frame's chunk, which its caller may reuse", () => {
    const decoder = new FrameDecoder();
    const chunk = endFrame(outcome);
    const first = chunk.slice(0, 10);
    decoder.push(first);
    first.fill(0);
    expect(decoder.push(chunk.subarray(10))).toEqual([{ type: "end", payload: outcome }]);
  });

  test("takes a frame of the largest size and refuses one byte more", () => {
    const decoder = new FrameDecoder();
    expect(decoder.push(output("stdout", new Uint8Array(frameLimitBytes)))).toHaveLength(1);
    expect(() => new FrameDecoder().push(frameHeader("stdout", frameLimitBytes + 1))).toThrow("too long");
  });

  test.each([
    ["a type that does not exist", Uint8Array.of(9, 0, 0, 0, 1, 0)],
    ["type zero", Uint8Array.of(0, 0, 0, 0, 0)],
    ["a gap of the wrong size", Uint8Array.of(3, 0, 0, 0, 1, 0)],
    ["text that is no frame", new TextEncoder().encode("HTTP/1.1 502 Bad Gateway\r\n")],
  ])("refuses %s", (_, input) => {
    expect(() => new FrameDecoder().push(input)).toThrow("not a frame");
  });
});
