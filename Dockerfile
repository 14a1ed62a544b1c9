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
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$VERSION" -o /knot-sandbox .

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="knot-sandbox" \
      org.opencontainers.image.description="A local stand-in for the Knot API" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /knot-sandbox /knot-sandbox
USER 65532:65532
# A container's loopback cannot be reached from outside it. The port is 5668, or that of PORT.
ENV KNOT_SANDBOX_LISTEN=0.0.0.0
EXPOSE 5668
ENTRYPOINT ["/knot-sandbox"]
