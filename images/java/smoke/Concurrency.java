// Platform threads, virtual threads, a subprocess and a loopback socket work inside the box. Prints `ok` and exits 0.
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

public class Concurrency {
  public static void main(String[] arguments) throws Exception {
    var count = new AtomicInteger();
    try (var pool = Executors.newFixedThreadPool(8)) {
      for (int task = 0; task < 100; task++) pool.submit(count::incrementAndGet);
    }
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int task = 0; task < 1000; task++) pool.submit(count::incrementAndGet);
    }
    if (count.get() != 1100) throw new IllegalStateException("tasks: " + count);

    var child = new ProcessBuilder("sh", "-c", "exit 3").start();
    if (child.waitFor() != 3) throw new IllegalStateException("child: " + child.exitValue());

    try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var near = new Socket(listener.getInetAddress(), listener.getLocalPort());
        var far = listener.accept()) {
      near.getOutputStream().write(42);
      if (far.getInputStream().read() != 42) throw new IllegalStateException("socket");
    }
    System.out.println("ok");
  }
}
