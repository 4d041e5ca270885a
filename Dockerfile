# Build:  docker build --build-arg REVISION="$(git rev-parse HEAD)" -t immich-backup-exporter .
# Tried as it stands, by a real engine: make image-test
# One Debian release for both stages: the virtual environment of the first works with the Python of the second.
ARG DEBIAN=debian:trixie-slim

FROM ${DEBIAN} AS build
# hadolint ignore=DL3008 # a stable release keeps its versions but for security updates, which are wanted
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements.txt requirements-dev.txt ./
# Whatever is downloaded is checked by hash: first what builds the wheel, then what the agent needs to run.
RUN python3 -m venv /tools \
 && awk '/^[a-z]/ { keep = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } keep' requirements-dev.txt \
        > /tools/requirements.txt \
 && /tools/bin/pip install --no-cache-dir --require-hashes -r /tools/requirements.txt \
 && python3 -m venv --without-pip /opt/immich-backup-exporter \
 && /tools/bin/pip --python /opt/immich-backup-exporter/bin/python install --no-cache-dir --require-hashes \
        --only-binary :all: -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY exporter exporter
COPY alert_rules alert_rules
COPY grafana grafana
RUN /tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /tools/bin/pip --python /opt/immich-backup-exporter/bin/python install --no-deps --no-index /wheels/*.whl

FROM ${DEBIAN}
# The restic of this Debian release. Another one, or rclone and ssh for backends that need them: see docs/how-to.
ARG RESTIC_VERSION=0.18.0
# hadolint ignore=DL3008 # as above; restic's version is named
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 "restic=${RESTIC_VERSION}*" tini tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && case "$(restic version)" in "restic ${RESTIC_VERSION} "*) ;; *) exit 1 ;; esac \
 && install -d -m 1777 /var/lib/immich-backup-exporter
# 1777: a new volume takes the mode over, and the agent runs as whoever may read the repository.
COPY --from=build /opt/immich-backup-exporter /opt/immich-backup-exporter
ENV PATH=/opt/immich-backup-exporter/bin:$PATH PYTHONDONTWRITEBYTECODE=1
# The program says its version itself. A label cannot ask it, so whoever gives one is held to it. (Both arguments before
# this step: podman would take the labels of an earlier build from its cache otherwise.)
ARG VERSION=""
ARG REVISION=""
RUN test "immich-backup-exporter ${VERSION}" = "$(immich-backup-exporter --version)" || test -z "${VERSION}"
ENV IMMICH_BACKUP_EXPORTER_REVISION=${REVISION}
LABEL org.opencontainers.image.title="immich-backup-exporter" \
      org.opencontainers.image.description="Tells Prometheus whether the restic backups and database dumps of an Immich library are good" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/immich-backup-exporter/immich-backup-exporter" \
      org.opencontainers.image.documentation="https://github.com/immich-backup-exporter/immich-backup-exporter/blob/main/docs/index.md" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

USER 10321:10321
WORKDIR /var/lib/immich-backup-exporter
EXPOSE 10321
HEALTHCHECK --interval=1m --timeout=5s --start-period=10s CMD ["immich-backup-exporter", "healthcheck"]
# tini reaps what restic's helpers leave behind when they are ended; the agent takes SIGTERM from it and ends with 0.
ENTRYPOINT ["tini", "--", "immich-backup-exporter"]
CMD ["serve"]
