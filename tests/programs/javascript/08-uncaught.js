// An uncaught error with its cause: both are shown, with the place.
const accounts = { a: { amount: 1 } };
function balance(name) {
  try {
    return accounts[name].amount;
  } catch (cause) {
    throw new Error("the books do not add up", { cause });
  }
}

console.log(balance("a"));
balance("b");
