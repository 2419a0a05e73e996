"""Found by `python3 -m unittest` and by `python3 -m pytest -p no:cacheprovider` alike: two tests pass, exit code 0."""

import unittest


class Sums(unittest.TestCase):
    def test_a_sum_of_nothing_is_zero(self):
        self.assertEqual(sum([]), 0)

    def test_a_sum_does_not_depend_on_order(self):
        self.assertEqual(sum([1, 2, 3]), sum([3, 1, 2]))


if __name__ == "__main__":
    unittest.main()
