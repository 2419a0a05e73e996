import { describe, expect, test } from "vitest";
import { openApiDocument } from "./openapi.ts";
import { apiPrefix } from "./route.ts";
import { routes } from "./routes.ts";

const document = openApiDocument(routes, { url: "http://127.0.0.1:7070", cookieName: "superos_7070", version: "1" });

describe("the OpenAPI document", () => {
  test("has every route, with its reply and its faults", () => {
    for (const route of routes) {
      const operation = document.paths?.[`${apiPrefix}${route.path}`]?.[route.method];
      expect(operation?.operationId).toBe(route.operationId);
      expect(Object.keys(operation?.responses ?? {})).toEqual(
        expect.arrayContaining([String(route.status), "400", "403", "404", "500"]),
      );
    }
    const operations = Object.values(document.paths ?? {}).flatMap((path) => Object.keys(path));
    expect(operations).toHaveLength(routes.length);
  });

  test("every path parameter is described", () => {
    for (const route of routes) {
      const named = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(new Set(Object.keys(route.params?.shape ?? {}))).toEqual(new Set(named));
    }
  });

  test("operation ids are unique", () => {
    expect(new Set(routes.map((route) => route.operationId)).size).toBe(routes.length);
  });

  test("only signing in is open", () => {
    expect(routes.filter((route) => route.open).map((route) => route.operationId)).toEqual(["signIn"]);
  });
});
