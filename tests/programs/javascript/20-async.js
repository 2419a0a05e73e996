// Tasks overlap: whoever sleeps least is done first; what is cancelled says so.
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

const lengths = (await text(process.stdin)).trim().split("\n").map(Number);
await Promise.all(lengths.map((length) => sleep(length * 60).then(() => console.log(length))));

const settled = await Promise.allSettled([sleep(1, "done"), Promise.reject(new Error("no"))]);
console.log(settled.map(({ status }) => status).join());
const stop = AbortSignal.timeout(30);
try {
  await sleep(60_000, undefined, { signal: stop });
} catch (error) {
  console.log(error.name, stop.reason.name);
}
console.log(await Promise.race([sleep(500, "slow", { ref: false }), sleep(5, "fast")]));
