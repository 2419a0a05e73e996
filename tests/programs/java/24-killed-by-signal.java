import java.util.concurrent.TimeUnit;

class KilledBySignal {
  public static void main(String[] args) throws Exception {
    System.out.println("goodbye");
    new ProcessBuilder("sh", "-c", "kill -KILL " + ProcessHandle.current().pid()).start().waitFor();
    TimeUnit.SECONDS.sleep(30);
    System.out.println("never");
  }
}
