"""How well secrets are found: seeded lines in 96 shapes, half of them harmless look-alikes, judged line by line."""

import base64
import random
import string
import uuid
from dataclasses import dataclass

from benchmarks.secret_shapes import HARMLESS, SECRETS

TYPES = frozenset({"ACCESS_TOKEN", "API_KEY", "PASSWORD", "PRIVATE_KEY"})
PER_SHAPE = 20
LEAST_SCORE = 0.5
_LETTERS = string.ascii_letters + string.digits
_WORDS = (
    "sunflower", "dragonfly", "monkey", "letmein", "swordfish", "pumpkin", "thunder", "charlie", "arsenal", "buttercup",
    "trombone", "marigold", "cornwall", "blackbird", "lighthouse", "raspberry", "gibraltar", "saxophone", "tortoise",
)  # fmt: skip
_STEMS = ("DB", "MAIL", "REDIS", "SHOP", "LDAP", "BILLING", "GRAFANA", "QUEUE", "BACKUP", "PORTAL")


@dataclass(frozen=True, slots=True)
class Example:
    """A shape with values filled in."""

    shape: str
    text: str
    value: str
    """The secret; empty if there is none."""


def examples(seed: int = 13, per_shape: int = PER_SHAPE) -> list[Example]:
    """Return the examples, the same for the same seed."""
    source = random.Random(seed)  # no real secrets: lines that can be made again
    return [
        _filled(source, shape, secret)
        for secret, shapes in ((True, SECRETS), (False, HARMLESS))
        for shape in shapes
        for _ in range(per_shape)
    ]


def _filled(source: random.Random, shape: str, secret: bool) -> Example:
    stem = source.choice(_STEMS)
    values = {
        "pw": _password(source),
        "word": source.choice(_WORDS),
        "key": _some(source, _LETTERS, source.choice((24, 32, 40))),
        "hex": _some(source, "0123456789abcdef", 32),
    }
    values["basic"] = base64.b64encode(f"bob:{values['pw']}".encode()).decode()
    found = next((values[name] for name in values if "{" + name + "}" in shape), "") if secret else ""
    text = shape.format(
        **values,
        stem=stem,
        lower=stem.lower(),
        camel=stem.lower(),
        number=source.randint(100, 99_999),
        small=source.randint(6, 16),
        sha=_some(source, "0123456789abcdef", 40),
        uuid=uuid.UUID(int=source.getrandbits(128), version=4),
    )
    return Example(shape, text, found)


def _password(source: random.Random) -> str:
    word = source.choice(_WORDS)
    made = (
        _some(source, _LETTERS, source.randint(10, 16)) + str(source.randint(0, 9)),
        f"{word.capitalize()}{source.randint(10, 2030)}{source.choice('!_-')}".rstrip("-"),
        f"{word[:4]}{source.randint(1, 99)}{source.choice(_WORDS)[:4].upper()}",
    )
    return source.choice(made)


def _some(source: random.Random, letters: str, count: int) -> str:
    return "".join(source.choice(letters) for _ in range(count))


@dataclass(slots=True)
class Score:
    """Counts of a measurement."""

    hits: int = 0
    missed: int = 0
    false: int = 0

    @property
    def precision(self) -> float:
        """The share of true ones in what was found."""
        return self.hits / max(1, self.hits + self.false)

    @property
    def recall(self) -> float:
        """The share of secrets that was found."""
        return self.hits / max(1, self.hits + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)


def judge(made: list[Example]) -> tuple[Score, dict[str, Score]]:
    """Return the score of the fast profile over the examples, in total and by shape."""
    from guardrails_cli.core.text import Chunk
    from guardrails_cli.document.scan_chunk import scan_chunk
    from guardrails_cli.options.model import DetectOptions, EngineOptions

    options = DetectOptions(EngineOptions(model=None, profile="fast"), show_values=True, min_score=LEAST_SCORE)
    total, by_shape = Score(), {each.shape: Score() for each in made}
    for each in made:
        found = [one.value for one in scan_chunk(Chunk(each.text), options).findings if one.entity_type in TYPES]
        for score in (total, by_shape[each.shape]):
            if each.value:
                score.hits += each.value in found
                score.missed += each.value not in found
                score.false += bool(found) and each.value not in found
            else:
                score.false += bool(found)
    return total, by_shape


def measure() -> str:
    """Return the table."""
    made = examples()
    total, by_shape = judge(made)
    weak = [shape for shape, score in by_shape.items() if score.missed or score.false]
    return (
        f"## Secrets\n\n{len(made)} generated examples in {len(by_shape)} shapes, half harmless, fast profile.\n"
        "\n"
        "| precision | recall | F1 | shapes without a fault |\n|---|---|---|---|\n"
        f"| {total.precision:.3f} | {total.recall:.3f} | {total.f1:.3f} "
        f"| {len(by_shape) - len(weak)} of {len(by_shape)} |\n"
    )
