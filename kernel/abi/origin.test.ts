import { describe, expect, test } from "vitest";
import { originSchema, previewOriginSchema } from "./origin.ts";

describe("originSchema", () => {
  test.each(["https://superos.example.org", "http://10.0.0.1:8080", "https://[2001:db8::1]", "http://localhost"])(
    "%s is an origin",
    (text) => expect(originSchema.parse(text)).toBe(text),
  );

  test.each([
    "https://superos.example.org/",
    "https://superos.example.org/path",
    "https://superos.example.org?x",
    "https://superos.example.org#x",
    "https://user@superos.example.org",
    "https://superos.example.org:443",
    "HTTPS://superos.example.org",
    "https://Superos.example.org",
    "https://superos.example.org ",
    "superos.example.org",
    "ftp://superos.example.org",
    "https:superos.example.org",
    "https://",
    "",
  ])("%j is none", (text) => expect(originSchema.safeParse(text).success).toBe(false));
});

describe("previewOriginSchema", () => {
  test.each(["https://preview.example.org", "http://localhost:7070"])("%s has names below it", (text) => {
    expect(previewOriginSchema.parse(text)).toBe(text);
  });

  test.each(["http://127.0.0.1:7070", "http://[::1]:7070"])("%s is an address and has none", (text) => {
    expect(previewOriginSchema.safeParse(text).success).toBe(false);
  });
});
