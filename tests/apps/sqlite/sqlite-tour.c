// SQLite with a database in real files: journals of every kind, temporary files, rollback, vacuum, and each result checked.
//
// sqlite-tour [PATH]        makes the database, which is /data/test.db if nothing else is said, and leaves it there
// sqlite-tour PATH check    looks at one that was left, read only and without a lock
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sqlite3.h"

static sqlite3 *db;

static void fail(const char *what) {
  printf("FAILED %s: %s (%d, errno %d)\n", what, sqlite3_errmsg(db), sqlite3_extended_errcode(db), sqlite3_system_errno(db));
  exit(1);
}

static void open_database(const char *path, int flags) {
  if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) fail(path);
}

static void close_database(void) {
  if (sqlite3_close(db) != SQLITE_OK) fail("close");
}

static void run(const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sql);
}

// The first column of the first row. It stays until the next call.
static const char *ask(const char *sql) {
  static char answer[200];
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) fail(sql);
  if (sqlite3_step(statement) != SQLITE_ROW) fail(sql);
  const char *text = (const char *)sqlite3_column_text(statement, 0);
  snprintf(answer, sizeof answer, "%s", text ? text : "null");
  sqlite3_finalize(statement);
  return answer;
}

static void expect(const char *name, const char *sql, const char *expected) {
  const char *answer = ask(sql);
  if (strcmp(answer, expected) != 0) {
    printf("FAILED %s: %s, not %s\n", name, answer, expected);
    exit(1);
  }
  printf("%s %s\n", name, answer);
}

static void holds(const char *name, int is_so) {
  printf("%s%s\n", is_so ? "" : "FAILED ", name);
  if (!is_so) exit(1);
}

static int is_there(const char *path, const char *suffix) {
  char name[600];
  snprintf(name, sizeof name, "%s%s", path, suffix);
  return access(name, F_OK) == 0;
}

static void insert_words(int count, int per_transaction) {
  sqlite3_stmt *insert;
  const char *sql = "INSERT INTO words(number, word, weight) VALUES(?1, ?2, ?3)";
  if (sqlite3_prepare_v2(db, sql, -1, &insert, NULL) != SQLITE_OK) fail(sql);
  for (int number = 1; number <= count; number++) {
    if (number % per_transaction == 1) run("BEGIN");
    char word[40];
    snprintf(word, sizeof word, "word %05" PRIu32, (uint32_t)number * 7919u % 100003u);
    sqlite3_bind_int(insert, 1, number);
    sqlite3_bind_text(insert, 2, word, -1, SQLITE_TRANSIENT);
    sqlite3_bind_double(insert, 3, number / 4.0);
    if (sqlite3_step(insert) != SQLITE_DONE) fail(sql);
    sqlite3_reset(insert);
    if (number % per_transaction == 0) run("COMMIT");
  }
  sqlite3_finalize(insert);
}

// What is true of the database when the tour is over.
static void expect_final_state(void) {
  expect("integrity", "PRAGMA integrity_check", "ok");
  expect("final words", "SELECT count(*) FROM words", "9000");
  expect("final sum", "SELECT sum(number) FROM words", "45000000");
  expect("final weight", "SELECT sum(weight) FROM words", "11250000.0");
  expect("final notes", "SELECT group_concat(text, ' ') FROM notes ORDER BY id", "delete truncate persist wal attached");
}

