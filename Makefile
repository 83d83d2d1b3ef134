# Everything a newcomer needs: `make run` shows the main job working, `make test` passes every test. Both install what they
# need first (Debian 12). See README.md and CONTRIBUTING.md.
PRESET ?= release
BUILD = build/$(PRESET)
JOBS ?= $(shell nproc)
DESTDIR ?=
PREFIX ?= /usr/local
PROGRAMS = ceems_exporter ceems_api_server ceems_lb redfish_proxy cacct ceems_tool

.PHONY: help build run lab test bench lint format docs install clean

help:
	@echo 'make run      build, then show two sample workloads with their energy, live (ONCE=1: print the table and end)'
	@echo 'make lab      build, then the same for jobs of a private SLURM with three users; needs root (ONCE=1: show it and end)'
	@echo 'make test     build and run every test'
	@echo 'make build    every program into $(BUILD)/bin (PRESET=dev, asan, tsan, fuzz or gcc for other builds)'
	@echo 'make bench    benchmark tables, beside their floors'
	@echo 'make lint     floor plan, self-contained headers, clang-tidy on changed files'
	@echo 'make format   format the C++ sources'
	@echo 'make docs     regenerate docs/reference and the man pages'
	@echo 'make install  DESTDIR= PREFIX=$(PREFIX): programs, systemd units, rules, sample configuration'

$(BUILD)/build.ninja: CMakePresets.json
	cmake --preset $(PRESET) >/dev/null

build: $(BUILD)/build.ninja
	cmake --build $(BUILD) --parallel $(JOBS)

run:
	scripts/setup run
	cmake --preset release >/dev/null
	cmake --build build/release --parallel $(JOBS) --target $(PROGRAMS)
	ONCE=$(ONCE) PROMETHEUS=$(PROMETHEUS) scripts/demo

lab:
	@[ "$$(id -u)" -eq 0 ] || { echo 'make lab: run it as root, it starts SLURM with users and mounts of its own' >&2; exit 1; }
	scripts/setup lab
	cmake --preset release >/dev/null
	cmake --build build/release --parallel $(JOBS) --target $(PROGRAMS)
	ONCE=$(ONCE) PROMETHEUS=$(PROMETHEUS) scripts/lab

test:
	scripts/setup test
	JOBS=$(JOBS) scripts/test

bench:
	scripts/setup bench
	cmake --preset release >/dev/null
	cmake --build build/release --parallel $(JOBS)
	bench/run

lint:
	scripts/check-floors
	scripts/check-headers
	scripts/check-tidy

format:
	git ls-files '*.cpp' '*.h' | xargs -r clang-format-19 -i

docs: $(BUILD)/build.ninja
	cmake --build $(BUILD) --parallel $(JOBS) --target $(PROGRAMS)
	scripts/generate-docs $(BUILD)/bin

install: build
	DESTDIR=$(DESTDIR) cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	rm -rf build
