import { describe, expect, it } from "vitest";
import { splitWords } from "./split-words.ts";

describe("the words of a stage", () => {
  it.each([
    ["sort -u", ["sort", "-u"]],
    ["  python3   main.py\t--all ", ["python3", "main.py", "--all"]],
    [`grep 'two words' "it's" a\\ b`, ["grep", "two words", "it's", "a b"]],
    [`awk '{print $1}'`, ["awk", "{print $1}"]],
    [String.raw`echo "a\"b" "c\\d" "e\n" "\$x"`, ["echo", 'a"b', String.raw`c\d`, String.raw`e\n`, "$x"]],
    [`a'b'"c"d ''`, ["abcd", ""]],
    ["echo $HOME *.py ~", ["echo", "$HOME", "*.py", "~"]],
    ["sh -c 'a | b > c; d'", ["sh", "-c", "a | b > c; d"]],
    [String.raw`test 1 \> 0`, ["test", "1", ">", "0"]],
  ])("%s", (line, words) => expect(splitWords(line)).toEqual(words));

  it.each(["sort | uniq", "cat <in", "a;b", "a && b", "a 2>&1"])(
    "what only a shell could do is refused: %s",
    (line) => {
      expect(() => splitWords(line)).toThrow("holds a shell's");
    },
  );

  it.each(["echo 'a", 'echo "a', 'echo "a\\"', "echo \\", "", "  "])("what cannot be read is refused: %j", (line) => {
    expect(() => splitWords(line)).toThrow(/stage/);
  });
});
