PROFILE ?= default
DIR     ?= results/local
GO      ?= go
TOOL     = $(GO) tool -modfile=internal/tools/go.mod
NONREV   = bin/nonrev

.DEFAULT_GOAL := help
.PHONY: help build bench bench-ipc profile-ipc bench-grain bench-harness bench-file bench-page gate-study screenshots check truth test race lint cross deps clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/nonrev
	@CGO_ENABLED=0 $(GO) build -buildvcs=auto -o $(NONREV) ./cmd/nonrev || CGO_ENABLED=0 $(GO) build -buildvcs=false -o $(NONREV) ./cmd/nonrev

bench: build ## measure this machine and write the page (PROFILE=smoke|quick|default|grain|ipc|python|full, DIR=results/local)
	$(NONREV) run --profile $(PROFILE) --dir $(DIR)
	$(NONREV) report --dir $(DIR) $(DIR)/bench.txt

bench-ipc: DIR = results/local-ipc
bench-ipc: build ## measure what a message costs, write the page and print the table beside the floor
	$(NONREV) run --profile ipc --dir $(DIR)
	$(NONREV) report --dir $(DIR) $(DIR)/bench.txt
	$(NONREV) floor $(DIR)/bench.txt

profile-ipc: SET ?= transport=ring payload=64B placement=cross codec=raw
profile-ipc: build ## sample where the CPU time of one exchange goes, by perf (SET="transport=ring payload=64B placement=cross codec=raw")
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	perf record -q -e cpu-clock -F 1999 -o $$dir/perf.data -- $(NONREV) run --profile ipc --rounds 20 --dir $$dir \
		--workloads exchange --models subprocess $(addprefix --set ,$(SET)) >$$dir/log 2>&1 || { cat $$dir/log; exit 1; }; \
	perf report -i $$dir/perf.data --stdio --sort comm,dso,sym --percent-limit 1 2>/dev/null | grep -v '^#' | grep .

bench-grain: DIR = results/local-grain
bench-grain: build ## search for the task size from which on each model pays and write the page
	$(NONREV) run --profile grain --dir $(DIR)
	$(NONREV) report --dir $(DIR) $(DIR)/bench.txt

bench-harness: ## print what the harness costs against hand-written minima, as ratios
	CGO_ENABLED=0 $(GO) test -run '^$$' -bench '^BenchmarkHarness$$' -benchtime 1x ./runners

bench-file: ## print what reading and writing 100 000 result lines costs, as ratios to benchfmt's own Reader
	CGO_ENABLED=0 $(GO) test -run '^$$' -bench '^BenchmarkFile$$' -benchtime 15x ./internal/result

bench-page: ## print what the page of 100 000 result lines costs, as a ratio to benchstat's table of the same file
	CGO_ENABLED=0 $(GO) test -run '^$$' -bench '^BenchmarkPage$$' -benchtime 5x ./cmd

gate-study: PAIRS ?= 100
gate-study: build ## hold the gate against benchstat used one side after the other, on this build and itself (PAIRS=100, some 20 minutes)
	@dir=$(DIR)/gate-study-$$(date +%Y%m%dT%H%M%S); \
	$(NONREV) gate --old $(NONREV) --new $(NONREV) --pairs $(PAIRS) --dir $$dir; status=$$?; \
	if [ $$status -ne 0 ] && [ $$status -ne 3 ]; then exit $$status; fi; \
	$(GO) run ./internal/gate/study $$dir

screenshots: VIEWS = results/local/screenshots
screenshots: ## draw the page of FILE, by default made-up data, as a browser shows it: both themes, desk, phone, paper
	CGO_ENABLED=0 NONREV_REQUIRE=all $(GO) test ./report -run '^TestViews$$' -count 1 -views $(abspath $(VIEWS)) $(if $(FILE),-views-of $(abspath $(FILE)))
	@echo "look at $(VIEWS)"

check: build ## check every answer under every model, no timing
	$(NONREV) check

truth: ## inject what is known, measure it by the whole pipeline, print injected, measured, interval, verdict
	CGO_ENABLED=0 $(GO) run ./internal/truth

test: ## run every test; the race detector too where there is a C compiler
	CGO_ENABLED=0 $(GO) test ./...
	@if command -v $${CC:-cc} >/dev/null; then $(MAKE) --no-print-directory race; \
	elif [ "$(NONREV_REQUIRE)" = all ]; then echo "no C compiler, and NONREV_REQUIRE=all"; exit 1; \
	else echo "race detector skipped: no C compiler"; fi

race: ## run the tests of all that runs at the same time under the race detector
	CGO_ENABLED=1 $(GO) test -race ./workloads/... ./runners ./internal/sweep ./internal/proc

lint: ## formatting, vet, staticcheck, tidiness
	@files=$$($(TOOL) gofumpt -l .); if [ -n "$$files" ]; then echo "gofumpt would change:"; echo "$$files"; exit 1; fi
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	$(GO) mod tidy -diff

cross: ## build for the other platforms
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 $(GO) build -o /dev/null ./cmd/nonrev
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) build -o /dev/null ./cmd/nonrev
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 $(GO) build -o /dev/null ./cmd/nonrev

deps: ## install the optional parts that tests can use (Debian): Chromium, a C compiler, python3
	@missing=; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v cc >/dev/null || missing="$$missing gcc libc6-dev"; \
	command -v python3 >/dev/null || missing="$$missing python3"; \
	if [ -n "$$missing" ]; then apt-get update && apt-get install -y --no-install-recommends $$missing; fi

clean: ## remove what was built and the local results
	rm -rf bin results/local results/local-ipc results/local-grain
