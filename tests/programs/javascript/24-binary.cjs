// Bytes that are no lines: a megabyte and more of them, with NULs; and records of fixed size.
const { writeFileSync } = require("node:fs");

const record = new DataView(new ArrayBuffer(12));
record.setInt16(0, -2, true);
record.setFloat64(2, 3.5, true);
new TextEncoder().encodeInto("ok", new Uint8Array(record.buffer, 10));
const text = new TextDecoder().decode(record.buffer.slice(10));
writeFileSync("packed.txt", `${record.getInt16(0, true)} ${record.getFloat64(2, true)} ${text}\n`);

process.stdout.write(Uint8Array.from({ length: 1_200_000 }, (_, index) => index % 128));
