// A promise that fails with nobody waiting ends the program, not what was printed before.
console.log("before");
void Promise.reject(new Error("nobody waits for this"));
setTimeout(() => console.log("this is not reached"), 1000);
