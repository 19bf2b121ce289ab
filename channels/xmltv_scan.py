"""What of an XMLTV feed's bytes is markup, told apart as they come: comments and CDATA may hold anything."""

import re

BEGINNING = re.compile(rb"<programme|<!--|<!\[CDATA\[")
ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}
HELD_BACK = 9  # of a chunk: one letter less than the longest beginning
KEPT = 1_000


class Scan:
    """Counts the programmes that begin in the markup, and keeps how it ends."""

    def __init__(self) -> None:
        self.programmes = 0
        self._rest = b""
        self._end_of_inside = b""
        self._ending = b""

    def take(self, chunk: bytes) -> None:
        content = self._rest + chunk
        place = 0
        while True:
            if self._end_of_inside:
                end = content.find(self._end_of_inside, place)
                if end < 0:
                    self._rest = content[max(place, len(content) - 2) :]
                    return
                place = end + len(self._end_of_inside)
                self._end_of_inside = b""
            if (found := BEGINNING.search(content, place)) is None:
                stop = max(place, len(content) - HELD_BACK)
                self._keep(content[place:stop])
                self._rest = content[stop:]
                return
            self._end_of_inside = ENDS.get(found[0], b"")
            self.programmes += not self._end_of_inside
            self._keep(content[place : found.start() if self._end_of_inside else found.end()])
            place = found.end()

    @property
    def is_inside(self) -> bool:
        """Tell whether a comment or CDATA has not ended yet."""
        return bool(self._end_of_inside)

    @property
    def ending(self) -> bytes:
        """The last markup that came, without what is blank behind it."""
        return (self._ending + (b"" if self.is_inside else self._rest)).rstrip()

    def _keep(self, markup: bytes) -> None:
        self._ending = (self._ending + markup.rstrip()[-KEPT:])[-KEPT:]
