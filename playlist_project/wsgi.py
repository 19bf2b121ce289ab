"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from playlist_project.content_types import in_utf_8

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playlist_project.settings")

application = in_utf_8(get_wsgi_application())
