import { describe, expect, test } from "vitest";
import type { ErrorFamily } from "./diagnostic.ts";
import { readDiagnostics } from "./index.ts";
import { brief } from "./sample-output.ts";

/**
 * Forms of messages that `captured/` has none of: of tools that cannot be run where this is tested, as their documentation and
 * their users show them, and of older versions.
 */

const told = (family: ErrorFamily, text: string): string[] =>
  readDiagnostics({ text, families: [family], around: { cwd: "/project", files: [] } }).diagnostics.map(brief);

describe("dotnet", () => {
  test("Roslyn's errors under MSBuild are told without the project's name, and once", () => {
    const line =
      "/project/Program.cs(3,5): error CS0103: The name 'x' does not exist in the current context [/project/app.csproj]\n";
    const text = `  Determining projects to restore...\n${line}\nBuild FAILED.\n\n${line}    0 Warning(s)\n    1 Error(s)\n`;
    expect(told("dotnet", text)).toEqual([
      "error Program.cs:3:5 [CS0103] The name 'x' does not exist in the current context",
    ]);
  });

  test("errors of a project have no line, and warnings are told apart", () => {
    const text =
      "CSC : error CS5001: Program does not contain a static 'Main' method [/project/app.csproj]\n" +
      "MSBUILD : error MSB1003: Specify a project or solution file.\n" +
      "/project/a.cs(1,2,1,9): warning CS0219: The variable 'x' is assigned [/project/app.csproj::TargetFramework=net9.0]\n";
    expect(told("dotnet", text)).toEqual([
      "error - [CS5001] Program does not contain a static 'Main' method",
      "error - [MSB1003] Specify a project or solution file.",
      "warning a.cs:1:2 [CS0219] The variable 'x' is assigned",
    ]);
  });

  test("an exception that nobody caught is told with its cause, each at its own calls", () => {
    const text =
      "Unhandled exception. System.InvalidOperationException: cannot go on\n" +
      " ---> System.FormatException: The input string 'x' was not in a correct format.\n" +
      "   at System.Number.ThrowFormatException[TChar](ReadOnlySpan`1 value)\n" +
      "   at Program.Inner(Int32 n) in /project/Program.cs:line 5\n" +
      "   --- End of inner exception stack trace ---\n" +
      "   at Program.Inner(Int32 n) in /project/Program.cs:line 6\n" +
      "   at Program.<Main>$(String[] args) in /project/Program.cs:line 9\n";
    expect(told("dotnet", text)).toEqual([
      "traceback Program.cs:6 [System.InvalidOperationException] cannot go on\n  at Program.cs:6\n  at Program.cs:9",
      "traceback Program.cs:5 [System.FormatException] caused by The input string 'x' was not in a correct format.",
    ]);
  });
});

describe("powershell", () => {
  test("the drawn view has its message below the marks, and the column where they begin", () => {
    const text =
      "Exception: /project/a.ps1:5\nLine |\n   5 |      throw 'Oops!'\n     |      ~~~~~~~~~~~~~\n     | Oops!\n" +
      "ParserError: /project/b.ps1:2:9\nLine |\n   2 |  if ($a) {\n     |          ~\n     | Missing closing '}' in statement block\n     | or type definition.\n";
    expect(told("powershell", text)).toEqual([
      "traceback a.ps1:5:5 [Exception] Oops!",
      "error b.ps1:2:9 [ParserError] Missing closing '}' in statement block or type definition.",
    ]);
  });

  test("an error of a command has its name, and the older view its place above or below the message", () => {
    const text =
      "Get-ChildItem: Cannot find path '/none' because it does not exist.\n\n" +
      "Oops!\nAt /project/a.ps1:5 char:5\n+     throw 'Oops!'\n+     ~~~~~~~~~~~~~\n    + CategoryInfo : OperationStopped\n\n" +
      "At /project/b.ps1:88 char:1\n+ {\n+ ~\nMissing closing '}' in statement block.\n";
    expect(told("powershell", text)).toEqual([
      "traceback - [Get-ChildItem] Cannot find path '/none' because it does not exist.",
      "traceback a.ps1:5:5 Oops!",
      "error b.ps1:88:1 Missing closing '}' in statement block.",
    ]);
  });
});

