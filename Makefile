.PHONY: run test race lint fuzz ci
run:          ## the demo
	go run ./cmd/afterrun demo
test:         ## everything, with the real InfluxDB and Chromium
	go test ./...
race:
	go test -race ./...
lint:
	golangci-lint run ./...
fuzz:
	.ci/fuzz 10s
ci:
	.ci/run
