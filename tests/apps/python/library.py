# Imports the whole standard library from files, reads some of them, and says how it went. What was imported when the guest
# was made is imported again, as far as the interpreter lives without it in between.
import importlib
import os
import sys

# Programs and jokes, which do something when they are imported.
SKIPPED = {"antigravity", "this", "_ios_support", "idlelib.idle", "idlelib.pyshell"}
# What this CPython is built without, and the modules that need it cannot be imported.
MISSING = {
    **dict.fromkeys(["_bz2", "_lzma", "_zstd", "_ssl", "_gdbm", "_dbm", "_tkinter", "_curses"], "libraries in C"),
    **dict.fromkeys(["_ctypes", "_interpreters", "_remote_debugging"], "what makes or looks at machine code and interpreters"),
    **dict.fromkeys(["_multiprocessing", "mmap", "termios"], "processes, shared memory and terminals"),
    **dict.fromkeys(["msvcrt"], "Windows"),
}
# Those that say so in another way.
ELSEWHERE = {
    **dict.fromkeys(["asyncio.windows_events", "asyncio.windows_utils", "encodings.mbcs", "encodings.oem"], "Windows"),
    **dict.fromkeys(
        ["multiprocessing.popen_fork", "multiprocessing.popen_forkserver", "multiprocessing.popen_spawn_posix"],
        "processes, shared memory and terminals",
    ),
}
# What the interpreter, the import system or this program stand on while everything is imported again.
STAYS = {"__main__", "abc", "builtins", "codecs", "encodings", "importlib", "io", "os", "posixpath", "site", "stat", "sys"}


# Whether all is as it should be.
def tour(folder, say):
    sys.path.insert(0, folder)
    # Where the folder can be written to, each import leaves its bytecode, if that is wanted.
    sys.dont_write_bytecode = sys.argv[3:] != ["bytecode"]
    say(f"python {sys.version.split()[0]}")
    names, others = listed(folder)
    say(f"{len(names)} modules to import, {others} other files")

    kept = [name for name in list(sys.modules) if name.partition(".")[0] in STAYS]
    again = [name for name in names if name in sys.modules and name not in kept]
    for name in again:
        del sys.modules[name]
    for name in kept:  # Their other modules come from files, too.
        if hasattr(sys.modules[name], "__path__"):
            sys.modules[name].__path__ = [os.path.join(folder, *name.split("."))]
    sys.path_importer_cache.clear()

    imported, below, without, failed = 0, 0, {}, []
    for name in names:
        try:
            module = importlib.import_module(name)
        except BaseException as error:
            reason = ELSEWHERE.get(name) or MISSING.get(getattr(error, "name", None))
            if reason:
                without[reason] = without.get(reason, 0) + 1
            else:
                failed.append(f"FAILED {name}: {type(error).__name__}: {error}")
            continue
        imported += 1
        below += (getattr(module, "__file__", None) or "").startswith(folder + "/")
    say(f"{imported} imported, {len(again)} of them again, {below} from {folder}")
    for reason in sorted(without):
        say(f"{without[reason]} cannot be, because this CPython is built without {reason}")
    for line in failed:
        say(line)
    if failed:
        return False

    read(folder, say)
    say("all hold")
    return True


# The names of all modules below a folder, in order, and how many files there are that are none.
def listed(folder):
    names, others = [], 0
    for here, folders, files in os.walk(folder):
        # Bytecode, and what CPython was built with.
        folders[:] = [name for name in folders if name != "__pycache__" and not name.startswith("config-")]
        package = os.path.relpath(here, folder).replace("/", ".")
        for file in files:
            name = f"{package}.{file}".removeprefix("..").removesuffix(".py").removesuffix(".__init__")
            if not file.endswith(".py"):
                others += 1
            elif name not in SKIPPED and file != "__main__.py":
                names.append(name)
    return sorted(names), others


# Files as programs read them, with what has just been imported.
def read(folder, say):
    from importlib import resources
    import inspect
    import json
    import pathlib
    import zipfile

    say(f"listed {sorted(name for name in os.listdir(folder + '/json') if name != '__pycache__')}")
    with open(folder + "/LICENSE.txt") as file:
        say(f"read {file.readline().strip()!r}, {len(file.readlines())} more lines")
    assert pathlib.Path(folder, "LICENSE.txt").stat().st_size == os.path.getsize(folder + "/LICENSE.txt") > 10000
    say(f"resource {resources.files('tomllib').joinpath('mypy.ini').read_text().splitlines()[-1]!r}")
    say(f"source {inspect.getsource(json.loads).splitlines()[0]!r}")
    say(f"found {[str(path.relative_to(folder)) for path in sorted(pathlib.Path(folder).glob('*/mypy.ini'))]}")
    for missing, kind in [("none", FileNotFoundError), ("os.py/x", NotADirectoryError), ("json", IsADirectoryError)]:
        try:
            open(os.path.join(folder, missing)).read()
        except kind:
            continue
        assert False, missing
    assert not zipfile.is_zipfile(folder + "/os.py")
