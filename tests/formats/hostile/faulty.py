"""A reader with faults, brought into a process without a trace in the product: `sitecustomize` of a folder imports it.

A file is read by it if it begins with `FAULT `; the next word tells what happens.
"""

import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from types import ModuleType

from guardrails_cli.core.text import Segment
from guardrails_cli.formats import registry
from guardrails_cli.formats.reader import Blob, Reading

SECRET = "219-09-9999"
TEXT = f"Her social security number is {SECRET}.\n"


def read(blob: Blob, _reading: Reading) -> Iterator[Segment]:
    words = blob.read().decode().split()
    if "late" in words:
        yield Segment(TEXT * 3000)  # more than a chunk, so that some of it is told before the fault
    FAULTS[words[1]]()
    yield Segment(TEXT)


def spin() -> None:
    while True:
        pass


def fork() -> None:
    if os.fork() == 0:
        time.sleep(3600)
    os._exit(3)


def memory() -> None:
    held = []
    while True:
        held.append(bytes(64 * 1024 * 1024))


def greed() -> None:
    while True:
        try:
            memory()
        except MemoryError:
            time.sleep(0.01)


def fail() -> None:
    raise KeyError(SECRET)


def recursion() -> None:
    sys.setrecursionlimit(10**8)
    deeper()


def deeper() -> int:
    return len(sorted([1], key=lambda _: deeper()))


def shout() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.write(SECRET)
        stream.flush()
    for descriptor in (1, 2):
        os.write(descriptor, f"{SECRET} on the screen\n".encode() * 1000)


FAULTS: dict[str, Callable[[], object]] = {
    "crash": lambda: ctypes.string_at(0),
    "kill": lambda: os.kill(os.getpid(), 9),
    "exit": lambda: os._exit(3),
    "hang": lambda: time.sleep(3600),
    "spin": spin,
    "fork": fork,
    "memory": memory,
    "greed": greed,
    "raise": fail,
    "recursion": recursion,
    "shout": shout,
}


def install() -> None:
    """Have files that begin with `FAULT ` read by this module."""
    module = ModuleType("guardrails_cli.formats.faulty")
    module.read = read  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    registry.FORMATS["faulty"] = registry.Format("faulty")
    registry._TELL = (_told, *(tell for tell in registry._TELL if tell is not _told))  # type: ignore[assignment]


def _told(head: bytes, _suffix: str) -> str | None:
    return "faulty" if head.startswith(b"FAULT ") else None
