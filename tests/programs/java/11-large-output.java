import java.io.BufferedOutputStream;
import java.io.PrintStream;

/** About three megabytes, whose every line says where it stands. */
class LargeOutput {
  public static void main(String[] args) {
    var out = new PrintStream(new BufferedOutputStream(System.out, 1 << 16));
    long state = 1;
    for (int line = 0; line < 60_000; line++) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      out.print(line + ": the generator says " + Long.toHexString(state) + "\n");
    }
    out.flush();
  }
}
