// Serial in and out: each line comes back turned round. "end" ends it with exit code 7.
void setup() {
  Serial.begin(115200);
  Serial.setTimeout(10000);
  Serial.println(F("ready"));
}

void loop() {
  if (!Serial.available()) return;
  String line = Serial.readStringUntil('\n');
  if (line == "end") finish(7);
  for (int at = line.length() - 1; at >= 0; at--) Serial.print(line[at]);
  Serial.println();
}

// Used above before it is declared: the builder adds the declaration.
void finish(int code) {
  Serial.print(F("after some milliseconds: "));
  Serial.println(millis() > 0 ? F("yes") : F("no"));
  Serial.flush();
  exit(code);
}
