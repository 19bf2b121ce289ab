"""Lists of channels for tests, and sources of them."""

import io
from itertools import count
from typing import Any

from channels import m3u
from channels.import_mapping import DEFAULT_MAPPING
from channels.importing import Counts, apply, staged
from channels.models import Channel, ImportRun, Source
from channels.sources import create_list

numbers = count(1)
HOST = "http://line.example.com:8080"


def make_list_source(**fields: Any) -> Source:
    name = fields.pop("name", None) or f"List {next(numbers)}"
    return create_list(name, **fields)


def entry(number: int, name: str | None = None, /, *, url: str | None = None, **attributes: str) -> str:
    """Return an entry of a list; attributes are written with ``-`` for ``_``."""
    written = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in attributes.items())
    title = f"Channel {number}" if name is None else name
    return f"#EXTINF:-1{written},{title}\n{url or f'{HOST}/live/user/secret/{number}.ts'}\n"


def list_of(*entries: str) -> bytes:
    return ("#EXTM3U\n" + "".join(entries)).encode()


def imported(source: Source, content: bytes, *, forced: bool = False, mapping: dict[str, str] | None = None) -> Counts:
    """Import a list as it is, and return what that came to."""
    run = ImportRun.objects.create(source=source, forced=forced)
    entries = m3u.read(m3u.lines_of(io.BytesIO(content)))
    with staged(source, entries, DEFAULT_MAPPING if mapping is None else mapping) as found:
        counts = apply(source, found, run)
    run.save_progress(state=ImportRun.State.DONE)
    return counts


def only(source: Source) -> Channel:
    """Return the only channel of a source."""
    return Channel.objects.get(source=source)
