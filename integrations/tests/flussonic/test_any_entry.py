"""Whatever a server lists can be read."""

from typing import Any

import hypothesis
from hypothesis import strategies as st

from demo.catalogue import NOW
from integrations.flussonic.shapes import fault_in_name, flattened, read_stream

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=5,
)
FIELDS = ("entry", "value", "title", "dvr", "expiration", "dvr_limit", "reference", "stats", "media_info", "tracks",
          "height", "dvr_info", "depth", "from", "options")  # fmt: skip
entries = st.recursive(
    json_values,
    lambda below: st.dictionaries(st.sampled_from(FIELDS), below, max_size=5) | st.lists(below, max_size=2),
    max_leaves=20,
)


@hypothesis.settings(deadline=None)
@hypothesis.given(entry=entries)
def test_no_entry_whatever_is_in_it_breaks_the_reading(entry: Any) -> None:
    fields = flattened(entry)
    if fields is not None:
        stream = read_stream("news", fields, expiration_of=lambda reference: None, now=NOW)
        assert stream.title
        assert stream.title.encode()
        assert stream.catchup_days is None or 1 <= stream.catchup_days < 2**31
        assert fault_in_name(stream.title) is None
