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

# Made in the folder of temporary files, so that the profile names no other.
profile:
	CGO_ENABLED=0 go test -trimpath -c -o /tmp/knot-sandbox.test ./server
	/tmp/knot-sandbox.test -test.run '^$$' -test.bench InMemory/sandbox -test.benchtime 15s -test.cpuprofile default.pgo
	rm /tmp/knot-sandbox.test

soak:
	go run ./soak

image:
	docker build --network host -t knot-sandbox .

ci:
	bash .ci/run
