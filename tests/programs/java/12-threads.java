import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** Counts primes in parts, in eight threads. */
class Threads {
  static boolean prime(int number) {
    return number > 1 && IntStream.rangeClosed(2, (int) Math.sqrt(number)).noneMatch(divisor -> number % divisor == 0);
  }

  public static void main(String[] args) throws Exception {
    try (var pool = Executors.newFixedThreadPool(8)) {
      var parts = new ArrayList<Callable<Long>>();
      for (int from = 0; from < 100_000; from += 10_000) {
        int first = from;
        parts.add(() -> IntStream.range(first, first + 10_000).filter(Threads::prime).count());
      }
      long all = 0;
      for (Future<Long> part : pool.invokeAll(parts)) {
        System.out.print(part.get() + " ");
        all += part.get();
      }
      System.out.println("= " + all);
    }
  }
}
