import java.util.ArrayList;
import java.util.List;

/** The heap has an end before the box has: an uncaught error with the program's own exit code. */
class OutOfMemory {
  public static void main(String[] args) {
    List<long[]> held = new ArrayList<>();
    System.out.println("filling");
    while (true) held.add(new long[1 << 20]);
  }
}
