.PHONY: run test lint fuzz e2e bench profile soak image ci

run:
	go run .

test:
	go test ./...

lint:
	bash .ci/run format tidy vet lint

fuzz:
	KNOT_SANDBOX_FUZZ_TIME=$${KNOT_SANDBOX_FUZZ_TIME:-10m} bash .ci/run fuzz

e2e:
	go test -count=1 ./e2e/...

bench:
	go test -run '^$$' -bench . -benchmem ./...
	go run ./bench

# Made in a folder for temporary files, since the profile names it.
profile:
	dir=$$(mktemp -d) && trap 'rm -r "$$dir"' EXIT && \
	CGO_ENABLED=0 go test -trimpath -c -o "$$dir/test" ./server && \
	"$$dir/test" -test.run '^$$' -test.bench InMemory/sandbox -test.benchtime 15s -test.cpuprofile default.pgo

soak:
	go run ./soak

image:
	docker build --network host -t knot-sandbox .

ci:
	bash .ci/run
