/** What is to be run cannot be; the message is for stderr, and empty where the compiler has already written its own. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1;

  Refusal(String message) {
    super(message);
  }
}
