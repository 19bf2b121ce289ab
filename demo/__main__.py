"""``python -m demo`` runs the whole product on this machine; ``python -m demo smoke`` checks it and exits."""

import argparse
import os
import socket
import sys

from demo.processes import ProcessDied, Stopped, stop_on_signals
from demo.stack import LOOPBACK, Stack, forget_settings, running_stack


def main() -> int:
    host, port = os.environ.get("API_HOST", LOOPBACK), int(os.environ.get("API_PORT", "8080"))
    options = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    options.add_argument("what", nargs="?", choices=["smoke"], help="check it on free ports and exit")
    is_smoke = options.parse_args().what == "smoke"
    forget_settings(all_of_them=is_smoke)
    try:
        with stop_on_signals():
            if is_smoke:
                return smoke()
            if (reason := taken(host, port)) is not None:
                print(f"{host}:{port} cannot be used: {reason}. Choose another port: API_PORT=8090 make demo")
                return 1
            with running_stack(name="demo", host=host, port=port, fresh=False) as stack:
                print(what_to_try(stack), flush=True)
                stack.processes.wait()
    except Stopped:
        print("stopped")
    except ProcessDied as exc:
        print(exc)
        return 1
    return 0


def smoke() -> int:
    """Run everything on free ports with an empty database, check the chain, and tell how it went."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    with running_stack(name="smoke", host=LOOPBACK, port=port, fresh=True) as stack:
        from demo.smoke import run_checks

        return 0 if run_checks(stack) else 1


def taken(host: str, port: int) -> str | None:
    """Return why nobody can listen there, or None."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            return exc.strerror or str(exc)
    return None


def what_to_try(stack: Stack) -> str:
    from demo.seed import ADMIN
    from playlists.links import stream_url, token_query
    from subscribers.entitlements import entitled_channels
    from subscribers.models import Subscriber

    live = Subscriber.objects.get(agreement_number="DEMO-1")
    playlist = f"{stack.url}/playlist/{live.token}.m3u8"
    channel = entitled_channels(live).in_playlist_order()[0]
    stream = stream_url(channel.stream_base_url, channel.stream_name, token_query(live.token), "ts")
    return f"""
Playlist Service is running. Ctrl-C stops everything.

  Admin       {stack.url}/admin/
  Login       {ADMIN} / {stack.password}
  Playlist    {playlist}

Try:
  curl -s {playlist} | head -5
  ENV_FILE={stack.env_file.relative_to(stack.env_file.parents[2])} .venv/bin/python manage.py check_access
  Switch a subscriber to "disabled" in the admin, and ask the Auth Service's stand-in what it holds:
  curl -s {stack.auth_service_url}/_standin/tokens | python3 -m json.tool | head -40
  Watch a stream meanwhile: it ends within seconds, as the stand-in for Flussonic asks this service who may watch.
  ffplay '{stream}'
"""


if __name__ == "__main__":
    sys.exit(main())
