// Long and floating arithmetic, String and EEPROM, which is of the core's libraries. Prints four lines and exits 0.
#include <EEPROM.h>

void setup() {
  Serial.begin(1000000);
  uint32_t product = 1;
  for (uint32_t each = 2; each <= 12; each++) product *= each;
  Serial.println(product);
  Serial.println(sqrt(2.0), 5);
  Serial.println(String("a") + String(0.1 + 0.2, 3));
  EEPROM.put(10, 1234567L);
  long kept = 0;
  Serial.println(EEPROM.get(10, kept));
  Serial.flush();
  exit(0);
}

void loop() {}
