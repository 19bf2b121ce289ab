"""Every kind of content that subscribers share, as it is made for an account."""

from collections.abc import Callable

from playlists.account import Account
from playlists.contents import Content
from playlists.playlist import playlist_content

KINDS: dict[str, Callable[[Account], Content]] = {
    "playlist": playlist_content,
    "playlist of MPEG-TS": lambda account: playlist_content(account, "ts"),
}
