class Uncaught {
  static class OrderException extends RuntimeException {
    OrderException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  static int quantity(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException cause) {
      throw new OrderException("no quantity: " + text, cause);
    }
  }

  public static void main(String[] args) {
    System.out.println(quantity("12"));
    System.out.println(quantity("a dozen"));
  }
}
