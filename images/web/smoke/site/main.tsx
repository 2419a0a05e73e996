/** @jsxRuntime classic */
/** @jsx element */
import { element } from "./parts/element.ts";

enum Limit {
  Squares = 4,
}

const list = document.createElement("ul");
list.className = "squares";
for (let number = 0; number < Limit.Squares; number++) list.append(<li>{String(number ** 2)}</li>);
document.body.append(list);
