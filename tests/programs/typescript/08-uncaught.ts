// An uncaught error of a class of its own. Its places are those of the source: types are gone, lines are not.
interface Account {
  amount: number;
}

class LedgerError extends Error {
  override readonly name = "LedgerError";
  constructor(
    message: string,
    readonly account: string,
  ) {
    super(message);
  }
}
function balance(accounts: Readonly<Record<string, Account>>, name: string): number {
  const account = accounts[name];
  if (account === undefined) throw new LedgerError("the books do not add up", name);
  return account.amount;
}

const accounts: Record<string, Account> = { a: { amount: 1 } };
console.log(balance(accounts, "a"));
console.log(balance(accounts, "b"));
