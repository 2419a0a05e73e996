// Protocols with associated types, generics, and result builders.
protocol Shape {
  var area: Double { get }
}

struct Square: Shape {
  let side: Double
  var area: Double { side * side }
}

struct Circle: Shape {
  let radius: Double
  var area: Double { 3 * radius * radius }
}

@resultBuilder
enum Shapes {
  static func buildBlock(_ parts: any Shape...) -> [any Shape] { parts }
}

func total(@Shapes _ make: () -> [any Shape]) -> Double { make().map(\.area).reduce(0, +) }

func largest<Element: Shape>(of shapes: some Collection<Element>) -> Element? { shapes.max { $0.area < $1.area } }

print(total { Square(side: 2); Circle(radius: 1); Square(side: 1.5) })
print(largest(of: [Square(side: 1), Square(side: 4), Square(side: 3)])?.side ?? 0)
