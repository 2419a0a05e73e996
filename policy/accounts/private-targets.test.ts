import { describe, expect, test } from "vitest";
import { privateTargetsSchema } from "./private-targets.ts";

const refused = [
  "10.0.0.5",
  "10.0.0.5:",
  "10.0.0.5:0",
  "10.0.0.5:65536",
  "10.0.0.5:*",
  "*",
  "*:5432",
  "*.local:5432",
  "db:5432",
  "db.internal:5432",
  "db",
  "010.0.0.5:5432",
  "10.0.5:5432",
  "167772165:5432",
  "0xa000005:5432",
  "10.0.0.0/8:5432",
  "[::1]:5432",
  "10.0.0.5:5432,",
  ",10.0.0.5:5432",
  "10.0.0.5:5432, 10.0.0.6:5432",
  " 10.0.0.5:5432",
  "10.0.0.5:5432\n",
  "10.0.0.5:5432;10.0.0.6:5432",
  "10.0.0.5:5432,10.0.0.5:5432",
  "10.0.0.5:5432,10.0.0.5:05432",
  " ",
];

describe("the setting of private addresses", () => {
  test("is empty for none", () => {
    expect(privateTargetsSchema.parse("")).toEqual([]);
  });

  test("names addresses with ports, in their canonical spelling", () => {
    expect(privateTargetsSchema.parse("10.0.0.5:5432")).toEqual(["10.0.0.5:5432"]);
    expect(privateTargetsSchema.parse("10.0.0.5:05432,192.168.1.9:443")).toEqual(["10.0.0.5:5432", "192.168.1.9:443"]);
  });

  test.each(refused)("%j is refused as a whole", (text) => {
    expect(privateTargetsSchema.safeParse(text).success).toBe(false);
  });

  test("a refusal names the entry and how one is written", () => {
    const issue = privateTargetsSchema.safeParse("10.0.0.5:5432,db:1").error?.issues[0];
    expect(issue?.message).toBe('"db:1" is not an IPv4 address with a port, as in 10.0.0.5:5432');
  });

  test("holds at most thirty-two", () => {
    const many = (count: number): string => Array.from({ length: count }, (_, index) => `10.0.0.${index}:1`).join(",");
    expect(privateTargetsSchema.parse(many(32))).toHaveLength(32);
    expect(privateTargetsSchema.safeParse(many(33)).success).toBe(false);
  });
});
