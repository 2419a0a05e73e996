// A process that ends itself by a signal has no exit code.
console.log("going");
process.kill(process.pid, "SIGTERM");
setInterval(() => {}, 1000);
