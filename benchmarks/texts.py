"""Five kinds of text, made of nothing but a seed: prose, logs, CSV dense with personal data, JSON and source code."""

import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

_FIRST = (
    "Anna Ben Carla David Eva Frank Grace Henry Ida Jonas Karin Liam Mona Noah Olga Paul Rosa Simon Tina Victor".split()
)
_LAST = (
    "Abbott Baker Carter Dixon Ellis Foster Grant Hayes Irwin Jensen Keller Lowe Mason Nolan Price Reed Stone".split()
)
_CITY = tuple("Boston Denver Leeds Munich Toronto Seattle Bristol Austin Dublin Chicago Oslo Madrid".split())
_NOUN = (
    "report account meeting budget project customer delivery contract invoice release change question office team "
    "number plan result market river garden letter window engine history answer system service order month letter"
).split()
_VERB = (
    "opened closed reviewed sent signed delayed planned measured moved discussed finished wrote checked kept".split()
)
_LINK = tuple("after before although because while and but so when until that which where".split())


def prose(random_: random.Random) -> Iterator[str]:
    """Yield sentences; about one in twelve names a person, a date or a way to reach somebody."""
    while True:
        words = []
        for _ in range(random_.randint(2, 5)):
            words += ["the", random_.choice(_NOUN), random_.choice(_VERB), "the", random_.choice(_NOUN)]
            words.append(random_.choice(_LINK))
        sentence = " ".join(words[:-1]).capitalize()
        chance = random_.random()
        if chance < 0.03:
            sentence += f", as {random_.choice(_FIRST)} {random_.choice(_LAST)} from {random_.choice(_CITY)} said"
        elif chance < 0.05:
            sentence += f", on {random_.randint(1, 12)}/{random_.randint(1, 28)}/{random_.randint(1990, 2025)}"
        elif chance < 0.065:
            sentence += f", call {_phone(random_)}"
        elif chance < 0.08:
            sentence += f", write to {_mail(random_)}"
        yield sentence + random_.choice([". ", ". ", ".\n\n"])


def logs(random_: random.Random) -> Iterator[str]:
    """Yield lines of an application's log."""
    level = ["INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR"]
    second = 0
    while True:
        second += random_.randint(0, 3)
        stamp = (
            f"2025-03-{1 + second // 86400 % 28:02} {second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
        )
        head = f"{stamp},{random_.randint(0, 999):03} {random_.choice(level)} [worker-{random_.randint(1, 32)}] "
        yield head + random_.choice(
            [
                f"request {random_.getrandbits(64):016x} from {_ip(random_)} took {random_.randint(1, 3000)} ms, "
                f"status {random_.choice([200, 200, 301, 404, 500])}\n",
                f"session opened for user {random_.choice(_FIRST).lower()}.{random_.choice(_LAST).lower()}\n",
                f"job {random_.randint(10**5, 10**6)} queued, {random_.randint(0, 400)} waiting\n",
                f"connection to {_ip(random_)}:{random_.randint(1024, 65535)} lost after {random_.randint(1, 99)} s\n",
                f"cache miss for key item:{random_.randint(1, 10**7)} in region eu-west-{random_.randint(1, 3)}\n",
            ]
        )


def csv(random_: random.Random) -> Iterator[str]:
    """Yield rows in which nearly every cell is personal data."""
    yield "id,first_name,last_name,email,phone,ssn,card,iban,date_of_birth,city,ip\n"
    number = 0
    while True:
        number += 1
        yield (
            f"{number},{random_.choice(_FIRST)},{random_.choice(_LAST)},{_mail(random_)},{_phone(random_)},"
            f"{random_.randint(100, 665)}-{random_.randint(10, 99)}-{random_.randint(1000, 9999)},{_card(random_)},"
            f"{_iban(random_)},{random_.randint(1940, 2005)}-{random_.randint(1, 12):02}-{random_.randint(1, 28):02},"
            f"{random_.choice(_CITY)},{_ip(random_)}\n"
        )


