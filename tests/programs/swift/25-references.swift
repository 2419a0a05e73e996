// Objects go when the last strong reference goes; weak ones are nil then.
final class Named {
  let name: String
  weak var friend: Named?
  init(_ name: String) { self.name = name }
  deinit { print("\(name) is gone") }
}

func meet() -> Named? {
  let ada = Named("Ada")
  let grace = Named("Grace")
  ada.friend = grace
  grace.friend = ada
  print(ada.friend?.name ?? "nobody")
  return grace
}

var kept = meet()
print(kept?.friend?.name ?? "nobody")
kept = nil
print("end")
