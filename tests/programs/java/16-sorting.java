import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

class Sorting {
  record Person(String name, int age) {}

  static void quick(int[] numbers, int low, int high) {
    if (low >= high) return;
    int pivot = numbers[(low + high) >>> 1], left = low, right = high;
    while (left <= right) {
      while (numbers[left] < pivot) left++;
      while (numbers[right] > pivot) right--;
      if (left <= right) {
        int held = numbers[left];
        numbers[left++] = numbers[right];
        numbers[right--] = held;
      }
    }
    quick(numbers, low, right);
    quick(numbers, left, high);
  }

  public static void main(String[] args) {
    int[] numbers = new Random(7).ints(100_000).toArray();
    int[] same = numbers.clone();
    quick(numbers, 0, numbers.length - 1);
    Arrays.parallelSort(same);
    System.out.println(Arrays.equals(numbers, same) + " " + numbers[0] + " " + numbers[99_999]);
    List<Person> people =
        new ArrayList<>(List.of(new Person("Ada", 36), new Person("Bo", 20), new Person("Cy", 36), new Person("Di", 20)));
    people.sort(Comparator.comparingInt(Person::age).reversed());
    System.out.println(people);
  }
}
