// Sorts by several keys, keeps the order of equals, and searches.
#[derive(Debug, Clone, PartialEq)]
struct Person {
    name: &'static str,
    age: u32,
}

fn main() {
    let mut people = [("Ada", 36), ("Grace", 85), ("Edsger", 72), ("Alan", 41), ("Barbara", 72)].map(|(name, age)| Person { name, age });
    people.sort_by(|a, b| b.age.cmp(&a.age));
    for Person { name, age } in &people {
        println!("{name:>8} {age:3}");
    }
    people.sort_unstable_by_key(|person| person.name);
    println!("{:?}", people.binary_search_by_key(&"Edsger", |person| person.name));
    let mut floats = [2.5, -1.0, f64::INFINITY, 0.0];
    floats.sort_by(f64::total_cmp);
    println!("{floats:?}");
}
