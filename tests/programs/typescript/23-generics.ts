// Types that compute: they are gone when it runs, and the program is as they said.
type Split<S extends string, D extends string> = S extends `${infer Head}${D}${infer Tail}`
  ? [Head, ...Split<Tail, D>]
  : [S];
type Parameters<Path extends string> = {
  [Part in Split<Path, "/">[number] as Part extends `:${infer Name}` ? Name : never]: string;
};

function fill<const Path extends string>(path: Path, values: Parameters<Path>): string {
  const known = new Map<string, string>(Object.entries(values));
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(known.get(name) ?? ""));
}
console.log(fill("/users/:user/files/:file", { user: "ada", file: "a b" }));

abstract class Shape {
  abstract area(): number;
  describe(this: this & { name: string }): string {
    return `${this.name}: ${this.area().toFixed(2)}`;
  }
}
class Circle extends Shape {
  readonly name = "circle";
  readonly #radius: number;
  constructor(radius: number) {
    super();
    this.#radius = radius;
  }
  override area(): number {
    return Math.PI * this.#radius ** 2;
  }
}
console.log(new Circle(2).describe());

function parse(input: string): number;
function parse(input: string, radix: number): bigint;
function parse(input: string, radix?: number): number | bigint {
  return radix === undefined ? Number(input) : BigInt(Number.parseInt(input, radix));
}
console.log(parse("12"), parse("ff", 16));
const frozen = { list: [1, 2], deep: { on: true } } as const;
console.log(frozen.list.at(-1)!, (<T>(value: T): T => value)(frozen.deep).on);
