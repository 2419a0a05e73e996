// Several files in packages: run this one, and the compiler finds the others. Prints `hello, box` and exits 0.
package org.greeter;

import org.greeter.words.Words;

public class Main {
  public static void main(String[] arguments) {
    System.out.println(new Greeting(Words.HELLO).to("box"));
  }
}
