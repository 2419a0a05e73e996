package org.greeter.words;

public final class Words {
  public static final String HELLO = "hello";

  private Words() {}
}
