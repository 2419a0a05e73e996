// A promise that fails with nobody waiting ends the program, not what was printed before.
const fail = async (): Promise<never> => {
  throw new RangeError("nobody waits for this");
};
console.log("before");
void fail();
setTimeout((): void => console.log("this is not reached"), 1000);