static void check(const char *path) {
  char uri[600];
  snprintf(uri, sizeof uri, "file:%s?immutable=1", path);
  open_database(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  expect_final_state();
  holds("writing is refused", sqlite3_exec(db, "DELETE FROM words", NULL, NULL, NULL) == SQLITE_READONLY);
  close_database();
  puts("all hold");
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : "/data/test.db";
  if (argc > 2 && strcmp(argv[2], "check") == 0) {
    check(path);
    return 0;
  }
  printf("sqlite %s, %s\n", sqlite3_libversion(), sqlite3_vfs_find(NULL)->zName);

  // Temporary files go beside the database, unless a variable says otherwise.
  if (!getenv("SQLITE_TMPDIR")) {
    const char *slash = strrchr(path, '/');
    sqlite3_temp_directory = slash ? sqlite3_mprintf("%.*s", (int)(slash - path), path) : sqlite3_mprintf(".");
  }
  unlink(path);

  open_database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  expect("journal", "PRAGMA journal_mode=DELETE", "delete");
  run("PRAGMA synchronous=FULL");
  run("PRAGMA temp_store=FILE");
  run("PRAGMA cache_size=20");  // Less than the data: pages go out to files and come back.
  run("CREATE TABLE words(number INTEGER PRIMARY KEY, word TEXT NOT NULL, weight REAL)");
  run("CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT)");
  insert_words(10000, 1000);
  holds("the journal is gone", !is_there(path, "-journal"));
  expect("inserted", "SELECT count(*) FROM words", "10000");
  expect("sum", "SELECT sum(number) FROM words", "50005000");
  expect("weight", "SELECT sum(weight) FROM words", "12501250.0");

  // Sorted through temporary files: nothing of it fits the cache.
  run("CREATE INDEX by_word ON words(word)");
  expect("by index", "SELECT number FROM words WHERE word = 'word 07919'", "1");
  run("CREATE TEMP TABLE sorted AS SELECT a.number * 10 + b.number AS key, a.word || b.word AS text FROM words a, words b "
      "WHERE b.number <= 5 ORDER BY a.word || b.word DESC, key");
  expect("sorted", "SELECT count(*) FROM sorted", "50000");
  expect("order", "SELECT count(*) FROM sorted a, sorted b WHERE b.rowid = a.rowid + 1 AND b.text > a.text", "0");
  expect("groups", "SELECT count(*) FROM (SELECT 1 FROM words GROUP BY substr(word, 1, 9))", "6291");
  run("DROP TABLE sorted");

  run("UPDATE words SET weight = weight * 2 WHERE number % 2 = 0");
  expect("updated", "SELECT sum(weight) FROM words", "18752500.0");
  run("UPDATE words SET weight = weight / 2 WHERE number % 2 = 0");
  run("DELETE FROM words WHERE number % 10 = 0");
  expect("deleted", "SELECT count(*) FROM words", "9000");

  // A transaction that does not fit the cache is undone from its journal.
  run("BEGIN IMMEDIATE");
  run("UPDATE words SET word = upper(word) || word, number = number + 100000");
  run("DELETE FROM words WHERE number > 105000");
  run("CREATE TABLE never(a)");
  holds("the journal is there", is_there(path, "-journal"));
  expect("within", "SELECT count(*) FROM words", "4500");
  run("SAVEPOINT inner");
  run("DELETE FROM words");
  run("ROLLBACK TO inner");
  expect("after the savepoint", "SELECT count(*) FROM words", "4500");
  run("ROLLBACK");
  expect("rolled back", "SELECT count(*) FROM words WHERE word GLOB 'word *' AND number <= 10000", "9000");
  expect("never made", "SELECT count(*) FROM sqlite_schema WHERE name = 'never'", "0");
  run("INSERT INTO notes(text) VALUES('delete')");

  // Journals that are kept: cut to nothing, and with the head wiped.
  expect("journal", "PRAGMA journal_mode=TRUNCATE", "truncate");
  run("INSERT INTO notes(text) VALUES('truncate')");
  holds("the journal stays", is_there(path, "-journal"));
  expect("journal", "PRAGMA journal_mode=PERSIST", "persist");
  run("INSERT INTO notes(text) VALUES('persist')");
  holds("the journal stays", is_there(path, "-journal"));
  expect("journal", "PRAGMA journal_mode=DELETE", "delete");
  holds("the journal is gone", !is_there(path, "-journal"));

  // The write-ahead log, which needs no shared memory if nobody else may come.
  expect("locking", "PRAGMA locking_mode=EXCLUSIVE", "exclusive");
  expect("journal", "PRAGMA journal_mode=WAL", "wal");
  run("INSERT INTO notes(text) VALUES('wal')");
  run("UPDATE words SET weight = weight + 1");
  holds("the log is there", is_there(path, "-wal"));
  run("UPDATE words SET weight = weight - 1");
  expect("checkpoint", "PRAGMA wal_checkpoint(TRUNCATE)", "0");
  expect("journal", "PRAGMA journal_mode=DELETE", "delete");
  expect("locking", "PRAGMA locking_mode=NORMAL", "normal");
  holds("the log is gone", !is_there(path, "-wal"));

  // Two databases in one transaction: a journal of journals.
  sqlite3_stmt *attach;
  char *other = sqlite3_mprintf("%s-other", path);
  unlink(other);
  if (sqlite3_prepare_v2(db, "ATTACH ?1 AS other", -1, &attach, NULL) != SQLITE_OK) fail("attach");
  sqlite3_bind_text(attach, 1, other, -1, SQLITE_STATIC);
  if (sqlite3_step(attach) != SQLITE_DONE) fail("attach");
  sqlite3_finalize(attach);
  run("CREATE TABLE other.copies AS SELECT * FROM words");
  run("BEGIN; INSERT INTO notes(text) VALUES('attached'); DELETE FROM other.copies WHERE number > 10; COMMIT");
  expect("attached", "SELECT count(*) FROM other.copies", "9");
  run("DETACH other");
  holds("the other file goes", unlink(other) == 0 && !is_there(path, "-other"));
  sqlite3_free(other);

  // Half of it away, and the file shrinks.
  run("CREATE TABLE ballast AS SELECT number, zeroblob(500) AS bytes FROM words");
  run("DROP TABLE ballast");
  int before = atoi(ask("PRAGMA page_count"));
  run("VACUUM");
  int after = atoi(ask("PRAGMA page_count"));
  holds("the file shrinks", after < before / 2);
  expect("free pages", "PRAGMA freelist_count", "0");
  close_database();

  open_database(path, SQLITE_OPEN_READWRITE);
  expect_final_state();
  close_database();
  holds("no lock is left", !is_there(path, ".lock"));

  open_database(path, SQLITE_OPEN_READONLY);
  expect("read only", "SELECT max(number) FROM words", "9999");
  holds("writing is refused", sqlite3_exec(db, "DELETE FROM words", NULL, NULL, NULL) == SQLITE_READONLY);
  close_database();
  puts("all hold");
  return 0;
}
