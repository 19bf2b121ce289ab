"""Load from outside the process, by wrk: many connections that ask for one address after the other."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

CONNECTIONS = 16
SECONDS_BY_UNIT = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
# Each address in turn. A delay makes of the connections a load that does not depend on how fast the answers come.
SCRIPT = """
local paths = {}
for line in io.lines("%(paths)s") do paths[#paths + 1] = line end
local at = 0
function request()
    at = at %% #paths + 1
    return wrk.format("GET", paths[at])
end
%(delay)s
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load; ``p99`` in seconds."""

    per_second: float
    p99: float
    requests: int


def load(url: str, paths: Sequence[str], *, seconds: float, per_second: float | None = None) -> Load:
    """Ask for the paths in turn for so long: as fast as answers come, or at most so many a second.

    Raises ValueError where an answer is none, or neither 2xx nor 3xx.
    """
    with TemporaryDirectory() as folder:
        listed, script = Path(folder, "paths"), Path(folder, "script.lua")
        listed.write_text("\n".join(paths))
        delay = f"function delay() return {CONNECTIONS / per_second * 1000:.1f} end" if per_second else ""
        script.write_text(SCRIPT % {"paths": listed, "delay": delay})
        command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds:.0f}s", "--latency"]
        done = subprocess.run([*command, f"--script={script}", url], capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise ValueError(f"not every answer was one: {done.stdout}")
    return _read(done.stdout)


def _read(text: str) -> Load:
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", text)
    requests = re.search(r"(\d+) requests in", text)
    if not (per_second and p99 and requests):
        raise ValueError(f"wrk says something else: {text}")
    return Load(float(per_second[1]), float(p99[1]) * SECONDS_BY_UNIT[p99[2]], int(requests[1]))
