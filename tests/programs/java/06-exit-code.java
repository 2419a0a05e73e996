class ExitCode {
  public static void main(String[] args) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("the hook runs")));
    try {
      System.out.println("before");
      System.exit(42);
    } finally {
      System.out.println("never");
    }
  }
}
