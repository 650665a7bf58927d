"""The registry of workers at a real server."""

import redis

from guardrails_cli.cluster.keys import WORKERS, worker_key
from guardrails_cli.cluster.workers import (
    ALIVE_SECONDS,
    Worker,
    alive,
    any_alive,
    forget_workers,
    leave,
    present,
    register,
    stay,
)
from tests.integration.support import wait_until

ONE = Worker("b@host", {"wire": "6"}, ("default",), ("/srv",), id="1")
OTHER = Worker("a@h\u00f6st", {}, ("compliance", "scoring"), id="2")


def client_of(server: str) -> redis.Redis:
    return redis.Redis(unix_socket_path=server.partition("://")[2].partition("?")[0])


def test_workers_are_registered_for_seconds_by_the_brokers_clock(server: str) -> None:
    client = client_of(server)
    assert (present(client), any_alive(client)) == ([], False)
    for worker in (ONE, OTHER):
        register(client, worker)
    assert present(client) == [OTHER, ONE]
    assert alive(client, ["1", "2", "2", "3"]) == {"1", "2"}
    assert 0 < int(client.ttl(worker_key("1"))) <= ALIVE_SECONDS
    assert int(client.ttl(WORKERS)) > ALIVE_SECONDS


def test_a_worker_that_is_gone_is_forgotten(server: str) -> None:
    client = client_of(server)
    for worker in (ONE, OTHER):
        register(client, worker)
    leave(client, "1")
    assert (present(client), client.smembers(WORKERS)) == ([OTHER], {b"2"})
    client.delete(worker_key("2"))  # as if it had been killed a while ago
    assert (present(client), client.smembers(WORKERS), any_alive(client)) == ([], set(), False)
    register(client, ONE)
    forget_workers(client)
    assert client.keys("guardrails:*") == []


def test_unreadable_records_are_ignored(server: str) -> None:
    client = client_of(server)
    register(client, ONE)
    for number, record in enumerate((b"", b"[]", b'{"name": 1}', b"\xff", b"[" * 100_000)):
        client.set(worker_key(f"odd {number}"), record)
        client.sadd(WORKERS, f"odd {number}", b"\xff")
    assert present(client) == [ONE]


def test_a_worker_stays_until_it_ends(server: str) -> None:
    client = client_of(server)
    stop = stay(lambda: client_of(server), ONE)
    wait_until(lambda: present(client) == [ONE], "it registers")
    client.flushall()
    wait_until(lambda: present(client) == [ONE], "it registers again")
    stop()
    assert present(client) == []
