import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;

class VirtualThreads {
  public static void main(String[] args) throws Exception {
    var sum = new LongAdder();
    try (var each = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int task = 1; task <= 10_000; task++) {
        int number = task;
        each.submit(() -> {
          Thread.sleep(Duration.ofMillis(10));
          sum.add(number);
          return null;
        });
      }
    }
    System.out.println("sum " + sum);
    Thread named = Thread.ofVirtual().name("one").start(() -> System.out.println(Thread.currentThread().isVirtual()));
    named.join();
  }
}
