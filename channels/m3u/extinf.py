"""Lines of ``#EXTINF``, and the other lines that say something of the channel that follows.

No quote can be escaped in them, and no two programs agree where a value ends. What is read here is what most would
show; where they lose a name or an attribute, it is kept. Every step goes on from where the last one ended: a line of
any making takes no more time than its length.
"""

import re

NAME = r"[^\s=,\"']++"
# No look is needed at lines like these; others are taken apart attribute by attribute.
PLAIN_EXTINF = re.compile(
    r"#EXTINF:[-+\d.]*+((?:\s++[\w.-]++=\"[^\"]*+\")*+)\s*+,(?!\s*+(?:tvg-[a-z]+|group-title)=)(.*)", re.DOTALL
)
PLAIN_ATTRIBUTE = re.compile(r"([\w.-]++)=\"([^\"]*+)\"")

EXTINF = re.compile(r"#\s*+EXTINF\b\s*+:?\s*+[-+]?[\d.]*+", re.IGNORECASE)
# Some write a comma behind the duration and the attributes behind that.
LATE_ATTRIBUTES = re.compile(r"\s*+,\s*+(?=(?:tvg-[a-z]+|group-title)\s*+=\s*+[\"'])", re.IGNORECASE)
SPACES = re.compile(r"\s*+")
ATTRIBUTE = re.compile(rf"({NAME})(?:\s*+=\s*+(?=[\"'])|=)")
NO_ATTRIBUTE = re.compile(r"[^\s=,]++|=")
UNQUOTED = re.compile(r"[^\s,]*+")
# Without the quote at its end, a value goes on to the next attribute or the title.
UNFINISHED = re.compile(rf"(?:(?!\s{NAME}\s*+=)[^,])*+")
NEXT_NAME = re.compile(rf"\s{NAME}\s*+=\s*+$")
GOES_ON = re.compile(rf"(?!{NAME}\s*+=)[^\s,]")
# Whether it opens the value of an attribute is in the group.
NEXT_QUOTE = {quote: re.compile(rf"(=\s*+)?{quote}") for quote in "\"'"}

OPTION = re.compile(r"#\s*+(?:EXTVLCOPT|KODIPROP)\s*+:([^=]++)=(.*)", re.IGNORECASE | re.DOTALL)
GROUP = re.compile(r"#\s*+EXTGRP\s*+:(.*)", re.IGNORECASE | re.DOTALL)


def is_extinf(line: str) -> bool:
    return EXTINF.match(line) is not None


def taken_apart(line: str) -> tuple[str, dict[str, str]]:
    """Return title and attributes of a line that is_extinf(). Of attributes of one name, the first stands."""
    beginning = EXTINF.match(line)
    position = beginning.end() if beginning else 0
    late = LATE_ATTRIBUTES.match(line, position)
    position = after_attributes = late.end() if late else position
    attributes: dict[str, str] = {}
    while (position := _after_spaces(line, position)) < len(line) and line[position] != ",":
        found = ATTRIBUTE.match(line, position)
        if found:
            value, position = _value(line, found.end())
            attributes.setdefault(found[1].lower(), value.strip())
            after_attributes = position
        else:
            position = _after(NO_ATTRIBUTE, line, position)
    # Where there is no comma, the title is what is left.
    title = line[position + 1 :] if position < len(line) else line[after_attributes:]
    return title.strip(), attributes


def option_of(line: str) -> tuple[str, str] | None:
    """Return the attribute that another line than ``#EXTINF`` gives, if it does."""
    if group := GROUP.match(line):
        return "group-title", group[1].strip()
    option = OPTION.match(line)
    return (option[1].strip().lower(), option[2].strip()) if option else None


def _value(line: str, start: int) -> tuple[str, int]:
    """Return the value that begins there, and where it ends."""
    quote = line[start : start + 1]
    if quote not in ('"', "'"):
        end = _after(UNQUOTED, line, start)
        return line[start:end], end
    start += 1
    end = line.find(quote, start)
    if end < 0:
        end = _after(UNFINISHED, line, start)
        return line[start:end], end
    if GOES_ON.match(line, end + 1):
        # The quote opens the value of the next attribute: the one at the end of this value is missing.
        if next_name := NEXT_NAME.search(line[start:end]):
            end = start + next_name.start()
            return line[start:end], end
        end = _closing_quote(line, end, quote)
    return line[start:end], end + 1


def _closing_quote(line: str, first: int, quote: str) -> int:
    """Find the end of a value with quotes inside, which come in pairs, or with apostrophes; else the first is it.

    A search that fails ends no later than where the next value in such quotes begins: none is searched twice.
    """
    end = first
    while GOES_ON.match(line, end + 1):
        for _ in range(2 if quote == '"' else 1):
            found = NEXT_QUOTE[quote].search(line, end + 1)
            if not found or found[1]:
                return first
            end = found.end() - 1
    return end


def _after(pattern: re.Pattern[str], line: str, position: int) -> int:
    found = pattern.match(line, position)
    return found.end() if found else position


def _after_spaces(line: str, position: int) -> int:
    return _after(SPACES, line, position)
