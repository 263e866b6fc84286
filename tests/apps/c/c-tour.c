// What a C program meets: variables, arguments, standard streams, files, the clock, chance, and an exit code.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
  for (char **variable = environ; *variable; variable++) printf("%s\n", *variable);
  printf("%d arguments\n", argc);
  for (int i = 1; i < argc; i++) printf("argument %s\n", argv[i]);
  char line[100];
  if (fgets(line, sizeof line, stdin)) printf("input %s", line);
  else printf("no input\n");
  FILE *file = fopen("/etc/passwd", "r");
  printf("open %s\n", file ? "works" : strerror(errno));
  printf("terminal %d\n", isatty(1));
  if (getenv("CLOCK")) {
    struct timespec at;
    printf("clock %d\n", clock_gettime(CLOCK_MONOTONIC, &at));
  }
  if (getenv("ENTROPY")) {
    unsigned char bytes[8];
    printf("entropy %d\n", getentropy(bytes, sizeof bytes));
  }
  fprintf(stderr, "to standard error\n");
  return getenv("CODE") ? atoi(getenv("CODE")) : 0;
}
