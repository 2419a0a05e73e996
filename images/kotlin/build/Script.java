import java.lang.reflect.InvocationTargetException;

/** Runs a compiled script: `Script CLASS ARGUMENT...`. Its top level is its constructor; what that throws is thrown here. */
public final class Script {
  private Script() {}

  public static void main(String[] arguments) throws Throwable {
    String[] own = java.util.Arrays.copyOfRange(arguments, 1, arguments.length);
    try {
      Class.forName(arguments[0]).getConstructor(String[].class).newInstance((Object) own);
    } catch (InvocationTargetException wrapped) {
      throw wrapped.getCause();
    }
  }
}
