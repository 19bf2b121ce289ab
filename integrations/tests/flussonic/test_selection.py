"""Only the fields that are wanted are asked for; a server that fails on them gets a shorter selection."""

import pytest

from demo.catalogue import demo_streams, many_streams
from demo.flussonic import FlussonicStandIn
from integrations.flussonic.listing import SELECT, SHORT_SELECT
from integrations.http import RemoteUnavailable
from integrations.tests.flussonic.listing import read, serve


def test_a_server_that_fails_on_the_selection_gets_the_short_one_for_the_rest(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(1200))
    server.faults.fail_on_select = True

    assert len(read()) == 1200
    assert [request.query["select"] for request in server.requests] == [SELECT] * 3 + [SHORT_SELECT] * 3


def test_both_selections_give_the_same_streams(server: FlussonicStandIn) -> None:
    serve(server, *demo_streams())
    long = read()
    server.faults.fail_on_select = True

    assert read() == long


def test_a_server_that_fails_on_both_selections_is_unavailable(server: FlussonicStandIn) -> None:
    server.faults.fail_next, server.faults.fail_status = 99, 500

    with pytest.raises(RemoteUnavailable, match="answered 500"):
        read()


def test_other_server_errors_do_not_change_the_selection(server: FlussonicStandIn) -> None:
    server.faults.fail_next, server.faults.fail_status = 99, 502

    with pytest.raises(RemoteUnavailable, match="answered 502"):
        read()
    assert {request.query["select"] for request in server.requests} == {SELECT}


def test_a_single_500_is_tried_again_as_it_was(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(2))
    server.faults.fail_next, server.faults.fail_status = 1, 500

    assert len(read()) == 2
    assert [request.query["select"] for request in server.requests] == [SELECT, SELECT]
