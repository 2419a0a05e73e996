// A calculator in reverse Polish notation, with errors of its own type.
use std::fmt;
use std::io::{self, BufRead};

enum Wrong {
    Few,
    Many(usize),
    Word(String),
    Zero,
}

impl fmt::Display for Wrong {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Wrong::Few => write!(to, "too few numbers"),
            Wrong::Many(left) => write!(to, "{left} numbers are left"),
            Wrong::Word(word) => write!(to, "what is {word}?"),
            Wrong::Zero => write!(to, "division by zero"),
        }
    }
}

fn compute(line: &str) -> Result<i64, Wrong> {
    let mut stack = Vec::new();
    for word in line.split_whitespace() {
        if let Ok(number) = word.parse::<i64>() {
            stack.push(number);
            continue;
        }
        let (Some(b), Some(a)) = (stack.pop(), stack.pop()) else { return Err(Wrong::Few) };
        stack.push(match word {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a.checked_div(b).ok_or(Wrong::Zero)?,
            _ => return Err(Wrong::Word(word.into())),
        });
    }
    if stack.len() == 1 { Ok(stack[0]) } else { Err(Wrong::Many(stack.len())) }
}

fn main() -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        match compute(&line?) {
            Ok(number) => println!("{number}"),
            Err(wrong) => println!("wrong: {wrong}"),
        }
    }
    Ok(())
}
