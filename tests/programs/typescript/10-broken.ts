// A program that cannot be parsed never starts.
console.log("this is not reached");
let part: string = "a";
const part: string = "b";
