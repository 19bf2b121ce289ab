"""Which settings of the environment the demo works with, and where it listens."""

import os
import re

import pytest

from demo.stack import BASE_DIR, OF_THE_DEMO, forget_settings, hosts_of


def test_settings_given_on_the_command_line_reach_the_demo_unless_it_decides_them_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALLOW_PRIVATE_ADDRESSES", "true")
    for name in OF_THE_DEMO:
        monkeypatch.setenv(name, "of somebody's real service")

    forget_settings(all_of_them=False)

    assert os.environ["ALLOW_PRIVATE_ADDRESSES"] == "true"
    assert not OF_THE_DEMO & os.environ.keys()


def test_the_smoke_test_and_the_benchmarks_work_with_no_setting_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALLOW_PRIVATE_ADDRESSES", "true")

    forget_settings()

    assert "ALLOW_PRIVATE_ADDRESSES" not in os.environ


def test_what_leads_to_a_database_or_to_another_server_is_decided_by_the_demo() -> None:
    known = re.findall(r"^#?\s*([A-Z][A-Z0-9_]*)=", (BASE_DIR / ".env.example").read_text(), re.MULTILINE)
    leading_away = {name for name in known if name.endswith(("_URL", "_API_KEY", "_SECRET"))}

    assert leading_away <= OF_THE_DEMO <= set(known)


@pytest.mark.parametrize(("host", "allowed"), [("127.0.0.1", ""), ("0.0.0.0", "*"), ("192.0.2.1", "*")])
def test_a_demo_on_loopback_answers_under_no_other_name(host: str, allowed: str) -> None:
    assert hosts_of(host) == allowed
