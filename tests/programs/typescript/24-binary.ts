// Bytes that are no lines: a megabyte and more of them, with NULs; and records of fixed size, by a schema.
import { writeFileSync } from "node:fs";

const schema = { number: ["Int16", 0], real: ["Float64", 2] } as const;
type Schema = typeof schema;
type Kind = Schema[keyof Schema][0];
const get = { Int16: DataView.prototype.getInt16, Float64: DataView.prototype.getFloat64 } satisfies Record<
  Kind,
  unknown
>;
const set = { Int16: DataView.prototype.setInt16, Float64: DataView.prototype.setFloat64 } satisfies Record<
  Kind,
  unknown
>;

const view = new DataView(new ArrayBuffer(12));
const values: Record<keyof Schema, number> = { number: -2, real: 3.5 };
for (const name of ["number", "real"] as const) {
  const [kind, offset] = schema[name];
  set[kind].call(view, offset, values[name], true);
}
new TextEncoder().encodeInto("ok", new Uint8Array(view.buffer, 10));
const read = (name: keyof Schema): number => get[schema[name][0]].call(view, schema[name][1], true);
writeFileSync("packed.txt", `${read("number")} ${read("real")} ${new TextDecoder().decode(view.buffer.slice(10))}\n`);

process.stdout.write(Uint8Array.from({ length: 1_200_000 }, (_, index): number => index % 128));
