import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/** Numbers the lines of stdin, which ends without a newline. */
class NumberLines {
  public static void main(String[] args) throws IOException {
    var lines = new BufferedReader(new InputStreamReader(System.in));
    int number = 0;
    for (String line; (line = lines.readLine()) != null; ) {
      System.out.printf("%3d  %s%n", ++number, line);
    }
    System.out.println(number + " lines");
  }
}
