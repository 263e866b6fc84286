// What a C program does with files: every mode of fopen, POSIX calls, and the errors that both give. Asserts for itself, in
// the folder `work` that it makes in /data (or in its argument) and takes away at the end. Left out is what the preview 1
// adapters or wasi-libc do unlike POSIX: `open("")`, fsync of directories, pread of nothing, posix_fallocate, rmdir("x/").
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char *test = "start";

static void fail(int line, const char *what) {
  printf("FAILED %s: %s (line %d, errno %d %s)\n", test, what, line, errno, strerror(errno));
  exit(1);
}

#define CHECK(condition) ((condition) ? (void)0 : fail(__LINE__, #condition))
#define FAILS(call, error) \
  do { \
    errno = 0; \
    if ((call) >= 0) fail(__LINE__, #call " does not fail"); \
    if (errno != (error)) fail(__LINE__, #call " is not " #error); \
  } while (0)
#define FAILS_NULL(call, error) FAILS((call) ? 0 : -1, error)

static void put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  CHECK(fd >= 0);
  CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
  CHECK(close(fd) == 0);
}

// Compares a file with a text, which may hold zeroes.
static int has(const char *path, const char *text, size_t len) {
  char found[300];
  int fd = open(path, O_RDONLY);
  CHECK(fd >= 0);
  ssize_t got = read(fd, found, sizeof found);
  CHECK(close(fd) == 0);
  return got == (ssize_t)len && memcmp(found, text, len) == 0;
}
#define HAS(path, text) CHECK(has(path, text, sizeof(text) - 1))

static off_t size_of(const char *path) {
  struct stat is;
  CHECK(stat(path, &is) == 0);
  return is.st_size;
}

static void fopen_modes(void) {
  char text[20];
  FAILS_NULL(fopen("none", "r"), ENOENT);
  FAILS_NULL(fopen("none", "r+"), ENOENT);

  FILE *file = fopen("modes", "w");
  CHECK(file && fputs("abcdef", file) >= 0 && ftell(file) == 6);
  CHECK(fgetc(file) == EOF && ferror(file));  // Not for reading.
  CHECK(fclose(file) == 0);
  HAS("modes", "abcdef");

  file = fopen("modes", "r");
  CHECK(file && fgets(text, sizeof text, file) && strcmp(text, "abcdef") == 0 && fgetc(file) == EOF && feof(file));
  rewind(file);
  CHECK(fgetc(file) == 'a' && ungetc('z', file) == 'z' && fgetc(file) == 'z' && fgetc(file) == 'b');
  CHECK(fputc('x', file) == EOF || fflush(file) == EOF);  // Not for writing.
  fclose(file);
  HAS("modes", "abcdef");

  file = fopen("modes", "r+");
  CHECK(file && fputs("AB", file) >= 0 && fseek(file, 0, SEEK_CUR) == 0 && fgetc(file) == 'c');
  CHECK(fseek(file, -1, SEEK_END) == 0 && fputc('F', file) == 'F' && fclose(file) == 0);
  HAS("modes", "ABcdeF");

  file = fopen("modes", "a");
  CHECK(file && fputs("g", file) >= 0 && fseek(file, 0, SEEK_SET) == 0 && fputs("h", file) >= 0 && fclose(file) == 0);
  HAS("modes", "ABcdeFgh");

  file = fopen("modes", "a+");
  CHECK(file && fseek(file, 0, SEEK_SET) == 0 && fgetc(file) == 'A');
  CHECK(fseek(file, 0, SEEK_CUR) == 0 && fputs("i", file) >= 0);
  CHECK(fseek(file, 0, SEEK_SET) == 0 && fgets(text, sizeof text, file) && strcmp(text, "ABcdeFghi") == 0);
  CHECK(fclose(file) == 0);

  file = fopen("modes", "w+");
  CHECK(file && fputs("123", file) >= 0 && fseek(file, 1, SEEK_SET) == 0 && fgetc(file) == '2' && fclose(file) == 0);
  HAS("modes", "123");

  FAILS_NULL(fopen("modes", "wx"), EEXIST);
  file = fopen("fresh", "wx");
  CHECK(file && fclose(file) == 0 && size_of("fresh") == 0 && remove("fresh") == 0);

  // freopen, formatted text, and more than a buffer of it.
  file = fopen("lines", "w");
  CHECK(file);
  for (int line = 0; line < 3000; line++) CHECK(fprintf(file, "line %d\n", line) > 0);
  file = freopen("lines", "r", file);
  CHECK(file);
  for (int line = 0, found; line < 3000; line++) CHECK(fscanf(file, "line %d\n", &found) == 1 && found == line);
  fpos_t start;
  rewind(file);
  CHECK(fgetpos(file, &start) == 0 && fgetc(file) == 'l' && fsetpos(file, &start) == 0 && fgetc(file) == 'l');
  CHECK(fclose(file) == 0 && remove("lines") == 0 && remove("modes") == 0);
}

static void seeking(void) {
  FILE *file = fopen("gap", "w+");
  CHECK(file && fputs("ab", file) >= 0 && fseek(file, 5, SEEK_SET) == 0 && ftell(file) == 5);
  CHECK(fflush(file) == 0 && size_of("gap") == 2);  // Seeking alone makes nothing longer.
  CHECK(fgetc(file) == EOF && fseek(file, 5, SEEK_SET) == 0 && fputs("f", file) >= 0 && fclose(file) == 0);
  HAS("gap", "ab\0\0\0f");

  int fd = open("gap", O_RDWR);
  CHECK(fd >= 0 && lseek(fd, 0, SEEK_END) == 6 && lseek(fd, -2, SEEK_CUR) == 4 && lseek(fd, 100, SEEK_END) == 106);
  char byte;
  CHECK(read(fd, &byte, 1) == 0);
  FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
  FAILS(lseek(fd, -200, SEEK_END), EINVAL);
  CHECK(lseek(fd, 0, SEEK_CUR) == 106);  // A failed seek moves nothing.
  CHECK(close(fd) == 0 && unlink("gap") == 0);
}

static void truncating(void) {
  put("cut", "abcdef");
  int fd = open("cut", O_RDWR);
  CHECK(fd >= 0 && lseek(fd, 4, SEEK_SET) == 4 && ftruncate(fd, 2) == 0);
  HAS("cut", "ab");
  CHECK(lseek(fd, 0, SEEK_CUR) == 4 && write(fd, "e", 1) == 1);
  HAS("cut", "ab\0\0e");
  CHECK(ftruncate(fd, 7) == 0);
  HAS("cut", "ab\0\0e\0\0");
  FAILS(ftruncate(fd, -1), EINVAL);
  CHECK(close(fd) == 0 && truncate("cut", 1) == 0);
  HAS("cut", "a");
  fd = open("cut", O_RDONLY);
  CHECK(ftruncate(fd, 0) == -1 && (errno == EINVAL || errno == EBADF));  // POSIX has both.
  CHECK(close(fd) == 0);
  fd = open("cut", O_WRONLY | O_TRUNC);
  CHECK(fd >= 0 && size_of("cut") == 0 && close(fd) == 0);
  CHECK(unlink("cut") == 0);
}

static void at_offsets(void) {
  int fd = open("at", O_RDWR | O_CREAT, 0644);
  char text[8] = "";
  CHECK(fd >= 0 && pwrite(fd, "abcdef", 6, 0) == 6 && pwrite(fd, "CD", 2, 2) == 2 && lseek(fd, 0, SEEK_CUR) == 0);
  CHECK(pread(fd, text, 3, 1) == 3 && memcmp(text, "bCD", 3) == 0 && lseek(fd, 0, SEEK_CUR) == 0);
  CHECK(pread(fd, text, 8, 6) == 0 && pread(fd, text, 8, 5) == 1);
  struct iovec out[3] = {{"12", 2}, {"", 0}, {"345", 3}};
  ssize_t wrote = writev(fd, out, 3);  // May be less than all.
  CHECK(wrote >= 2 && lseek(fd, 0, SEEK_CUR) == wrote);
  CHECK(wrote == 5 || write(fd, "345", 3) == 3);
  HAS("at", "12345f");
  char head[2], tail[8];
  struct iovec in[2] = {{head, 2}, {tail, 8}};
  CHECK(lseek(fd, 0, SEEK_SET) == 0);
  ssize_t got = readv(fd, in, 2);
  CHECK(got >= 2 && memcmp(head, "12", 2) == 0);
  CHECK(got == 6 || read(fd, tail, 8) == 4);
  CHECK(memcmp(tail, "345f", 4) == 0);
  CHECK(write(fd, "", 0) == 0);
  CHECK(fsync(fd) == 0 && fdatasync(fd) == 0 && close(fd) == 0 && unlink("at") == 0);
  FAILS(write(fd, "x", 1), EBADF);
  FAILS(read(fd, text, 1), EBADF);
  FAILS(close(fd), EBADF);
}

static void appending(void) {
  int one = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644), two = open("log", O_RDWR | O_APPEND);
  CHECK(one >= 0 && two >= 0);
  CHECK(write(one, "a", 1) == 1 && write(two, "b", 1) == 1 && write(one, "c", 1) == 1);
  CHECK(lseek(two, 0, SEEK_SET) == 0 && write(two, "d", 1) == 1);
  HAS("log", "abcd");
  CHECK((fcntl(two, F_GETFL) & O_APPEND) && fcntl(two, F_SETFL, 0) == 0 && !(fcntl(two, F_GETFL) & O_APPEND));
  CHECK(lseek(two, 0, SEEK_SET) == 0 && write(two, "A", 1) == 1);
  HAS("log", "Abcd");
  CHECK(close(one) == 0 && close(two) == 0 && unlink("log") == 0);
}

