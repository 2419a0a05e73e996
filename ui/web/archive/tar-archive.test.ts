import { unpackTar } from "modern-tar";
import { expect, test } from "vitest";
import { tarArchive } from "./tar-archive.ts";

async function roundTrip(files: Record<string, string>, emptyFolders: string[] = []) {
  const archive = await tarArchive({
    name: "x",
    files: Object.entries(files).map(([path, text]) => ({
      path,
      content: new Blob([text]),
      modifiedAt: 1_700_000_000_000,
    })),
    emptyFolders,
  });
  expect(archive.size % 512).toBe(0);
  return unpackTar(await archive.arrayBuffer(), { strict: true });
}

test("every file comes back with its content, whatever its size", async () => {
  const files = {
    "a.txt": "",
    "b/c.txt": "x",
    "d.txt": "y".repeat(511),
    "e.txt": "z".repeat(512),
    "f.txt": "w".repeat(70_000),
  };
  const entries = await roundTrip(files);
  expect(Object.fromEntries(entries.map(({ header, data }) => [header.name, new TextDecoder().decode(data)]))).toEqual(
    files,
  );
});

test("long names and names of any script are kept", async () => {
  const long = `${"deep/".repeat(80)}${"n".repeat(200)}.py`;
  const names = [long, "Grüße/日本語.txt", "sp ace 'quote\".js", `${"ü".repeat(120)}.md`];
  const entries = await roundTrip(Object.fromEntries(names.map((name) => [name, name])));
  expect(entries.map(({ header }) => header.name)).toEqual(names);
  expect(entries.map(({ data }) => new TextDecoder().decode(data))).toEqual(names);
});

test("an empty folder is an entry of its own", async () => {
  const [entry] = await roundTrip({}, ["empty/one"]);
  expect(entry?.header).toMatchObject({ type: "directory", size: 0 });
  expect(entry?.header.name).toMatch(/^empty\/one\/?$/);
});
