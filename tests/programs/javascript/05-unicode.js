// Characters, code points, code units and bytes of text on stdin differ, and nothing is lost on the way out.
import { text } from "node:stream/consumers";

const line = (await text(process.stdin)).trimEnd();
console.log(line);
const characters = [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(line)];
console.log(characters.length, [...line].length, line.length, Buffer.byteLength(line));
console.log(line.normalize("NFC").length, line.toLocaleUpperCase("de"));
console.log([..."🎉é"].map((one) => one.codePointAt(0).toString(16)).join(" "));
console.log(/\p{Script=Greek}+/u.exec(line)[0], [..."日本語"].reverse().join(""));
