package org.example.tools;

/** A package whose folders are not there, two types in the file, and main in an interface. */
interface InAPackage {
  static void main(String[] args) throws Exception {
    System.out.println(InAPackage.class.getName() + " " + Helper.twice(21));
    Object lock = new Object();
    Thread failing = new Thread(() -> {
      throw new IllegalStateException("only this thread ends");
    });
    failing.start();
    failing.join();
    synchronized (lock) {
      lock.notifyAll();
    }
    System.out.println("main goes on");
  }
}

final class Helper {
  static int twice(int number) {
    return number * 2;
  }
}
