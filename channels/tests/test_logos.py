"""What is accepted as a logo, and what becomes of it."""

import base64
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from channels.logos import MAX_BYTES, BadLogo, decode, normalise_logo


def picture(mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Image.Image:
    return Image.radial_gradient("L").resize(size).convert(mode)


def data_uri(image: Image.Image, form: str, *, kind: str | None = None) -> str:
    buffer = BytesIO()
    image.save(buffer, form)
    return as_data_uri(buffer.getvalue(), kind or form.lower())


def as_data_uri(content: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def stored(logo: str) -> Image.Image:
    image = Image.open(BytesIO(decode(logo)))
    image.load()
    return image


def png_of(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it is as large as that."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0" * 99))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


@pytest.mark.parametrize("nothing", [None, "", "  \n"], ids=repr)
def test_nothing_is_no_logo(nothing: str | None) -> None:
    assert normalise_logo(nothing) == ""


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://e.com/logo.png", "https://e.com/logo.png"),
        (" http://e.com:8080/a b.png?v=1,2 \n", "http://e.com:8080/a b.png?v=1,2"),
        ("HTTPS://e.com/Logo.PNG", "https://e.com/Logo.PNG"),
        ("http://e.com/лого.svg", "http://e.com/лого.svg"),
        ("https://e.com/" + "a" * 1986, "https://e.com/" + "a" * 1986),
    ],
    ids=lambda url: url[:30],
)
def test_addresses_are_kept(url: str, kept: str) -> None:
    assert normalise_logo(url) == kept


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("logo.png", "begins with http", id="relative"),
        pytest.param("//e.com/logo.png", "begins with http", id="no scheme"),
        pytest.param("ftp://e.com/logo.png", "begins with http", id="ftp"),
        pytest.param("javascript:alert(1)", "begins with http", id="script"),
        pytest.param("https:///logo.png", "begins with http", id="no host"),
        pytest.param("https://user:pass@e.com/logo.png", "user name or password", id="credentials"),
        pytest.param("https://e.com/a\nb.png", "line breaks", id="line break"),
        pytest.param("https://e.com/a\x00b.png", "line breaks", id="control character"),
        pytest.param("https://e.com/" + "a" * 1987, "at most 2000", id="too long"),
        pytest.param("https://e.com:port/", "not the address", id="port"),
        pytest.param("https://[e.com/", "not the address", id="bracket"),
        pytest.param("data:image/svg+xml;base64,PHN2Zy8+", "PNG, JPEG, WebP or GIF", id="SVG"),
        pytest.param("data:image/svg+xml,<svg/>", "PNG, JPEG, WebP or GIF", id="SVG as text"),
        pytest.param("data:text/html;base64,PGI+", "PNG, JPEG, WebP or GIF", id="HTML"),
        pytest.param("data:image/png,abc", "PNG, JPEG, WebP or GIF", id="not base64"),
        pytest.param("data:image/png;base64,$$$", "cannot be read", id="broken base64"),
        pytest.param("data:image/png;base64,é", "cannot be read", id="base64 that is not ASCII"),
        pytest.param("data:image/png;base64,", "damaged", id="empty"),
        pytest.param(as_data_uri(b"GIF89a"), "not a PNG", id="other format than it says"),
        pytest.param(data_uri(picture(), "JPEG", kind="png"), "not a PNG", id="JPEG that says PNG"),
        pytest.param(data_uri(picture(), "PNG")[:200], "damaged", id="cut off"),
        pytest.param(as_data_uri(png_of(4097, 1)), "4096x4096", id="too wide"),
        pytest.param(as_data_uri(png_of(10_000, 10_000)), "4096x4096", id="bomb that Pillow warns of"),
        pytest.param(as_data_uri(png_of(60_000, 60_000)), "4096x4096", id="bomb that Pillow refuses"),
        pytest.param(as_data_uri(b"x" * (5 * 1024 * 1024 + 10)), "5 MB", id="too many bytes"),
    ],
)
def test_what_is_no_logo_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(BadLogo, match=message):
        normalise_logo(text)


@pytest.mark.parametrize(
    ("form", "kind"), [("PNG", "png"), ("JPEG", "jpeg"), ("JPEG", "jpg"), ("WEBP", "webp"), ("GIF", "gif")]
)
def test_images_become_png(form: str, kind: str) -> None:
    image = stored(normalise_logo(data_uri(picture(), form, kind=kind)))

    assert (image.format, image.size) == ("PNG", (40, 30))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_images_of_every_colour_depth_are_accepted(mode: str) -> None:
    assert stored(normalise_logo(data_uri(picture(mode), "PNG"))).mode == "RGBA"


def test_transparency_survives() -> None:
    image = Image.new("RGBA", (10, 10), (255, 0, 0, 0))

    assert stored(normalise_logo(data_uri(image, "PNG"))).getpixel((5, 5)) == (255, 0, 0, 0)


def test_a_large_image_is_made_smaller_in_proportion() -> None:
    assert stored(normalise_logo(data_uri(picture(size=(2048, 1024)), "PNG"))).size == (512, 256)


def test_a_noisy_image_is_made_smaller_until_it_fits() -> None:
    logo = normalise_logo(data_uri(Image.effect_noise((600, 600), 200).convert("RGB"), "JPEG"))

    assert 50_000 < len(decode(logo)) <= MAX_BYTES
    assert max(stored(logo).size) < 512


def test_an_animation_becomes_its_first_picture() -> None:
    first, second = Image.new("RGB", (10, 10), "red"), Image.new("RGB", (10, 10), "blue")
    buffer = BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=[second])

    image = stored(normalise_logo(as_data_uri(buffer.getvalue(), "gif")))

    assert image.getpixel((5, 5)) == (255, 0, 0, 255)
    assert not getattr(image, "is_animated", False)


def test_what_came_with_the_picture_is_left_behind() -> None:
    buffer = BytesIO()
    exif = Image.Exif()
    exif[0x013B] = "somebody"
    picture().save(buffer, "PNG", exif=exif, icc_profile=b"profile")

    assert set(stored(normalise_logo(as_data_uri(buffer.getvalue()))).info) == set()


def test_a_logo_pasted_with_line_breaks_is_accepted() -> None:
    head, _, body = data_uri(picture(), "PNG").partition(",")

    assert normalise_logo(f"{head},{body[:50]}\n{body[50:]}\n") == normalise_logo(f"{head},{body}")


@pytest.mark.parametrize("size", [(40, 30), (600, 600)], ids=["small", "shrunk"])
def test_a_stored_logo_stays_the_same_when_it_is_stored_again(size: tuple[int, int]) -> None:
    logo = normalise_logo(data_uri(Image.effect_noise(size, 200).convert("RGB"), "PNG"))

    assert normalise_logo(logo) == logo


@pytest.mark.parametrize("other", ["", "https://e.com/logo.png", data_uri(picture(), "GIF")], ids=["", "URL", "GIF"])
def test_only_stored_images_can_be_decoded(other: str) -> None:
    with pytest.raises(BadLogo):
        decode(other)
