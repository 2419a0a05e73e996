pub fn half(number: i32) -> i32 {
    number / 2
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn half_of_four_is_two() {
        assert_eq!(half(4), 2);
    }

    #[test]
    fn half_of_three_is_two() {
        assert_eq!(half(3), 2);
    }
}
