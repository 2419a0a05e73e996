// A process that ends itself by a signal has no exit code.
const name: NodeJS.Signals = "SIGTERM";
console.log("going");
process.kill(process.pid, name);
setInterval((): void => undefined, 1000);
