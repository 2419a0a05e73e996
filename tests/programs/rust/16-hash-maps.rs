// A hash map with a key type of its own, entries, and sets.
use std::collections::{HashMap, HashSet};

#[derive(Hash, PartialEq, Eq, Clone, Copy)]
struct Point(i32, i32);

fn main() {
    let mut grid = HashMap::new();
    for x in 0..300 {
        for y in 0..300 {
            grid.insert(Point(x, y), x ^ y);
        }
    }
    grid.retain(|_, value| *value % 2 == 0);
    println!("{} {:?} {:?}", grid.len(), grid.get(&Point(10, 12)), grid.get(&Point(1, 2)));
    let evens: HashSet<i32> = (0..20).step_by(2).collect();
    let threes: HashSet<i32> = (0..20).step_by(3).collect();
    let mut both: Vec<_> = evens.intersection(&threes).collect();
    both.sort();
    println!("{both:?}");
}
