"""A few seconds of picture and sound, made once with ffmpeg, that the stand-in plays over and over."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / ".local" / "media"
SEGMENT_SECONDS = 2
LENGTH_SECONDS = 12
HINT = "ffmpeg is not installed: apt-get install --no-install-recommends ffmpeg"


@dataclass(frozen=True, slots=True)
class Media:
    """MPEG-TS segments of ``seconds`` each, in order."""

    segments: tuple[bytes, ...]
    seconds: int = SEGMENT_SECONDS

    def segment(self, number: int) -> bytes:
        return self.segments[number % len(self.segments)]


@cache
def made_media() -> Media | None:
    """Return what there is to play, made if it is not there yet; None where ffmpeg is missing (`HINT`)."""
    if not any(FOLDER.glob("*.ts")):
        if shutil.which("ffmpeg") is None:
            return None
        _make()
    files = sorted(FOLDER.glob("*.ts"))
    return Media(tuple(file.read_bytes() for file in files))


def _make() -> None:
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=FOLDER.parent, prefix="media-"))
    picture = f"testsrc2=size=320x180:rate=25:duration={LENGTH_SECONDS}"
    sound = f"sine=frequency=440:sample_rate=44100:duration={LENGTH_SECONDS}"
    key_frames = str(25 * SEGMENT_SECONDS)
    command = [
        *("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", key_frames, "-sc_threshold", "0"),
        *("-c:a", "aac", "-b:a", "64k", "-f", "hls", "-hls_time", str(SEGMENT_SECONDS), "-hls_list_size", "0"),
        *("-hls_segment_filename", str(work / "%03d.ts"), str(work / "index.m3u8")),
    ]
    try:
        subprocess.run(command, check=True, timeout=120)
        if not FOLDER.exists():
            os.replace(work, FOLDER)  # at once, as somebody else may be making it, too
    except OSError:
        if not FOLDER.exists():
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
