// Classes with private parts, generators, destructuring, tagged templates, proxies, dates of iterators.
class Account {
  static #count = 0;
  #balance;
  constructor(balance = 0) {
    this.#balance = balance;
    Account.#count += 1;
  }
  get balance() {
    return this.#balance;
  }
  static get count() {
    return Account.#count;
  }
  static is = (thing) => #balance in thing;
}
const accounts = [new Account(5), new Account()];
console.log(accounts[0].balance, Account.count, Account.is({}), Account.is(accounts[1]));

function* fibonacci() {
  for (let [a, b] = [0, 1]; ; [a, b] = [b, a + b]) yield a;
}
console.log(
  fibonacci()
    .filter((n) => n % 2 === 0)
    .take(6)
    .toArray()
    .join(),
);
const { a, ...others } = { a: 1, b: 2, c: { d: [3, 4] } };
const {
  c: {
    d: [, last],
  },
} = others;
console.log(a, others, last ?? "none", others?.x?.y?.());

const tag = (strings, ...values) => strings.raw.join("|") + values.join("&");
console.log(tag`one ${1} \n two ${2}`);
const loud = new Proxy({}, { get: (_, key) => `${String(key)}!` });
console.log(loud.hello, [..."ab"].entries().toArray(), "2024-01-02".match(/(?<year>\d+)-(?<month>\d+)/).groups.month);
label: for (const x of [1, 2, 3])
  for (const y of [1, 2, 3])
    if (x * y === 6) {
      console.log(x, y);
      break label;
    }