describe("unreal", () => {
  test("compilers' errors are found behind the names of the tools that pass them on", () => {
    const text =
      "UATHelper: Packaging (Linux):   /project/Source/Game/A.cpp:3:5: error: use of undeclared identifier 'x'\n" +
      "/project/Source/Game/B.cpp(12): error C2065: 'y': undeclared identifier\n" +
      "UATHelper: Packaging (Linux): UnrealBuildTool: ERROR: UBT ERROR: Failed to produce item: /project/Binaries/Game\n" +
      "AutomationTool exiting with ExitCode=6 (6)\nBUILD FAILED\n";
    expect(told("unreal", text)).toEqual([
      "error Source/Game/A.cpp:3:5 use of undeclared identifier 'x'",
      "error Source/Game/B.cpp:12 [C2065] 'y': undeclared identifier",
      "error - UBT ERROR: Failed to produce item: /project/Binaries/Game",
    ]);
  });

  test("the engine's log is told by category, and a failed build only where nothing else is known", () => {
    const text =
      "[2020.07.08-16.16.57:509][  0]LogInit: Display: LogBlueprint: Error: [Compiler BP_A] not connected\n" +
      "LogCook: Warning: a texture is large\nLogCook: Display: cooking\n";
    expect(told("unreal", text)).toEqual([
      "error - [LogBlueprint] [Compiler BP_A] not connected",
      "warning - [LogCook] a texture is large",
    ]);
    expect(told("unreal", "AutomationTool exiting with ExitCode=6 (6)\n")).toEqual([
      "error - AutomationTool exiting with ExitCode=6 (6)",
    ]);
    expect(told("unreal", "AutomationTool exiting with ExitCode=0 (Success)\n")).toEqual([]);
  });
});

describe("kotlin", () => {
  test("Gradle's forms, new and old, and errors without a file", () => {
    const text =
      "e: file:///project/src/Main.kt:3:5 Unresolved reference: x\nw: /project/src/A.kt: (7, 9): Variable 'y' is never used\n" +
      "error: source entry is not a Kotlin file: a.txt\n";
    expect(told("kotlin", text)).toEqual([
      "error src/Main.kt:3:5 Unresolved reference: x",
      "warning src/A.kt:7:9 Variable 'y' is never used",
      "error - source entry is not a Kotlin file: a.txt",
    ]);
  });
});

describe("clang", () => {
  test("fatal errors, its linker's, and its sanitizers' frames", () => {
    const text =
      "/project/a.c:1:10: fatal error: 'none.h' file not found\nld.lld: error: undefined symbol: part\n" +
      "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n    #0 0x55 in main /project/a.c:5:3\n    #1 0x7f in start (/lib/libc.so.6+0x2)\n";
    expect(told("clang", text)).toEqual([
      "error a.c:1:10 'none.h' file not found",
      "error - undefined symbol: part",
      "traceback a.c:5:3 [AddressSanitizer] heap-use-after-free on address 0x1",
    ]);
  });
});

describe("rust", () => {
  test("a panic of a version before 1.73 has its message in front of the place", () => {
    const text = "thread 'main' panicked at 'it''s, bad', src/main.rs:2:5\nnote: run with `RUST_BACKTRACE=1`\n";
    expect(told("rust", text)).toEqual(["traceback src/main.rs:2:5 [panic] it''s, bad"]);
  });
});

describe("swift", () => {
  test("a trap with its message is told at the person's own line, where a backtrace has it", () => {
    const text =
      "Swift/ContiguousArrayBuffer.swift:675: Fatal error: Index out of range\n\nThread 0 crashed:\n\n" +
      "0 [system] 0x1 _assertionFailure in libswiftCore.so\n1 0x2 third(_:) + 9 in program at /project/a.swift:2:12\n";
    expect(told("swift", text)).toEqual(["traceback a.swift:2:12 [Fatal error] Index out of range"]);
  });
});

describe("python", () => {
  test("pytest's short form has the reason above it", () => {
    const text =
      "    def test_sum():\n>       assert 1 + 1 == 3\nE       assert (1 + 1) == 3\n\ntests/test_sums.py:2: AssertionError\n";
    expect(told("python", text)).toEqual(["traceback tests/test_sums.py:2 [AssertionError] assert (1 + 1) == 3"]);
  });
});

describe("duckdb", () => {
  test("its shell names the line of the statement, and the libraries their exception", () => {
    const text =
      'Parser Error: syntax error at or near "selec"\nLINE 2: selec 1\n        ^\n' +
      'duckdb.CatalogException: Catalog Error: Table with name t does not exist!\nDid you mean "s"?\n';
    expect(told("duckdb", text)).toEqual([
      'error -:2:1 [Parser Error] syntax error at or near "selec"\n  selec 1',
      'error - [Catalog Error] Table with name t does not exist!\n  Did you mean "s"?',
    ]);
  });
});
