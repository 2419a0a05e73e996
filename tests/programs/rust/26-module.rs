// Uses a module that is another file of the project, and computes while compiling.
mod shapes;

use shapes::Shape;

const SQUARE: Shape = Shape { width: 3.0, height: 3.0 };
const AREA: f64 = SQUARE.area();

fn main() {
    println!("{AREA} {}", Shape { width: 2.5, height: 4.0 }.area());
}
