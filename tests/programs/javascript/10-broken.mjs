// A program that cannot be parsed never starts.
console.log("this is not reached");
const part = "a";
const part = "b";
