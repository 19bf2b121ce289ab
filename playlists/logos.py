"""Logos over HTTP: those that are stored as an image."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils.cache import get_conditional_response

from channels.logos import BadLogo, decode
from channels.models import Channel
from playlists.players import for_players


@for_players("GET", "HEAD")
def logo(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Answer with a channel's image, whether the channel is active or not.

    The address in playlists carries the image's hash, so that answer holds for ever; any other must be asked for anew.
    """
    row = Channel.objects.filter(pk=channel_id).values_list("tvg_logo", "logo_ref").first()
    stored, content_hash = row or ("", "")
    try:
        image = decode(stored or "")
    except BadLogo:
        return HttpResponseNotFound("There is no such logo.\n", content_type="text/plain; charset=utf-8")
    headers = {
        "Content-Type": "image/png",
        "Content-Length": str(len(image)),
        "Cache-Control": "public, max-age=31536000, immutable"
        if request.GET.get("v") == content_hash
        else "public, no-cache",
        "ETag": f'"{content_hash}"',
        "X-Content-Type-Options": "nosniff",
    }
    response = HttpResponse(b"" if request.method == "HEAD" else image, headers=headers)
    return get_conditional_response(request, headers["ETag"], response=response) or response
