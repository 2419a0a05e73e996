import { describe, expect, it } from "vitest";
import { helloOf } from "./hello.ts";

describe("the program that says hello", () => {
  it("is the simplest that there is, in capitals or not", () => {
    expect(helloOf(["make", "streams.c", "hello.c", "wrong.c"], [".c"])).toBe("hello.c");
    expect(helloOf(["Concurrency.java", "Streams.java"], [".java", ".jar"])).toBe("Streams.java");
    expect(helloOf(["streams.R"], [".r"])).toBe("streams.R");
  });

  it("is one that the runtime runs", () => {
    expect(helloOf(["hello.sh", "streams.py"], [".py"])).toBe("streams.py");
    expect(helloOf(["hello.c.txt", "hello"], [".c"])).toBeUndefined();
    expect(helloOf(["hello.c"], [])).toBeUndefined();
  });
});
