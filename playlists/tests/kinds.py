"""Every kind of content that subscribers share, as it is answered to an account."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from playlists.account import Account
from playlists.links import Output
from playlists.playlist import playlist_content
from playlists.xtream.actions import ACTIONS, Body, panel_json

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def playlist(account: Account, output: Output) -> bytes:
    return b"".join(playlist_content(account, output).chunks_for("token-1"))


def action(account: Account, name: str, **asked: str) -> bytes:
    body: Body = ACTIONS[name](account, asked, datetime.now(UTC))
    return body.plain + body.compressed()


def panel(account: Account) -> bytes:
    body = panel_json(account, "", NOW)  # the account's own part has the time in it
    return body.plain + body.compressed()


KINDS: dict[str, Callable[[Account], bytes]] = {
    "playlist": partial(playlist, output="m3u8"),
    "playlist of MPEG-TS": partial(playlist, output="ts"),
    "live categories": partial(action, name="get_live_categories"),
    "live streams": partial(action, name="get_live_streams"),
    "live streams of no group": partial(action, name="get_live_streams", category_id="2147483647"),
    "panel": panel,
}
