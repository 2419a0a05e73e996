// Handles a signal that it sends to itself, and a timer's.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t seen[65];

static void note(int number) { seen[number]++; }

int main(void) {
  struct sigaction action = {.sa_handler = note};
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGALRM, &action, NULL);
  raise(SIGUSR1);
  raise(SIGUSR1);
  setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {.tv_usec = 20000}}, NULL);
  while (!seen[SIGALRM]) pause();
  printf("%s twice: %s, the alarm once: %s\n", strsignal(SIGUSR1), seen[SIGUSR1] == 2 ? "yes" : "no",
         seen[SIGALRM] == 1 ? "yes" : "no");
}
