# What differs from run to run, and what sleeping does to the clocks.
import os
import random
import secrets
import time
import uuid


def show(folders, say):
    say(f"wall {time.time_ns()}")
    for _ in range(2):
        say(f"monotonic {time.monotonic_ns()}")
    say(f"urandom {os.urandom(16).hex()}")
    # componentize-py seeds the module anew when the guest starts, so that it does not go on from the snapshot.
    say(f"random {random.random()}")
    random.seed()
    say(f"seeded {random.random()}")
    say(f"instance {random.Random().random()}")
    say(f"uuid {uuid.uuid4()}")
    # Not so the seed that strings are hashed with. The order of a set is of when the guest was made, which is not committed, so
    # that no case could expect it.
    say(f"secrets {secrets.token_hex(8)}")
    for folder in folders:
        try:
            say(f"names {folder}: {' '.join(os.listdir(folder))}")
        except OSError as error:
            say(f"names {folder}: {type(error).__name__}")


def sleep(seconds, say):
    wall, monotonic = time.time(), time.monotonic()
    time.sleep(seconds)
    monotonic, wall = time.monotonic() - monotonic, time.time() - wall
    say(f"wall {round(wall)} s")
    say(f"monotonic {round(monotonic)} s")
