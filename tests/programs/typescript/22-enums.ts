// What is more than types and still needs no build: enums, namespaces with values, parameter properties.
enum Colour {
  Red,
  Green = "Red".length,
  Blue = Green + 1,
}
const enum Size {
  Small = "S",
  Large = "L",
}
namespace Geometry {
  export const origin: Point = { x: 0, y: 0 };
  export interface Point {
    x: number;
    y: number;
  }
  export function distance(a: Point, b: Point = origin): number {
    return Math.hypot(a.x - b.x, a.y - b.y);
  }
}
class Shirt {
  constructor(
    readonly colour: Colour,
    private readonly size: Size,
    public price = 10,
  ) {}

  get label(): string {
    return `${Colour[this.colour]}-${this.size}`;
  }
}

console.log(Colour.Green, Colour.Blue, Colour[0], Object.keys(Colour).length);
console.log(new Shirt(Colour.Blue, Size.Large).label, new Shirt(Colour.Red, Size.Small).price);
console.log(Geometry.distance({ x: 3, y: 4 }));
