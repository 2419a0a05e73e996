// Does not compile: a case is forgotten.
enum Light {
  case red, yellow, green
}

let light = CommandLine.argc > 1 ? Light.red : .green

func mayGo(_ light: Light) -> Bool {
  switch light {
  case .red: return false
  case .green: return true
  }
}
print(mayGo(light))
