# Python packages come from locks with hashes, as wheels only; without the resolver, pip installs what a lock names.
# The tag names Python and Debian, and moves with their patches. Pin the base by digest for images you deploy:
#   docker buildx imagetools inspect python:3.13-slim-bookworm
#   docker build --build-arg BASE=python:3.13-slim-bookworm@sha256:… .
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore \
    PIP_NO_DEPS=1 PIP_REQUIRE_HASHES=1 PIP_ONLY_BINARY=:all:
WORKDIR /build
COPY requirements/run.txt requirements/build.txt requirements/
RUN python -m venv /opt/sqsd \
    && /opt/sqsd/bin/pip install -r requirements/run.txt \
    && python -m venv tools \
    && tools/bin/pip install -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
# Our own wheel has no hash; it is made here, with the tools of the lock.
RUN unset PIP_REQUIRE_HASHES PIP_ONLY_BINARY \
    && tools/bin/pip wheel --no-build-isolation --wheel-dir dist . \
    && /opt/sqsd/bin/pip install dist/*.whl \
    && /opt/sqsd/bin/pip check \
    && /opt/sqsd/bin/pip uninstall --yes pip

FROM ${BASE}
LABEL org.opencontainers.image.title="sqsd" \
      org.opencontainers.image.description="An SQS worker daemon" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/sqsd /opt/sqsd
# The file system may be read-only: nothing is written at run time, not even byte code.
ENV PATH=/opt/sqsd/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# A number, not a name, so that Kubernetes can verify that it is not root.
USER 10001:10001
STOPSIGNAL SIGTERM
# The exec form: sqsd is process 1 and gets the signals itself, with no shell in between.
ENTRYPOINT ["sqsd"]
