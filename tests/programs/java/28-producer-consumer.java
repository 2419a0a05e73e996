import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

class ProducerConsumer {
  private static final int END = -1;

  public static void main(String[] args) throws InterruptedException {
    BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(10);
    var sum = new AtomicLong();
    var done = new CountDownLatch(3);
    for (int consumer = 0; consumer < 3; consumer++) {
      new Thread(() -> {
        try {
          for (int item = queue.take(); item != END; item = queue.take()) sum.addAndGet(item);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
        }
        done.countDown();
      }).start();
    }
    for (int item = 1; item <= 5000; item++) queue.put(item);
    for (int consumer = 0; consumer < 3; consumer++) queue.put(END);
    done.await();
    System.out.println("sum " + sum + ", left " + queue.size());
  }
}
