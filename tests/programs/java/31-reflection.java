import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Comparator;

/** A test runner of twenty lines, and a proxy. The suite has one failure, so the exit code is 1. */
class Reflection {
  @Retention(RetentionPolicy.RUNTIME)
  @interface Test {}

  public static class Suite {
    @Test public void adds() { if (1 + 1 != 2) throw new AssertionError(); }
    @Test public void divides() { System.out.println(1 / Integer.parseInt("0")); }
    public void helper() {}
  }

  interface Greeter { String greet(String name); }

  public static void main(String[] args) throws Exception {
    Greeter greeter = (Greeter) Proxy.newProxyInstance(Greeter.class.getClassLoader(), new Class<?>[] {Greeter.class},
        (self, method, values) -> method.getName() + " " + values[0]);
    System.out.println(greeter.greet("proxy"));
    int failures = 0;
    var methods = Arrays.stream(Suite.class.getDeclaredMethods()).filter(m -> m.isAnnotationPresent(Test.class));
    for (Method method : methods.sorted(Comparator.comparing(Method::getName)).toList()) {
      try {
        method.invoke(new Suite());
        System.out.println("ok " + method.getName());
      } catch (InvocationTargetException thrown) {
        System.out.println("failed " + method.getName() + ": " + thrown.getCause().getMessage());
        failures++;
      }
    }
    System.exit(failures);
  }
}
