import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";
import { readText } from "./text-file.ts";

const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer;

test.each(["", "a", "a\nb\n", "a\r\nb\r\n", "a\r\nb\n", "a\rb", "\uFEFFa\n", "日本\n\n", "\r\n", "\u2028x\n"])(
  "%j is the same after it was in the editor",
  (text) => {
    const file = readText(bytes(text));
    const state = EditorState.create({
      doc: file?.text ?? "",
      extensions: EditorState.lineSeparator.of(file?.lineSeparator ?? "\n"),
    });
    expect(state.sliceDoc()).toBe(text);
  },
);

test("what is not text is not edited", () => {
  expect(readText(new Uint8Array([0x61, 0, 0x62]).buffer)).toBeNull();
  expect(readText(new Uint8Array([0xff, 0xfe, 0x61]).buffer)).toBeNull();
});
