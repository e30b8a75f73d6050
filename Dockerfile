# Afterrun in a container: one static binary, no shell, not root.
FROM golang:1.26.8 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /afterrun ./cmd/afterrun \
 && install -d -m 0700 -o 65532 -g 65532 /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /afterrun /afterrun
COPY --from=build --chown=65532:65532 /data /data
ENV HOME=/data
USER 65532:65532
VOLUME /data
EXPOSE 8017
ENTRYPOINT ["/afterrun"]
CMD ["up", "/sync"]
