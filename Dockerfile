# The locked requirements, as wheels: what building them takes stays behind.
FROM python:3.13-slim AS wheels
WORKDIR /wheels
COPY requirements.txt .
RUN pip wheel --no-cache-dir --require-hashes --requirement requirements.txt

FROM python:3.13-slim
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/srv/static
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin playlist
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --no-deps /wheels/*.whl
WORKDIR /srv/playlist
COPY . .
# Neither value is kept, and nothing is asked of a database.
RUN SECRET_KEY=only-while-collecting-static-files DATABASE_URL=postgres://nobody@nowhere/none \
    python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q .

USER 10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["gunicorn", "-c", "gunicorn.conf.py", "playlist_project.wsgi"]
