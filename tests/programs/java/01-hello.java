class Hello {
  public static void main(String[] args) {
    System.out.println("Hello from " + System.getProperty("java.vm.specification.name"));
  }
}
