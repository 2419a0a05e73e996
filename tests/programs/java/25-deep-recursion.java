/** Running out of stack is an exception that a program survives, and a thread may ask for a larger one. */
class DeepRecursion {
  static long depth(long from) {
    return from == 0 ? 0 : 1 + depth(from - 1);
  }

  static int endless(int count) {
    return endless(count + 1) + 1;
  }

  public static void main(String[] args) throws InterruptedException {
    try {
      endless(0);
    } catch (StackOverflowError error) {
      System.out.println("caught " + error.getClass().getSimpleName());
    }
    var thread = new Thread(null, () -> System.out.println(depth(200_000)), "deep", 64 << 20);
    thread.start();
    thread.join();
  }
}
