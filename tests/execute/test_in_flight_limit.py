"""The window follows the worker processes that it sees."""

from guardrails_cli.execute.in_flight_limit import FIRST, FORGET_SECONDS, MOST, Fixed, Window


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def names(count: int) -> list[bytes]:
    return [b"host:%d" % number for number in range(count)]


def test_a_run_begins_with_what_one_process_needs() -> None:
    assert Window().size == FIRST == 3


def test_the_window_is_twice_the_processes_and_one() -> None:
    window = Window()
    for name in names(4) * 3:
        window.answered(name)
    assert window.size == 9


def test_a_hundred_processes_are_seen_after_a_few_rounds() -> None:
    window, rounds = Window(), 0
    while window.size < 201:
        for name in names(min(window.size, 100)):  # as many as have something to do answer
            window.answered(name)
        rounds += 1
    assert rounds == 6


def test_a_process_that_is_gone_is_forgotten() -> None:
    clock = Clock()
    window = Window(clock)
    for name in names(10):
        window.answered(name)
    clock.now = FORGET_SECONDS + 1
    window.answered(b"host:3")
    assert window.size == 3


def test_the_window_has_an_end() -> None:
    window = Window()
    for name in names(5000):
        window.answered(name)
    assert window.size == MOST


def test_a_fixed_window_does_not_move() -> None:
    window = Fixed(7)
    for name in names(50):
        window.answered(name)
    assert window.size == 7
