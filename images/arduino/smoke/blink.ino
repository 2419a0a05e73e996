// Blinks three times in three tenths of a second, then sleeps with interrupts off, which ends it with exit code 0.
// With the argument --pins, stderr says when pin 13 goes high and low.
#include <avr/sleep.h>

void setup() {
  pinMode(LED_BUILTIN, OUTPUT);
  for (int count = 0; count < 3; count++) {
    digitalWrite(LED_BUILTIN, HIGH);
    delay(50);
    digitalWrite(LED_BUILTIN, LOW);
    delay(50);
  }
  cli();
  sleep_enable();
  sleep_cpu();
}

void loop() {}
