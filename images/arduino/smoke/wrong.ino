// Does not compile: `led` is declared nowhere. The build fails and the message names line 3 of this file.
void setup() {
  digitalWrite(led, HIGH);
}

void loop() {}
