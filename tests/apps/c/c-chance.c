// Prints what differs from run to run: both clocks, random bytes, and the names in the directories that the arguments name, in
// the order they come.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void clock_says(const char *name, clockid_t clock) {
  struct timespec at;
  if (clock_gettime(clock, &at)) printf("%s: %s\n", name, strerror(errno));
  else printf("%s %lld.%09ld\n", name, (long long)at.tv_sec, at.tv_nsec);
}

int main(int argc, char **argv) {
  clock_says("wall", CLOCK_REALTIME);
  clock_says("monotonic", CLOCK_MONOTONIC);
  clock_says("monotonic", CLOCK_MONOTONIC);
  unsigned char bytes[16];
  if (getentropy(bytes, sizeof bytes)) printf("bytes: %s\n", strerror(errno));
  else {
    printf("bytes ");
    for (size_t i = 0; i < sizeof bytes; i++) printf("%02x", bytes[i]);
    printf("\n");
  }
  printf("arc4random %08x\n", arc4random());
  for (int i = 1; i < argc; i++) {
    printf("names %s:", argv[i]);
    DIR *directory = opendir(argv[i]);
    if (!directory) printf(" %s", strerror(errno));
    else {
      for (struct dirent *entry; (entry = readdir(directory));) printf(" %s", entry->d_name);
      closedir(directory);
    }
    printf("\n");
  }
}
