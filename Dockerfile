ARG GO_IMAGE=golang:1.26

FROM ${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# BuildKit sets the target platform. Where it is empty, Go takes the builder's own.
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$VERSION" -o /knot-sandbox . && \
    mkdir -p /empty/tls

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="knot-sandbox" \
      org.opencontainers.image.description="A local stand-in for the Knot API" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /knot-sandbox /knot-sandbox
# A volume that is mounted here belongs to the user below.
COPY --from=build --chown=65532:65532 /empty/tls /tls
USER 65532:65532
# A container's loopback cannot be reached from outside it. The port is 5668, or that of PORT. The address file tells the
# health check where the server is, whatever its flags say; /dev/shm can be written although the root cannot.
ENV KNOT_SANDBOX_LISTEN=0.0.0.0 \
    KNOT_SANDBOX_TLS_DIR=/tls \
    KNOT_SANDBOX_ADDRESS_FILE=/dev/shm/knot-sandbox.url
EXPOSE 5668 5669
HEALTHCHECK --interval=500ms --timeout=3s --start-period=10s --retries=3 CMD ["/knot-sandbox", "healthcheck"]
ENTRYPOINT ["/knot-sandbox"]
