import fc from "fast-check";

/**
 * The seed and the length of a fuzz run. The seed is said before the first request, and makes the same requests again:
 * SUPEROS_FUZZ_SEED names it, SUPEROS_FUZZ_RUNS how many requests each test makes, SUPEROS_NIGHTLY=1 makes many more.
 */

function wholeNumber(name: string, otherwise: number): number {
  const text = process.env[name] ?? "";
  if (text !== "" && !/^\d{1,9}$/.test(text)) throw new Error(`${name} is not a whole number: ${text}`);
  return text === "" ? otherwise : Number(text);
}

export const nightly = process.env["SUPEROS_NIGHTLY"] === "1";
export const seed = wholeNumber("SUPEROS_FUZZ_SEED", Math.floor(Math.random() * 1e9));
export const timeout = nightly ? 3_600_000 : 240_000;

export const runs = (usual: number): number => wholeNumber("SUPEROS_FUZZ_RUNS", nightly ? usual * 50 : usual);

export const sayHow = (what: string): void =>
  void process.stderr.write(`==> fuzzing ${what}: SUPEROS_FUZZ_SEED=${seed} makes the same requests again\n`);

/** So many values of the seed. What is made when is not shrunk: each request changes what the next one meets. */
export const sample = <T>(arbitrary: fc.Arbitrary<T>, usual: number): T[] =>
  fc.sample(arbitrary, { seed, numRuns: runs(usual) });
