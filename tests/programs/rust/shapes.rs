// A part of 26-module.rs.
pub struct Shape {
    pub width: f64,
    pub height: f64,
}

impl Shape {
    pub const fn area(&self) -> f64 {
        self.width * self.height
    }
}