static void opening(void) {
  int fd = open("new", O_WRONLY | O_CREAT | O_EXCL, 0644);
  CHECK(fd >= 0 && close(fd) == 0);
  FAILS(open("new", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
  FAILS(open("new", O_RDONLY | O_DIRECTORY), ENOTDIR);
  FAILS(open("new/below", O_RDONLY), ENOTDIR);
  FAILS(open("new/", O_RDONLY), ENOTDIR);
  FAILS(open("none/below", O_RDONLY | O_CREAT, 0644), ENOENT);
  FAILS(open(".", O_WRONLY), EISDIR);
  FAILS(open("../../../../../etc/passwd", O_RDONLY), EPERM);
  char byte;
  fd = open("new", O_WRONLY);
  FAILS(read(fd, &byte, 1), EBADF);
  CHECK(close(fd) == 0);
  fd = open("new", O_RDONLY);
  FAILS(write(fd, "x", 1), EBADF);
  CHECK(close(fd) == 0);
  fd = open(".", O_RDONLY | O_DIRECTORY);
  CHECK(fd >= 0);
  CHECK(read(fd, &byte, 1) == -1);
  int below = openat(fd, "new", O_RDONLY);
  CHECK(below >= 0 && close(below) == 0);
  FAILS(openat(fd, "none", O_RDONLY), ENOENT);
  CHECK(unlinkat(fd, "new", 0) == 0 && close(fd) == 0);
  char longest[NAME_MAX + 2];
  memset(longest, 'n', sizeof longest - 1);
  longest[sizeof longest - 1] = 0;
  FAILS(open(longest, O_WRONLY | O_CREAT, 0644), ENAMETOOLONG);
  longest[NAME_MAX] = 0;
  fd = open(longest, O_WRONLY | O_CREAT, 0644);
  CHECK(fd >= 0 && close(fd) == 0 && unlink(longest) == 0);
  put("gr\xc3\xbc\xc3\x9f dich", "x");
  HAS("./gr\xc3\xbc\xc3\x9f dich", "x");
  CHECK(unlink("gr\xc3\xbc\xc3\x9f dich") == 0);
}

static void renaming(void) {
  put("a", "first");
  put("b", "second");
  CHECK(rename("a", "c") == 0 && access("a", F_OK) == -1);
  HAS("c", "first");
  int old = open("b", O_RDONLY);
  CHECK(rename("c", "b") == 0);  // Replaces; who has it open keeps what it was.
  HAS("b", "first");
  char text[10];
  CHECK(read(old, text, sizeof text) == 6 && memcmp(text, "second", 6) == 0 && close(old) == 0);
  CHECK(rename("b", "b") == 0);
  FAILS(rename("none", "b"), ENOENT);
  CHECK(mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0 && rename("b", "d/e/f") == 0);
  HAS("d/e/f", "first");
  CHECK(rename("d", "g") == 0);
  HAS("g/e/f", "first");
  FAILS(rename("g", "g/e/h"), EINVAL);
  put("file", "x");
  FAILS(rename("file", "g"), EISDIR);
  FAILS(rename("g", "file"), ENOTDIR);
  CHECK(mkdir("full", 0755) == 0 && mkdir("full/x", 0755) == 0 && mkdir("empty", 0755) == 0);
  FAILS(rename("g", "full"), ENOTEMPTY);
  CHECK(rename("g", "empty") == 0 && access("g", F_OK) == -1);
  HAS("empty/e/f", "first");
  CHECK(unlink("empty/e/f") == 0 && rmdir("empty/e") == 0 && rmdir("empty") == 0);
  CHECK(rmdir("full/x") == 0 && rmdir("full") == 0 && unlink("file") == 0);
}

static void unlinked_but_open(void) {
  int fd = open("gone", O_RDWR | O_CREAT, 0644);
  char text[8];
  struct stat is;
  CHECK(fd >= 0 && write(fd, "abc", 3) == 3 && unlink("gone") == 0 && access("gone", F_OK) == -1);
  CHECK(write(fd, "def", 3) == 3 && pread(fd, text, 8, 0) == 6 && memcmp(text, "abcdef", 6) == 0);
  CHECK(fstat(fd, &is) == 0 && is.st_size == 6 && is.st_nlink == 0 && ftruncate(fd, 1) == 0);
  put("gone", "another");
  CHECK(pread(fd, text, 8, 0) == 1 && close(fd) == 0);
  HAS("gone", "another");
  CHECK(unlink("gone") == 0);
  FAILS(unlink("gone"), ENOENT);
  FAILS(unlink("none/x"), ENOENT);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

// The names in order, with the kind of each, as one text.
static void listing(DIR *dir, char *text) {
  char *names[100];
  int count = 0;
  for (struct dirent *entry; (entry = readdir(dir));) {
    char kind = entry->d_type == DT_DIR ? '/' : entry->d_type == DT_LNK ? '@' : entry->d_type == DT_REG ? '=' : '?';
    CHECK(count < 100 && asprintf(&names[count++], "%s%c", entry->d_name, kind) > 0);
  }
  qsort(names, count, sizeof *names, by_name);
  *text = 0;
  for (int i = 0; i < count; i++) {
    strcat(strcat(text, i ? " " : ""), names[i]);
    free(names[i]);
  }
}

static void directories(void) {
  char text[1000];
  CHECK(mkdir("dir", 0755) == 0);
  FAILS(mkdir("dir", 0755), EEXIST);
  FAILS(mkdir("none/dir", 0755), ENOENT);
  put("dir/file", "x");
  FAILS(mkdir("dir/file", 0755), EEXIST);
  FAILS(mkdir("dir/file/below", 0755), ENOTDIR);
  CHECK(mkdir("dir/sub", 0755) == 0 && symlink("file", "dir/link") == 0);
  DIR *dir = opendir("dir");
  CHECK(dir);
  listing(dir, text);
  CHECK(strcmp(text, "../ ./ file= link@ sub/") == 0);
  CHECK(!readdir(dir));
  rewinddir(dir);
  listing(dir, text);
  CHECK(strcmp(text, "../ ./ file= link@ sub/") == 0);

  // What is told can be gone back to.
  rewinddir(dir);
  CHECK(readdir(dir) && readdir(dir));
  long at = telldir(dir);
  struct dirent *entry = readdir(dir);
  CHECK(entry);
  char third[300];
  strcpy(third, entry->d_name);
  CHECK(readdir(dir));
  seekdir(dir, at);
  entry = readdir(dir);
  CHECK(entry && strcmp(entry->d_name, third) == 0);

  // What came and went is seen after a rewind.
  put("dir/more", "x");
  CHECK(unlink("dir/file") == 0);
  rewinddir(dir);
  listing(dir, text);
  CHECK(strcmp(text, "../ ./ link@ more= sub/") == 0);
  CHECK(closedir(dir) == 0);

  int fd = open("dir", O_RDONLY | O_DIRECTORY);
  dir = fdopendir(fd);
  CHECK(dir);
  listing(dir, text);
  CHECK(strcmp(text, "../ ./ link@ more= sub/") == 0 && closedir(dir) == 0);

  // More than fit a buffer, each once.
  for (int i = 0; i < 300; i++) {
    snprintf(text, sizeof text, "dir/sub/a name that is not short %03d", i);
    put(text, "");
  }
  char seen[300] = {0};
  int count = 0;
  dir = opendir("dir/sub");
  CHECK(dir);
  while ((entry = readdir(dir))) {
    int number;
    if (sscanf(entry->d_name, "a name that is not short %d", &number) != 1) continue;
    CHECK(number >= 0 && number < 300 && !seen[number]);
    seen[number] = 1;
    count++;
  }
  CHECK(count == 300 && closedir(dir) == 0);
  FAILS(rmdir("dir/sub"), ENOTEMPTY);
  for (int i = 0; i < 300; i++) {
    snprintf(text, sizeof text, "dir/sub/a name that is not short %03d", i);
    CHECK(unlink(text) == 0);
  }

  FAILS_NULL(opendir("none"), ENOENT);
  FAILS_NULL(opendir("dir/more"), ENOTDIR);
  FAILS(rmdir("dir"), ENOTEMPTY);
  FAILS(rmdir("dir/more"), ENOTDIR);
  FAILS(rmdir("dir/none"), ENOENT);
  CHECK(unlink("dir/link") == 0 && unlink("dir/more") == 0 && rmdir("dir/sub") == 0);
  errno = 0;
  CHECK(unlink("dir") == -1 && (errno == EISDIR || errno == EPERM));  // Linux says the one, POSIX the other.
  CHECK(rmdir("dir") == 0);
}

static void status(void) {
  struct stat is, same;
  put("file", "four");
  CHECK(mkdir("dir", 0755) == 0);
  CHECK(stat("file", &is) == 0 && S_ISREG(is.st_mode) && is.st_size == 4 && is.st_nlink == 1);
  int fd = open("file", O_RDONLY);
  CHECK(fstat(fd, &same) == 0 && same.st_ino == is.st_ino && same.st_dev == is.st_dev && same.st_size == 4);
  CHECK(close(fd) == 0);
  CHECK(fstatat(AT_FDCWD, "dir/../file", &same, 0) == 0 && same.st_ino == is.st_ino);
  CHECK(stat("dir", &same) == 0 && S_ISDIR(same.st_mode) && same.st_ino != is.st_ino);
  CHECK(stat("./dir/.", &is) == 0 && is.st_ino == same.st_ino && stat("dir/", &is) == 0 && is.st_ino == same.st_ino);
  FAILS(stat("none", &is), ENOENT);
  FAILS(stat("file/", &is), ENOTDIR);
  FAILS(stat("file/x", &is), ENOTDIR);
  FAILS(stat("none/..", &is), ENOENT);
  FAILS(fstat(99, &is), EBADF);
  CHECK(access("file", F_OK) == 0 && access("file", R_OK) == 0 && access("dir", F_OK) == 0);
  FAILS(access("none", F_OK), ENOENT);
  FAILS(access("file/x", F_OK), ENOTDIR);
  CHECK(rmdir("dir") == 0 && unlink("file") == 0);
}

static void links(void) {
  char text[20];
  struct stat is, other;
  put("file", "text");
  CHECK(link("file", "hard") == 0 && stat("file", &is) == 0 && stat("hard", &other) == 0);
  CHECK(is.st_ino == other.st_ino && is.st_nlink == 2);
  put("hard", "changed");
  HAS("file", "changed");
  FAILS(link("file", "hard"), EEXIST);
  FAILS(link("none", "x"), ENOENT);
  CHECK(mkdir("dir", 0755) == 0);
  FAILS(link("dir", "x"), EPERM);
  CHECK(unlink("file") == 0);
  HAS("hard", "changed");
  CHECK(rename("hard", "file") == 0 && stat("file", &is) == 0 && is.st_nlink == 1);

  CHECK(symlink("file", "soft") == 0 && readlink("soft", text, sizeof text) == 4 && memcmp(text, "file", 4) == 0);
  CHECK(readlink("soft", text, 2) == 2);
  FAILS(symlink("x", "soft"), EEXIST);
  FAILS(readlink("file", text, sizeof text), EINVAL);
  FAILS(readlink("none", text, sizeof text), ENOENT);
  HAS("soft", "changed");
  put("soft", "through");
  HAS("file", "through");
  CHECK(lstat("soft", &is) == 0 && S_ISLNK(is.st_mode) && is.st_size == 4);
  CHECK(stat("soft", &is) == 0 && S_ISREG(is.st_mode));
  CHECK(fstatat(AT_FDCWD, "soft", &is, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(is.st_mode));
  FAILS(open("soft", O_RDONLY | O_NOFOLLOW), ELOOP);
  FAILS(open("soft", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);

  CHECK(symlink("none", "dangling") == 0 && access("dangling", F_OK) == -1 && lstat("dangling", &is) == 0);
  FAILS(open("dangling", O_RDONLY), ENOENT);
  put("dangling", "made through it");
  HAS("none", "made through it");
  CHECK(unlink("none") == 0);

  CHECK(symlink("loop", "loop") == 0);
  FAILS(open("loop", O_RDONLY), ELOOP);
  FAILS(stat("loop", &is), ELOOP);
  FAILS(open("loop/x", O_RDONLY), ELOOP);

  // In the middle of a path, upwards, and to a directory.
  put("dir/below", "deep");
  CHECK(symlink("dir", "way") == 0 && symlink("../file", "dir/up") == 0 && symlink("way/below", "chain") == 0);
  HAS("way/below", "deep");
  HAS("dir/up", "through");
  HAS("way/up", "through");
  HAS("way/../file", "through");
  HAS("chain", "deep");
  int fd = open("way", O_RDONLY | O_DIRECTORY);
  CHECK(fd >= 0 && close(fd) == 0);
  errno = 0;
  CHECK(open("way", O_RDONLY | O_DIRECTORY | O_NOFOLLOW) == -1 && (errno == ELOOP || errno == ENOTDIR));
  CHECK(lstat("way", &is) == 0 && S_ISLNK(is.st_mode) && lstat("way/", &is) == 0 && S_ISDIR(is.st_mode));
  FAILS(rmdir("way"), ENOTDIR);
  // Renaming and unlinking are of the link.
  CHECK(rename("soft", "renamed") == 0 && readlink("renamed", text, sizeof text) == 4 && unlink("renamed") == 0);
  HAS("file", "through");
  // Not out of what was given: to a host's file, or by an absolute path.
  CHECK(symlink("../../../../../../etc/passwd", "out") == 0 && open("out", O_RDONLY) == -1 && unlink("out") == 0);
  CHECK(unlink("dangling") == 0 && unlink("loop") == 0 && unlink("chain") == 0 && unlink("way") == 0);
  CHECK(unlink("dir/up") == 0 && unlink("dir/below") == 0 && rmdir("dir") == 0 && unlink("file") == 0);
}

static void times(void) {
  struct stat is;
  put("file", "x");
  struct timespec set[2] = {{1000000000, 123000000}, {1500000000, 456000000}};
  CHECK(utimensat(AT_FDCWD, "file", set, 0) == 0 && stat("file", &is) == 0);
  CHECK(is.st_atim.tv_sec == 1000000000 && is.st_atim.tv_nsec == 123000000);
  CHECK(is.st_mtim.tv_sec == 1500000000 && is.st_mtim.tv_nsec == 456000000);
  set[0].tv_nsec = UTIME_OMIT;
  set[1].tv_sec = 1600000000;
  int fd = open("file", O_RDWR);
  CHECK(fd >= 0 && futimens(fd, set) == 0 && fstat(fd, &is) == 0 && close(fd) == 0);
  CHECK(is.st_atim.tv_sec == 1000000000 && is.st_mtim.tv_sec == 1600000000);
  CHECK(symlink("file", "soft") == 0);
  set[1].tv_sec = 1700000000;
  CHECK(utimensat(AT_FDCWD, "soft", set, AT_SYMLINK_NOFOLLOW) == 0 && lstat("soft", &is) == 0);
  CHECK(is.st_mtim.tv_sec == 1700000000 && stat("soft", &is) == 0 && is.st_mtim.tv_sec == 1600000000);
  CHECK(unlink("soft") == 0);
  FAILS(utimensat(AT_FDCWD, "none", set, 0), ENOENT);
  CHECK(utimensat(AT_FDCWD, "file", NULL, 0) == 0 && stat("file", &is) == 0 && is.st_mtim.tv_sec != 1600000000);
  CHECK(unlink("file") == 0);
}

static void relative(void) {
  char here[300], path[400];
  CHECK(getcwd(here, sizeof here));
  CHECK(mkdir("dir", 0755) == 0 && chdir("dir") == 0 && getcwd(path, sizeof path));
  CHECK(strncmp(path, here, strlen(here)) == 0 && strcmp(path + strlen(here), "/dir") == 0);
  put("file", "x");
  HAS("./file", "x");
  HAS("../dir/file", "x");
  snprintf(path, sizeof path, "%s/dir/file", here);
  HAS(path, "x");
  FAILS(chdir("none"), ENOENT);
  FAILS(chdir("file"), ENOTDIR);
  CHECK(chdir("..") == 0 && getcwd(path, sizeof path));
  HAS("dir/file", "x");
  CHECK(chdir(here) == 0 && unlink("dir/file") == 0 && rmdir("dir") == 0);
}

static void large(void) {
  static char block[1 << 16], back[1 << 16];
  int fd = open("large", O_RDWR | O_CREAT, 0644);
  CHECK(fd >= 0);
  for (int i = 0; i < 48; i++) {
    for (size_t at = 0; at < sizeof block; at++) block[at] = (char)(at * 31 + i);
    for (size_t done = 0; done < sizeof block;) {
      ssize_t wrote = write(fd, block + done, sizeof block - done);
      CHECK(wrote > 0);
      done += wrote;
    }
  }
  CHECK(size_of("large") == 48 << 16 && lseek(fd, 0, SEEK_SET) == 0);
  for (int i = 0; i < 48; i++) {
    for (size_t done = 0; done < sizeof back;) {
      ssize_t got = read(fd, back + done, sizeof back - done);
      CHECK(got > 0);
      done += got;
    }
    for (size_t at = 0; at < sizeof back; at++) CHECK(back[at] == (char)(at * 31 + i));
  }
  // Far behind the end, without the bytes between.
  CHECK(pwrite(fd, "x", 1, 5 << 20) == 1 && size_of("large") == (5 << 20) + 1 && pread(fd, back, 4, 4 << 20) == 4);
  CHECK(memcmp(back, "\0\0\0\0", 4) == 0 && ftruncate(fd, 0) == 0 && close(fd) == 0 && unlink("large") == 0);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*run)(void);
  } tests[] = {
      {"fopen modes", fopen_modes}, {"seeking", seeking},   {"truncating", truncating},
      {"at offsets", at_offsets},   {"appending", appending}, {"opening", opening},
      {"renaming", renaming},       {"unlinked but open", unlinked_but_open},
      {"directories", directories}, {"status", status},     {"links", links},
      {"times", times},             {"relative", relative}, {"large", large},
  };
  if (chdir(argc > 1 ? argv[1] : "/data") != 0) fail(__LINE__, "the directory");
  CHECK(mkdir("work", 0755) == 0 && chdir("work") == 0);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    test = tests[i].name;
    tests[i].run();
    printf("ok %s\n", test);
  }
  test = "end";
  CHECK(chdir("..") == 0 && rmdir("work") == 0);
  puts("all hold");
  return 0;
}
