.PHONY: run test lint fuzz e2e bench soak image ci

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

soak:
	go run ./soak

image:
	docker build --network host -t knot-sandbox .

ci:
	bash .ci/run
