import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { extract } from "tar-stream";
import { packDirectory } from "./pack-directory.ts";
import { saveStream } from "./save-stream.ts";

const folder = mkdtempSync(join(tmpdir(), "superos-pack-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function entriesOf(source: string) {
  const skipped: string[] = [];
  const progress = { files: 0, bytes: 0 };
  const reader = extract();
  const stream = packDirectory(source, { progress, skipped: (path, reason) => skipped.push(`${path} ${reason}`) });
  stream.on("data", (chunk: Buffer) => reader.write(chunk)).on("end", () => reader.end(null));
  const entries: Record<string, { type: string; mode: number; link: string | null; content: string }> = {};
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const { name, type, mode, linkname } = entry.header;
    entries[name] = { type, mode, link: linkname, content: Buffer.concat(chunks).toString() };
  }
  return { entries, skipped, progress };
}

describe("a packed folder", () => {
  it("keeps files, empty folders, long and unicode names, and links as links; of the mode only executable or not", async () => {
    const source = join(folder, "source");
    const long = `ü-${"x".repeat(150)}`;
    mkdirSync(join(source, "empty"), { recursive: true });
    mkdirSync(join(source, long));
    writeFileSync(join(source, long, "漢字.txt"), "text");
    writeFileSync(join(source, "run.sh"), "#!/bin/sh\n");
    chmodSync(join(source, "run.sh"), 0o700);
    writeFileSync(join(source, "secret"), "", { mode: 0o600 });
    symlinkSync("../../outside", join(source, "link"));
    execFileSync("mkfifo", [join(source, "pipe")]);

    const { entries, skipped, progress } = await entriesOf(source);
    expect(Object.keys(entries)).toEqual(
      ["empty/", "link", "run.sh", "secret", `${long}/`, `${long}/漢字.txt`].map((name) =>
        entries[name] === undefined ? name.replace(/\/$/, "") : name,
      ),
    );
    expect(entries[`${long}/漢字.txt`]).toMatchObject({ type: "file", mode: 0o644, content: "text" });
    expect(entries["run.sh"]?.mode).toBe(0o755);
    expect(entries["secret"]?.mode).toBe(0o644);
    expect(entries["link"]).toMatchObject({ type: "symlink", link: "../../outside" });
    expect(skipped).toEqual([`${join(source, "pipe")} a pipe`]);
    expect(progress).toEqual({ files: 3, bytes: 14 });
  });

  it("fails as a whole when it cannot be read", async () => {
    const stream = packDirectory(join(folder, "none"), { progress: { files: 0, bytes: 0 }, skipped: () => undefined });
    await expect(stream.toArray()).rejects.toMatchObject({ name: "Fault" });
  });
});

describe("a saved stream", () => {
  it("appears under its name only when it is whole, and leaves nothing when it breaks off", async () => {
    const file = join(folder, "out.tar");
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from("part");
      throw new Error("cut off");
    }
    await expect(saveStream(broken(), file)).rejects.toThrow("cut off");
    expect(readdirSync(folder).filter((name) => name.startsWith("out.tar"))).toEqual([]);
    await saveStream(Readable.from([Buffer.from("whole")]), file);
    expect(readFileSync(file, "utf8")).toBe("whole");
  });

  it("replaces a file but never a folder or a device", async () => {
    await expect(saveStream(Readable.from([]), folder)).rejects.toMatchObject({ code: "invalid" });
    await saveStream(Readable.from([Buffer.from("x")]), "/dev/null");
    expect(existsSync("/dev/null")).toBe(true);
    expect(readdirSync("/dev").filter((name) => name.startsWith("null."))).toEqual([]);
  });
});
