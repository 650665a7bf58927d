"""A big run has few batches in the queue, so that a small later one is soon served."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
from celery import Celery

from guardrails_cli.cluster.batch import Unit
from guardrails_cli.core.text import Chunk
from guardrails_cli.execute.remote import BrokerExecutor
from guardrails_cli.options.model import DetectOptions, EngineOptions
from tests.integration.support import relatives, wait_until, worker

FAST = DetectOptions(EngineOptions(model=None, profile="fast"))
TEXT = "Please call (212) 555-0123 or write to clerk@example.com about card 4111 1111 1111 1111.\n" * 20
QUEUES = {"check_compliance": "compliance", "detect_pii": "detection"}
PROCESSES = 2
WINDOW = 2 * PROCESSES + 1


class Batches:
    """A feed of so many batches of one unit."""

    def __init__(self, count: int) -> None:
        self._left = count

    @property
    def exhausted(self) -> bool:
        return not self._left

    def take(self) -> list[Unit] | None:
        if not self._left:
            return None
        self._left -= 1
        return [Unit(self._left, 0, Chunk(TEXT))]


@pytest.fixture
def client(workers: str) -> Iterator[redis.Redis]:
    with redis.Redis(unix_socket_path=workers.partition("://")[2].partition("?")[0]) as connection:
        yield connection


def test_a_small_run_does_not_wait_for_a_big_one(workers: str, client: redis.Redis) -> None:
    done: list[object] = []
    most = 0
    with ExitStack() as stack:
        big, small = (stack.enter_context(BrokerExecutor(workers, FAST)) for _ in range(2))

        def follow() -> None:
            done.extend(result for result in big.run(Batches(200)) if result is not None)

        thread = threading.Thread(target=follow)
        thread.start()
        wait_until(lambda: len(done) >= 40, "the big run's window has settled")
        for _ in range(3):
            most = max(most, int(client.llen("default")))
            before = len(done)
            assert sum(result is not None for result in small.run(Batches(1))) == 1
            between = len(done) - before
            # Those in front of it, and as many again that were answered and not yet read, or meanwhile.
            assert between <= 2 * WINDOW
        assert len(done) < 200, "the big run was going on all the time"
        thread.join()
    assert len(done) == 200
    assert most <= WINDOW + 1


def test_a_worker_for_compliance_alone_loads_no_language_model(server: str) -> None:
    app = Celery(broker=server, backend=server)
    app.conf.task_routes = {f"{name}_async": {"queue": queue} for name, queue in QUEUES.items()}
    mark = f"compliance-{server[-40:]}"
    with worker(server, "--queues", "compliance", "--concurrency", "1", GUARDRAILS_TEST_MARK=mark):
        entity = {"type": "US_SSN", "value": "219-09-9999", "confidence": 0.9, "position": [0, 11]}
        sent = app.send_task("check_compliance_async", ("219-09-9999", [entity], ["HIPAA"]))
        assert not sent.get(timeout=60)["compliant"]
        detection = app.send_task("detect_pii_async", ("219-09-9999",))
        app.send_task("check_compliance_async", ("nothing", [], ["HIPAA"])).get(timeout=60)  # had its turn after it
        processes = relatives(mark)
        assert processes
        for pid in processes:
            assert "spacy" not in Path(f"/proc/{pid}/maps").read_text()
        assert detection.state == "PENDING", "its queue is not served"
        app.close()
