package org.greeter;

record Greeting(String word) {
  String to(String name) {
    return word + ", " + name;
  }
}
