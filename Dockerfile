# Every package is pinned with its hash. To pin the base image too, pass its digest: --build-arg BASE=…@sha256:…
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements/run.txt requirements/build.txt requirements/
RUN python -m venv /opt/sqsd \
    && /opt/sqsd/bin/pip install --require-hashes -r requirements/run.txt \
    && python -m venv tools \
    && tools/bin/pip install --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/sqsd/bin/pip install --no-deps dist/*.whl \
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
ENTRYPOINT ["sqsd"]
