"""What goes wrong on purpose, and what only the stand-in has."""

import http.client
import threading
import time
from typing import Any

import pytest

from demo.auth_service import AuthServiceStandIn
from demo.tests.auth_service.calls import TOKEN, call, change, create


def test_a_status_is_answered_until_it_is_taken_back(server: AuthServiceStandIn) -> None:
    server.faults.status = 500
    assert [create(server)[0], call(server, "GET", "/api/tokens")[0]] == [500, 500]

    server.faults.status = None
    assert create(server)[0] == 201


def test_a_write_can_be_accepted_and_lost(server: AuthServiceStandIn) -> None:
    server.faults.accept_and_drop = True

    assert create(server)[0] == 201
    assert not server.tokens


def test_a_reply_can_be_lost_after_the_write(server: AuthServiceStandIn) -> None:
    server.faults.drop_reply_after_store = 1

    with pytest.raises(http.client.RemoteDisconnected):
        create(server)

    assert TOKEN in server.by_token()
    assert create(server)[0] == 400


def test_a_patch_can_find_nothing_although_the_token_is_there(server: AuthServiceStandIn) -> None:
    number = create(server)[1]["id"]
    server.faults.not_found_on_patch = True

    assert change(server, number, status="suspended")[0] == 404
    assert call(server, "GET", f"/api/tokens/{number}")[0] == 200


def test_an_answer_can_come_twice(server: AuthServiceStandIn) -> None:
    server.faults.repeat_reply = True
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
    connection.request("GET", "/health")
    assert connection.sock is not None
    received = b""
    while received.count(b'{"status": "healthy"}') < 2:
        received += connection.sock.recv(65_536)
    connection.close()

    assert received.count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize(
    ("faults", "status", "start"),
    [({"garbage_json": True}, 201, '{"id"'), ({"html_error": True, "fail_next": 1}, 503, "<html>")],
)
def test_an_answer_can_be_unreadable(
    server: AuthServiceStandIn, faults: dict[str, Any], status: int, start: str
) -> None:
    vars(server.faults).update(faults)

    answer = create(server)

    assert answer[0] == status
    assert answer[1].startswith(start)


def test_while_it_is_down_calls_are_refused_and_state_and_port_are_kept(server: AuthServiceStandIn) -> None:
    create(server)
    url = server.url

    server.down()
    with pytest.raises(ConnectionRefusedError):
        create(server)
    server.up()

    assert server.url == url
    assert create(server)[0] == 400


def test_going_down_ends_open_connections(server: AuthServiceStandIn) -> None:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
    connection.request("GET", "/health")
    connection.getresponse().read()

    server.down()

    assert connection.sock is not None
    assert connection.sock.recv(1) == b""
    connection.close()


def test_a_delay_does_not_hold_up_the_end() -> None:
    with AuthServiceStandIn() as server:
        server.faults.delay = 60
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
        connection.request("GET", "/health")
        while not server.requests:
            time.sleep(0.01)

    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()


def test_parallel_creations_of_one_token_store_it_once(server: AuthServiceStandIn) -> None:
    answers: list[int] = []
    callers = [threading.Thread(target=lambda: answers.append(create(server)[0])) for _ in range(10)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert sorted(answers) == [201] + [400] * 9


def test_requests_are_recorded_with_their_bodies(server: AuthServiceStandIn) -> None:
    create(server)

    assert server.requests[-1].json() == {"token": TOKEN, "user_id": "7"}


def test_state_can_be_read_over_http(server: AuthServiceStandIn) -> None:
    create(server)

    assert call(server, "GET", "/_standin/tokens")[1][TOKEN]["user_id"] == "7"
    state = call(server, "GET", "/_standin/state")[1]
    assert (state["tokens"], state["by_status"], state["requests"]) == (1, {"active": 1}, {"POST": 1})
