import { expect, test } from "vitest";
import { commandForFile, joinCommand, splitCommand } from "./split-command.ts";

test.each<[string, string[]]>([
  ["python3 main.py", ["python3", "main.py"]],
  ["  a \t b\n", ["a", "b"]],
  [`echo 'a b' "c d"`, ["echo", "a b", "c d"]],
  [`echo a'b'"c"d`, ["echo", "abcd"]],
  [`echo '' ""`, ["echo", "", ""]],
  [String.raw`echo a\ b \'`, ["echo", "a b", "'"]],
  [String.raw`echo "a\"b\\c\n"`, ["echo", String.raw`a"b\c\n`]],
  [String.raw`echo 'a\b'`, ["echo", String.raw`a\b`]],
  ["echo $HOME * | cat > x", ["echo", "$HOME", "*", "|", "cat", ">", "x"]],
  ["", []],
])("%j is read as a shell would, without its other powers", (line, argv) => {
  expect(splitCommand(line)).toEqual({ argv });
});

test.each([`echo 'a`, `echo "a`, "echo \\"])("%j is refused with a reason", (line) => {
  expect(splitCommand(line)).toHaveProperty("problem");
});

test.each<[string[]]>([[["a", "b c", "", "it's", `"`, "\\", "$x", "*", "ü 漢", "a\nb", "-c"]]])(
  "what is joined reads back the same",
  (argv) => {
    expect(splitCommand(joinCommand(argv))).toEqual({ argv });
  },
);

test("a file takes the place of {file} and is never read as an option or a pattern", () => {
  expect(commandForFile(["python3", "{file}"], "src/a b.py")).toEqual(["python3", "src/a b.py"]);
  expect(commandForFile(["python3", "{file}"], "-c.py")).toEqual(["python3", "./-c.py"]);
  expect(commandForFile(["x", "{file}"], "$&.py")).toEqual(["x", "$&.py"]);
});
