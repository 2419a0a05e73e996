package superos;

import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/** Runs a compiled script: `superos.ScriptRunner CLASS ARGUMENT...`. Its top level is its constructor; what that throws is thrown here. */
public final class ScriptRunner {
  private ScriptRunner() {}

  public static void main(String[] arguments) throws Throwable {
    String[] own = Arrays.copyOfRange(arguments, 1, arguments.length);
    try {
      Class.forName(arguments[0]).getConstructor(String[].class).newInstance((Object) own);
    } catch (InvocationTargetException wrapped) {
      throw wrapped.getCause();
    }
  }
}
