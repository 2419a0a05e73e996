// A program that cannot be parsed never starts.
console.log("this is not reached");
interface Broken {
  name: string
const value: Broken = { name: "x" };
