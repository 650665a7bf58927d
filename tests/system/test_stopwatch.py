import io
import threading
import time
from functools import partial

import pytest
from rich.console import Console

from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.reports.terminal import print_timings
from guardrails_cli.scanning.progress import SLOW_SECONDS, Lines, Quiet
from guardrails_cli.system.stopwatch import SLOWEST_KEPT, Phases


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def record(path: str, seconds: float) -> DocumentResult:
    return DocumentResult(path, 1, None, Status.CLEAN, seconds=seconds)


def test_a_phase_inside_another_pauses_it() -> None:
    clock = Clock()
    phases = Phases("detection", clock)
    clock.now = 1
    with phases("reading"):
        clock.now = 3
        with phases("policies"):
            clock.now = 6
        clock.now = 10
    clock.now = 15
    assert phases.seconds == {"detection": 6.0, "reading": 6.0, "policies": 3.0}


def test_a_phase_ends_with_an_exception() -> None:
    clock = Clock()
    phases = Phases("rest", clock)
    with pytest.raises(KeyError), phases("reading"):
        clock.now = 2
        raise KeyError
    clock.now = 5
    assert phases.seconds == {"rest": 3.0, "reading": 2.0}


def test_the_slowest_documents_come_first_and_are_few() -> None:
    phases = Phases()
    for number in range(20):
        phases.record(record(f"{number}.txt", number / 10))
    assert phases.slowest[:2] == [("19.txt", 1.9), ("18.txt", 1.8)]
    assert len(phases.slowest) == SLOWEST_KEPT
    assert abs(phases.worked - 19.0) < 1e-9


def test_timings_are_printed_with_names_made_safe() -> None:
    phases = Phases()
    phases.name_rest("waiting for workers")
    phases.record(record("a\x1b[31m.txt", 2.5))
    stream = io.StringIO()
    print_timings(Console(file=stream, width=80), phases)
    assert "detection, all workers" in stream.getvalue()
    assert "2.50" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_progress_names_the_document_that_takes_long() -> None:
    quiet = Quiet(io.StringIO())
    assert quiet.slow() == ""
    quiet.follow(lambda: ("big.pdf", SLOW_SECONDS - 0.1))
    assert quiet.slow() == ""
    quiet.follow(lambda: ("big.pdf", 12.4))
    assert quiet.slow() == "big.pdf for 12 s"
    clock, stream = Clock(), io.StringIO()
    lines = Lines(stream, clock=clock)
    lines.follow(lambda: ("big.pdf", 11.0))
    clock.now = 11.0
    lines.tick()
    assert stream.getvalue().endswith("after 11 s; at big.pdf for 11 s\n")


def test_the_oldest_document_can_be_asked_for_from_another_thread() -> None:
    from guardrails_cli.core.source import Source
    from guardrails_cli.document.document_record import Tally
    from guardrails_cli.execute.collect import Collector
    from guardrails_cli.inputs.reading.source_reader import SourceReader
    from guardrails_cli.options.model import Limits
    from guardrails_cli.policy.rulebook import Rulebook
    from guardrails_cli.system.stop import StopFlag

    phases = Phases()
    collector = Collector(
        [Source(__file__, __file__, 1)],
        SourceReader(Limits()),
        partial(Tally, Rulebook(())),
        StopFlag(),
        1e6,
        phases=phases,
    )
    assert collector.order.oldest() is None
    assert collector.feed.take()
    answers: list[tuple[str, float] | None] = []
    time.sleep(0.01)
    thread = threading.Thread(target=lambda: answers.append(collector.order.oldest()))
    thread.start()
    thread.join()
    assert answers[0] is not None
    assert answers[0][0] == __file__
    assert answers[0][1] >= 0.01
    assert phases.seconds["reading"] > 0
    list(collector.abandon())
    assert collector.order.oldest() is None


def summary_at(width: int, **environment: str) -> str:
    """Return the summary of the examples, without the model, on a terminal of a width."""
    import os

    from guardrails_cli.policy.load import select_packs
    from guardrails_cli.reports.terminal import print_summary
    from guardrails_cli.results.summary import Summary

    summary = Summary(packs=select_packs(None))
    for one in SCANNED:
        summary.add(one)
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=True, highlight=False, _environ=os.environ | environment)
    print_summary(console, summary, 1.0, [])
    return stream.getvalue()


def scanned() -> list[DocumentResult]:
    from guardrails_cli import scan_text

    text = "Card 4111 1111 1111 1111, SSN 219-09-9999, jane@example.com, history of hypertension\n"
    return [
        scan_text(text, name=f"shares/department/projects/2026/{name}/minutes-of-the-meeting.txt", profile="fast")
        for name in ("alpha", "beta")
    ]


SCANNED = scanned()


def test_a_summary_fits_its_terminal() -> None:
    for width in (80, 100, 140, 200):
        lines = summary_at(width, NO_COLOR="1").splitlines()
        assert max(map(len, (line for line in lines if "\x1b" not in line))) <= width
    narrow, wide = summary_at(80, TERM="dumb", NO_COLOR="1"), summary_at(200, NO_COLOR="1")
    assert "…*** **** 1111" in narrow
    assert "**** **** **** 1111" in wide
    assert len(wide.splitlines()) < len(narrow.splitlines())
    assert "guardrails explain" in narrow


def test_no_color_has_no_colours() -> None:
    assert "\x1b[1;31m" in summary_at(80, TERM="xterm-256color", COLORTERM="")
    assert "\x1b[1;31m" not in summary_at(80, NO_COLOR="1", TERM="xterm-256color")
