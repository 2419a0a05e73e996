import type { ErrorFamily } from "./diagnostic.ts";
import { parseBash } from "./families/bash.ts";
import { parseDotnet } from "./families/dotnet.ts";
import { parseDuckdb } from "./families/duckdb.ts";
import { parseGcc } from "./families/gcc.ts";
import { parseJava } from "./families/java.ts";
import { parseJavac } from "./families/javac.ts";
import { parseKotlin } from "./families/kotlin.ts";
import { parseNode } from "./families/node.ts";
import { parsePostgres } from "./families/postgres.ts";
import { parsePowershell } from "./families/powershell.ts";
import { parsePython } from "./families/python.ts";
import { parseR } from "./families/r.ts";
import { parseRust } from "./families/rust.ts";
import { parseSqlite } from "./families/sqlite.ts";
import { parseSwift } from "./families/swift.ts";
import { parseTypescript } from "./families/typescript.ts";
import { parseUnreal } from "./families/unreal.ts";
import type { Parser } from "./finding.ts";

/** The parser of each family, and whether what it reads is also looked for on standard output. */
interface Family {
  parse: Parser;
  /** Its tools write there, and what they write looks like nothing else. */
  onStdout: boolean;
}

export const families: Readonly<Record<ErrorFamily, Family>> = {
  arduino: { parse: parseGcc, onStdout: true },
  bash: { parse: parseBash, onStdout: false },
  clang: { parse: parseGcc, onStdout: true },
  dotnet: { parse: parseDotnet, onStdout: true },
  duckdb: { parse: parseDuckdb, onStdout: false },
  gcc: { parse: parseGcc, onStdout: true },
  java: { parse: parseJava, onStdout: true },
  javac: { parse: parseJavac, onStdout: true },
  kotlin: { parse: parseKotlin, onStdout: true },
  node: { parse: parseNode, onStdout: true },
  postgres: { parse: parsePostgres, onStdout: false },
  powershell: { parse: parsePowershell, onStdout: false },
  python: { parse: parsePython, onStdout: true },
  r: { parse: parseR, onStdout: false },
  rust: { parse: parseRust, onStdout: true },
  sqlite: { parse: parseSqlite, onStdout: false },
  swift: { parse: parseSwift, onStdout: true },
  typescript: { parse: parseTypescript, onStdout: true },
  unreal: { parse: parseUnreal, onStdout: true },
};

export const isFamily = (name: string): name is ErrorFamily => Object.hasOwn(families, name);
