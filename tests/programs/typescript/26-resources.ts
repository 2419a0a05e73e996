// Resources that are given back at the end of their block, in reverse order, whatever happens in it.
class Resource implements Disposable, AsyncDisposable {
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
    console.log("open", name);
  }
  [Symbol.dispose](): void {
    console.log("close", this.#name);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
    console.log("close later", this.#name);
  }
}

function work(): number {
  using stack = new DisposableStack();
  stack.use(new Resource("a"));
  stack.defer(() => console.log("deferred"));
  stack.use(new Resource("b"));
  return 7;
}
console.log(work());
try {
  const stack = new AsyncDisposableStack();
  stack.use(new Resource("c"));
  await stack.disposeAsync();
  throw new Error("after");
} catch (error: unknown) {
  console.log(error instanceof Error && error.message, new Resource("d") instanceof Resource);
}
