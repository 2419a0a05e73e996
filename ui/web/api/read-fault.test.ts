import { expect, test } from "vitest";
import { readFault } from "./read-fault.ts";

test("a fault of the server keeps its code, message, hint and missing capability", () => {
  const body = { code: "denied", message: "no", hint: "ask", missing: "FS_WRITE:/project" };
  expect(readFault(403, JSON.stringify({ fault: body })).toBody()).toEqual(body);
});

test("an answer of something else in between is a fault that says only its status", () => {
  expect(readFault(502, "<html>Bad gateway</html>").toBody()).toMatchObject({ code: "unavailable" });
  expect(readFault(502, "<html>Bad gateway</html>").message).toContain("502");
  expect(readFault(418, JSON.stringify({ fault: { code: "teapot" } })).code).toBe("invalid");
});
