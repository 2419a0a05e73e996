/* The digital pins of an Uno: 0 to 7 are port D, 8 to 13 port B, A0 to A5 port C. */
#include "board.h"
#include <avr_ioport.h>
#include <stdio.h>

struct pin {
  avr_t *avr;
  char name[12];
  uint32_t level;
};

static void on_change(avr_irq_t *irq, uint32_t value, void *watched) {
  struct pin *pin = watched;
  if ((value & 1) == pin->level) return;
  pin->level = value & 1;
  double seconds = (double)pin->avr->cycle / pin->avr->frequency;
  fprintf(stderr, "[%.3f s] pin %s is %s\n", seconds, pin->name, pin->level ? "high" : "low");
}

void pins_watch(avr_t *avr) {
  static struct pin pins[20];
  for (int number = 0; number < 20; number++) {
    char port = number < 8 ? 'D' : number < 14 ? 'B' : 'C';
    int bit = number < 8 ? number : number < 14 ? number - 8 : number - 14;
    struct pin *pin = &pins[number];
    pin->avr = avr;
    if (port == 'C') snprintf(pin->name, sizeof pin->name, "A%d", bit);
    else snprintf(pin->name, sizeof pin->name, "%d", number);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(port), bit), on_change, pin);
  }
}