def json_lines(random_: random.Random) -> Iterator[str]:
    """Yield records of a service, one a line."""
    while True:
        record = {
            "id": f"{random_.getrandbits(128):032x}",
            "createdAt": f"2025-0{random_.randint(1, 9)}-{random_.randint(10, 28)}T12:{random_.randint(10, 59)}:00Z",
            "customer": {"name": f"{random_.choice(_FIRST)} {random_.choice(_LAST)}", "city": random_.choice(_CITY)},
            "items": [
                {
                    "sku": f"{random_.choice('ABCD')}-{random_.randint(100, 999)}",
                    "qty": random_.randint(1, 9),
                    "price": 1.5,
                }
                for _ in range(random_.randint(1, 4))
            ],
            "status": random_.choice(["open", "paid", "sent"]),
            "total": round(random_.random() * 500, 2),
            "gift": None,
        }
        if random_.random() < 0.3:
            record["email"] = _mail(random_)
        yield json.dumps(record) + "\n"


def code(random_: random.Random) -> Iterator[str]:
    """Yield functions of a program, with comments."""
    while True:
        one, other, third = (random_.choice(_NOUN) for _ in range(3))
        yield (
            f"def {random_.choice(_VERB)}_{one}(self, {other}: int, limit: float = {random_.randint(1, 99)}) -> list:\n"
            f'    """Return the {third} that the {other} {random_.choice(_VERB)}."""\n'
            f"    {one}s = [item.{third} for item in self._{other}s if item.size > {random_.randint(0, 4096)}]\n"
            f"    if not {one}s or limit <= 0x{random_.getrandbits(16):04x}:\n"
            f'        raise ValueError(f"no {one} for {{{other}!r}}")  # see issue {random_.randint(1, 900)}\n'
            f"    return sorted({one}s, key=lambda one: (one.{third}, -len(one.name)))[: int(limit)]\n\n\n"
        )


KINDS: dict[str, Callable[[random.Random], Iterator[str]]] = {
    "prose": prose,
    "logs": logs,
    "CSV": csv,
    "JSON": json_lines,
    "code": code,
}


LIBRARY = ("Python's library",)
"""Real code that is on every machine: modules of the standard library, in an order that the seed decides."""


def _library(random_: random.Random) -> Iterator[str]:
    modules = sorted(Path(os.__file__).parent.glob("*.py"))
    random_.shuffle(modules)
    return (module.read_text(encoding="utf-8", errors="replace") for module in modules)


def make(kind: str, size: int, seed: int = 1) -> str:
    """Return `size` characters of text of a kind, one of `KINDS` or `LIBRARY`."""
    pieces: list[str] = []
    length = 0
    for piece in KINDS.get(kind, _library)(random.Random(f"{kind} {seed}")):
        pieces.append(piece)
        length += len(piece)
        if length >= size:
            break
    return "".join(pieces)[:size]


def _mail(random_: random.Random) -> str:
    return f"{random_.choice(_FIRST)}.{random_.choice(_LAST)}{random_.randint(1, 999)}@example.com".lower()


def _phone(random_: random.Random) -> str:
    return f"({random_.choice([212, 303, 415, 617])}) {random_.randint(200, 999)}-{random_.randint(1000, 9999)}"


def _ip(random_: random.Random) -> str:
    return ".".join(str(random_.randint(1, 254)) for _ in range(4))


def _card(random_: random.Random) -> str:
    digits = "4" + "".join(random_.choice("0123456789") for _ in range(14))
    total = sum(sum(divmod(int(digit) * (2 - index % 2), 10)) for index, digit in enumerate(digits))
    return digits + str(-total % 10)


def _iban(random_: random.Random) -> str:
    account = "37040044" + "".join(random_.choice("0123456789") for _ in range(10))
    return f"DE{98 - int(account + '131400') % 97:02}{account}"
