# syntax=docker/dockerfile:1
# docker buildx build --platform linux/amd64,linux/arm64 -t <registry>/<repository>:<tag> --push .

# What it is built with and on. A release gives both with the digest of the day; a mirror, or whatever stands in for them, is given here too.
ARG SDK=mcr.microsoft.com/dotnet/sdk:10.0-noble
ARG RUNTIME=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled

FROM --platform=$BUILDPLATFORM $SDK AS build
ARG TARGETARCH
ARG REVISION=
WORKDIR /src
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig LICENSE THIRD-PARTY-NOTICES.txt ./
COPY protos protos
COPY ApiServer ApiServer
COPY Grains.Interfaces Grains.Interfaces
COPY Conversation Conversation
COPY Grains Grains
COPY Informer Informer
COPY Gateway Gateway
COPY Clustering.Kubernetes Clustering.Kubernetes
COPY Silo Silo
# Packages and their hashes must be those of the lock files. Publishing then adds the compiler for the target, which no lock file lists.
RUN --mount=type=cache,target=/root/.nuget/packages dotnet restore Silo --locked-mode
RUN --mount=type=cache,target=/root/.nuget/packages \
    dotnet publish Silo -c Release -a $TARGETARCH --self-contained false -p:PublishReadyToRun=true \
    -p:SourceRevisionId=$REVISION -o /image/app
# /meta-collector is what the published chart calls. The names are links: the program is found beside its libraries.
RUN ln -s app/metacollector /image/metacollector && ln -s app/metacollector /image/meta-collector

# No shell, no package manager, nothing but the runtime.
FROM $RUNTIME
ARG RUNTIME
ARG VERSION=0.1.0
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="Orleans MetaCollector" \
      org.opencontainers.image.description="Kubernetes metadata for Falco, served by replicas that stand in for one another" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.base.name="$RUNTIME"
COPY --from=build /image/ /
# The program sets its own addresses; the diagnostics socket would need a writable /tmp (docs/install.md tells how to have it).
# User 1000 has no entry in /etc/passwd: without a HOME, .NET's TLS looks for one there, and fails.
ENV ASPNETCORE_HTTP_PORTS= \
    DOTNET_EnableDiagnostics=0 \
    HOME=/
USER 1000:1000
# metrics, probes, streams, replicas among themselves
EXPOSE 8080 8081 45000 11111
STOPSIGNAL SIGTERM
ENTRYPOINT ["/metacollector"]
CMD ["run"]
